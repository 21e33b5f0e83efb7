// What is known of one station: its climate by month, days, years, calendar, stripes and the rank of a day.

import { columns, get, query } from "./api.js";
import { behind, figure, heat, lines, stripes } from "./charts.js";
import { color, element, failure, shown, table } from "./dom.js";

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const LEAP = Date.UTC(2000, 0, 1);
const DAY = 86400000;
const ELEMENTS = ["tmax", "tmin", "prcp"];

/** Day of a leap year, 0 to 365, by which calendar days of all years are compared. */
function calendarDay(date) {
  return (Date.UTC(2000, Number(date.slice(5, 7)) - 1, Number(date.slice(8, 10))) - LEAP) / DAY;
}

/** A station's days by calendar day: { tmax: [[values of January 1], ...] }. */
function byCalendarDay(days) {
  const found = {};
  for (const name of ELEMENTS) {
    if (!days[name]) continue;
    found[name] = Array.from({ length: 366 }, () => []);
    days.time.forEach((date, i) => {
      if (days[name][i] !== null) found[name][calendarDay(date)].push(days[name][i]);
    });
  }
  return found;
}

/** 10th and 90th percentile of a week around each calendar day. */
function band(calendar) {
  return calendar.map((_, day) => {
    const values = [];
    for (let offset = -3; offset <= 3; offset++) values.push(...calendar[(day + offset + 366) % 366]);
    values.sort((a, b) => a - b);
    const at = (part) => values[Math.round(part * (values.length - 1))];
    return values.length < 10 ? [null, null] : [at(0.1), at(0.9)];
  });
}

function mean(values) {
  return values.length ? values.reduce((sum, value) => sum + value, 0) / values.length : null;
}

function rounded(value, places = 1) {
  return value === null ? null : value.toFixed(places);
}

/** Means by calendar month: temperature of days, precipitation of months. */
function monthly(days) {
  return MONTHS.map((name, month) => {
    const chosen = days.time.map((date, i) => i).filter((i) => Number(days.time[i].slice(5, 7)) === month + 1);
    const of = (column) => (days[column] ? chosen.map((i) => days[column][i]).filter((value) => value !== null) : []);
    const years = new Set(chosen.map((i) => days.time[i].slice(0, 4))).size;
    const rain = of("prcp");
    const length = month === 1 ? 28.25 : [3, 5, 8, 10].includes(month) ? 30 : 31;
    return [name, rounded(mean(of("tmax"))), rounded(mean(of("tmin"))),
      rain.length ? rounded(mean(rain) * length, 0) : null, years];
  });
}

function drawDays(id, days, source) {
  const calendar = byCalendarDay(days);
  const bands = Object.fromEntries(Object.entries(calendar).map(([name, of]) => [name, band(of)]));
  const temperature = bands.tmax && bands.tmin;
  const name = temperature ? "tmax" : ELEMENTS.find((each) => days[each]);
  const usual = days.time.map((date) => bands[name][calendarDay(date)]);
  const seconds = days.time.map((date) => Date.parse(date) / 1000);
  const series = [
    { label: "usual, 90 %", color: "transparent", band: [2, 1], bandFill: `${color("quiet")}44` },
    { label: "usual, 10 %", color: "transparent" },
    { label: name, color: color(name === "prcp" ? "wet" : "warm") },
  ];
  const values = [seconds, usual.map((pair) => pair[1]), usual.map((pair) => pair[0]), days[name]];
  if (temperature) {
    series.push({ label: "tmin", color: color("cold") });
    values.push(days.tmin);
  }
  const known = days[name].filter((value) => value !== null).length;
  return figure("Days", `${id}-days`, lines(values, series, { unit: days.units[name], label: `Daily values of ${id}` }),
    behind(`${known} days with ${name}, ${days.time.length - known} reported without. Grey: the middle 80 % of ${name} `
      + "in a week around the calendar day, all years. Drag to zoom, double click to see all.", source));
}

function drawYears(id, years, target) {
  const complete = years.avg_tmax_wmo ?? [];
  const only = (column, wanted) => years[column].map((value, i) => (Boolean(years[`${column}_wmo`]?.[i]) === wanted ? value : null));
  const series = [
    { label: "avg_tmax", color: color("warm"), width: 2, points: true },
    { label: "avg_tmax, days missing", color: color("quiet"), points: true },
    { label: "avg_tmin", color: color("cold"), width: 2, points: true },
    { label: "avg_tmin, days missing", color: color("quiet"), points: true },
  ];
  const values = [years.year, only("avg_tmax", true), only("avg_tmax", false), only("avg_tmin", true), only("avg_tmin", false)];
  const rows = years.year.map((year, i) => [year, years.avg_tmax[i], years.avg_tmin[i], years.total_prcp[i],
    years.tmax_missing[i], years.prcp_missing[i]]);
  const data = table("Years; grey where the rule of WMO-No. 1203 finds too many days missing",
    ["Year", "avg_tmax, degC", "avg_tmin, degC", "total_prcp, cm", "tmax missing, d", "prcp missing, d"], rows,
    (row, column) => (({ 1: "avg_tmax", 2: "avg_tmin", 3: "total_prcp" })[column]
      && !years[`${({ 1: "avg_tmax", 2: "avg_tmin", 3: "total_prcp" })[column]}_wmo`][row] ? "void" : undefined));
  return figure("Years", `${id}-years`,
    lines(values, series, { unit: "degC", time: false, label: `Yearly means of ${id}` }),
    behind(`${years.year.length} years, ${complete.filter(Boolean).length} complete by WMO-No. 1203; grey years are not.`, target),
    data);
}

