// Charts by uPlot, a calendar of colours and stripes; each with what stands behind it.

import { address } from "./api.js";
import { color, element } from "./dom.js";
import { diverging, extent, sequence } from "./scale.js";

const { uPlot } = window;

/** The caption of a figure: what was counted, and where the same numbers are. */
export function behind(text, target) {
  const csv = `${target}${target.includes("?") ? "&" : "?"}format=csv&header=units`;
  return element("figcaption", {}, text, " ",
    element("span", { class: "actions" }, element("a", { href: csv }, "Data as CSV"), " ",
      element("a", { href: target }, "Request"), " "),
    element("details", {}, element("summary", {}, "Command line"), element("code", {}, `curl '${address(target)}'`)));
}

function picture(figure, name) {
  return element("button", { type: "button", class: "actions", onclick: () => {
    const canvas = figure.querySelector("canvas");
    const box = canvas.getBoundingClientRect(); // calendars and stripes have a pixel a day or year
    const copy = element("canvas", { width: Math.max(canvas.width, Math.round(box.width)),
      height: Math.max(canvas.height, Math.round(box.height)) });
    const context = copy.getContext("2d");
    context.imageSmoothingEnabled = false;
    context.fillStyle = color("ground");
    context.fillRect(0, 0, copy.width, copy.height);
    context.drawImage(canvas, 0, 0, copy.width, copy.height);
    element("a", { href: copy.toDataURL("image/png"), download: `${name}.png` }).click();
  } }, "Save as PNG");
}

export function figure(title, name, content, caption, data) {
  const made = element("figure", {}, element("h3", {}, title), content, caption);
  made.append(picture(made, name));
  if (data) made.append(element("details", {}, element("summary", {}, "Table"), data));
  return made;
}

/**
 * A chart of lines over time. series: [{ label, color, width, band, points }]; values by series, the first the
 * seconds since 1970 or years.
 */
export function lines(values, series, { unit, time = true, height = 300, label }) {
  const holder = element("div", { role: "img", "aria-label": label });
  const axis = { stroke: color("ink"), grid: { stroke: color("line"), width: 1 }, ticks: { stroke: color("line") } };
  const options = {
    width: 600, height, scales: { x: { time } }, cursor: { drag: { x: true, y: false } },
    axes: [{ ...axis, values: time ? undefined : (_, ticks) => ticks.map((tick) => Number.isInteger(tick) ? tick : "") },
      { ...axis, label: unit, size: 56 }],
    series: [time ? {} : { label: "Year", value: (_, year) => year ?? "\u2013" }, ...series.map((one) => ({
      label: one.label, stroke: one.color, width: one.width ?? 1, spanGaps: false,
      fill: one.fill, points: { show: one.points ?? false, size: 5 }, value: (_, value) => value ?? "\u2013",
    }))],
    bands: series.filter((one) => one.band).map((one) => ({ series: one.band, fill: one.bandFill })),
  };
  const chart = new uPlot(options, values, holder);
  // In a frame of its own, since a new size of the chart is one of its holder, too.
  new ResizeObserver(([entry]) => requestAnimationFrame(() => chart.setSize({
    width: Math.max(entry.contentRect.width, 240), height,
  }))).observe(holder);
  return holder;
}

/** One row a year, one column a day: `value(year, day)` of day 0 to 365 of a leap year, or null. */
export function heat(first, last, value, label) {
  const canvas = element("canvas", { class: "heat", width: 366, height: last - first + 1, role: "img", "aria-label": label });
  const context = canvas.getContext("2d");
  const all = [];
  for (let year = first; year <= last; year++) for (let day = 0; day < 366; day++) all.push(value(year, day));
  const [low, high] = extent(all);
  all.forEach((number, at) => {
    if (number === null) return;
    context.fillStyle = sequence((number - low) / (high - low || 1));
    context.fillRect(at % 366, Math.floor(at / 366), 1, 1);
  });
  return { canvas, low, high };
}

/** A stripe a year, coloured by its departure from the mean of all. */
export function stripes(years, values, label) {
  const known = values.filter((value) => value !== null);
  const mean = known.reduce((sum, value) => sum + value, 0) / (known.length || 1);
  const most = Math.max(...known.map((value) => Math.abs(value - mean)), 0.01);
  const first = years[0];
  const canvas = element("canvas", {
    class: "stripes", width: years.length ? years[years.length - 1] - first + 1 : 1, height: 1, role: "img", "aria-label": label,
  });
  const context = canvas.getContext("2d");
  years.forEach((year, i) => {
    if (values[i] === null) return;
    context.fillStyle = diverging((values[i] - mean + most) / (2 * most));
    context.fillRect(year - first, 0, 1, 1);
  });
  return { canvas, mean };
}