function drawStripes(id, years, target) {
  const drawn = stripes(years.year, years.avg_tmax.map((value, i) => (years.avg_tmax_wmo[i] ? value : null)),
    `Stripes of yearly mean maximum temperature of ${id}`);
  return figure("Stripes", `${id}-stripes`, drawn.canvas,
    behind(`Departure of avg_tmax from ${rounded(drawn.mean)} degC, the mean of the complete years; incomplete years are left out.`,
      target));
}

function drawCalendar(id, days, source) {
  const name = days.tmax ? "tmax" : ELEMENTS.find((each) => days[each]);
  const at = new Map(days.time.map((date, i) => [`${date.slice(0, 4)} ${calendarDay(date)}`, days[name][i]]));
  const [first, last] = [Number(days.time[0].slice(0, 4)), Number(days.time[days.time.length - 1].slice(0, 4))];
  const drawn = heat(first, last, (year, day) => at.get(`${year} ${day}`) ?? null, `Calendar of ${name} of ${id}`);
  return figure("Calendar", `${id}-calendar`, drawn.canvas,
    behind(`${name}, ${drawn.low} to ${drawn.high} ${days.units[name]}, dark to bright; a row a year, ${first} above, a column a day.`,
      source));
}

/** A form that ranks a day. */
function rankForm(id, last) {
  const result = element("div", { "aria-live": "polite" });
  const date = element("input", { type: "date", name: "date", value: last, required: true });
  const form = element("form", { class: "controls" }, element("label", {}, "Day", date), element("button", {}, "Rank it"));
  async function show(event) {
    event?.preventDefault();
    const target = `api/rank?${query({ station_id: id, date: date.value, window: 3 })}`;
    try {
      const { data } = await get(target);
      result.replaceChildren(table(`${date.value} among the days of a week around it, of all years`,
        ["Element", "Value", "Rank", "of", "Percentile", "Years between such", "Mean", "Highest", "on", "Lowest", "on"],
        data.map((row) => [`${row.element}, ${row.unit}`, row.value, row.rank, row.n, row.percentile, row.return_years, row.mean,
          row.highest, row.highest_date, row.lowest, row.lowest_date])), behind("", target));
    } catch (error) {
      result.replaceChildren(failure(error));
    }
  }
  form.addEventListener("submit", show);
  show();
  return element("section", {}, element("h3", {}, "How unusual was a day"), form, result);
}

/** Everything about a station, as an element. */
export async function showStation(id) {
  const { data: station } = await get(`api/stations/${encodeURIComponent(id)}`);
  const yearsTarget = `api/weather/stats?${query({ station_id: id, fields: "*" })}`;
  const daysTarget = `api/weather?${query({ station_id: id })}`;
  const [days, years] = await Promise.all([
    columns("api/weather", { station_id: id }), columns("api/weather/stats", { station_id: id, fields: "*" }),
  ]);
  const made = element("article", {}, element("h2", {}, station.name ?? id),
    element("p", {}, `${id}; ${shown(station.latitude)}, ${shown(station.longitude)}; ${shown(station.elevation)} m; `
      + `${[station.state, station.country].filter(Boolean).join(", ")} `,
    element("a", { href: `#/compare/${id}` }, "Compare with another")));
  if (days.time.length === 0) {
    made.append(element("p", {}, "No days are stored of this station."));
    return made;
  }
  const last = days.time[days.time.length - 1];
  made.append(
    element("figure", {}, element("h3", {}, "Months"),
      table(`Means of all days from ${days.time[0]} to ${last}; prcp scaled to the length of the month`,
        ["Month", "tmax, degC", "tmin, degC", "prcp, mm", "years"], monthly(days)), behind("", daysTarget)),
    rankForm(id, last), drawDays(id, days, daysTarget));
  if (years.year.length > 0) {
    made.append(drawYears(id, years, yearsTarget), drawStripes(id, years, yearsTarget));
  }
  made.append(drawCalendar(id, days, daysTarget));
  return made;
}

/** Two stations beside each other: yearly means in one chart, and a table. */
export async function showPair(first, second) {
  const both = await Promise.all([first, second].map(async (id) => ({
    id, years: await columns("api/weather/stats", { station_id: id, fields: "*" }),
    station: (await get(`api/stations/${encodeURIComponent(id)}`)).data,
  })));
  const years = [...new Set(both.flatMap((one) => one.years.year))].sort((a, b) => a - b);
  const of = (one, column) => years.map((year) => one.years[column][one.years.year.indexOf(year)] ?? null);
  const target = `api/weather/stats?${query({ station_id: `${first},${second}` })}`;
  const chart = (column, unit) => figure(column, `${first}-${second}-${column}`,
    lines([years, of(both[0], column), of(both[1], column)], [
      { label: first, color: color("warm"), width: 2, points: true }, { label: second, color: color("cold"), width: 2, points: true },
    ], { unit, time: false, label: `${column} of both stations` }),
    behind(`${column} of ${first} and ${second}; incomplete years too.`, target),
    table(column, ["Year", first, second], years.map((year, i) => [year, of(both[0], column)[i], of(both[1], column)[i]])));
  return element("article", {}, element("h2", {}, both.map((one) => one.station.name ?? one.id).join(" and ")),
    element("p", {}, both.map((one) => [element("a", { href: `#/station/${one.id}` }, one.id), " "])),
    element("div", { class: "pair" }, chart("avg_tmax", "degC"), chart("avg_tmin", "degC"), chart("total_prcp", "cm")));
}
