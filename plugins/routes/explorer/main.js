// The page of the stations: a view for each address after the '#'.

import { columns, get } from "./api.js";
import { element, failure, shown, table } from "./dom.js";
import { makeMap } from "./map.js";
import { sequence } from "./scale.js";
import { showPair, showStation } from "./station.js";

const LISTED = 200; // stations in the list below the map

const COLOURS = {
  span: ["Years from first to last", (stations, i) => (stations.first_year[i] === null ? null
    : stations.last_year[i] - stations.first_year[i] + 1)],
  first: ["First year", (stations, i) => stations.first_year[i]],
  last: ["Last year", (stations, i) => stations.last_year[i]],
  elevation: ["Elevation, m", (stations, i) => stations.elevation[i]],
};

let loading = null;

/** All stations, as arrays by column. */
function allStations() {
  loading ??= columns("api/stations");
  return loading;
}

function range(stations) {
  const known = (values) => values.filter((value) => value !== null);
  const [first, last] = [known(stations.first_year), known(stations.last_year)];
  return first.length ? [first.reduce((a, b) => Math.min(a, b)), last.reduce((a, b) => Math.max(a, b))] : null;
}

async function showHoldings() {
  const [stations, elements] = await Promise.all([allStations(), get("api/elements")]);
  const span = range(stations);
  document.getElementById("holdings").textContent = `${stations.station_id.length} stations`
    + `${span ? `, ${span[0]} to ${span[1]}` : ""}: ${elements.data.map((one) => one.element).join(", ")}`;
}

/** Which stations are shown, by what is chosen. */
function makeFilter(stations, changed) {
  const text = element("input", { type: "search", name: "q", autocomplete: "off" });
  const state = element("select", { name: "state" }, element("option", { value: "" }, "all"),
    [...new Set((stations.state ?? []).filter(Boolean))].sort().map((code) => element("option", {}, code)));
  const years = element("input", { type: "number", name: "years", min: 0, max: 300, value: 0 });
  const colour = element("select", { name: "colour" },
    Object.entries(COLOURS).map(([key, [label]]) => element("option", { value: key }, label)));
  const form = element("form", { class: "controls", role: "search", onsubmit: (event) => event.preventDefault() },
    element("label", {}, "Name or id", text), element("label", {}, "State", state),
    element("label", {}, "Years at least", years), element("label", {}, "Colour", colour));
  form.addEventListener("input", changed);
  const names = stations.station_id.map((id, i) => `${id} ${stations.name[i] ?? ""}`.toLowerCase());
  return { form, value: (i) => COLOURS[colour.value][1](stations, i), title: () => COLOURS[colour.value][0],
    visible: (i) => names[i].includes(text.value.trim().toLowerCase()) && (!state.value || stations.state[i] === state.value)
      && (!Number(years.value) || COLOURS.span[1](stations, i) >= Number(years.value)) };
}

function listStations(stations, filter) {
  const found = stations.station_id.map((_, i) => i).filter(filter.visible);
  const rows = found.slice(0, LISTED).map((i) => [
    element("a", { href: `#/station/${stations.station_id[i]}` }, stations.station_id[i]), stations.name[i],
    stations.state?.[i], stations.elevation[i], stations.first_year[i], stations.last_year[i],
  ]);
  return table(`${found.length} stations${found.length > LISTED ? `, the first ${LISTED} of them` : ""}`,
    ["Station", "Name", "State", "Elevation, m", "First year", "Last year"], rows,
    (_, column) => (column === 1 ? "text" : undefined));
}

function legend(filter, { low, high, count }) {
  return [element("span", {}, `${filter.title()}:`), ...[0, 0.25, 0.5, 0.75, 1].map((part) => {
    const swatch = element("i", {});
    swatch.style.background = sequence(part);
    return element("span", {}, swatch, shown(Math.round(low + part * (high - low))));
  }), element("span", {}, `${count} on the map`)];
}

async function showMap(compareWith) {
  const stations = await allStations();
  const open = (i) => {
    const id = stations.station_id[i];
    location.hash = compareWith ? `#/compare/${compareWith}/${id}` : `#/station/${id}`;
  };
  const scale = element("div", { class: "legend", "aria-live": "off" });
  const list = element("div", {});
  const filter = makeFilter(stations, () => {
    map.redraw();
    list.replaceChildren(listStations(stations, filter));
  });
  const map = makeMap(stations, { ...filter, open,
    label: (i) => `${stations.station_id[i]} ${stations.name[i] ?? ""}` });
  map.root.addEventListener("drawn", (event) => scale.replaceChildren(...legend(filter, event.detail)));
  list.append(listStations(stations, filter));
  if (compareWith) {
    list.addEventListener("click", (event) => {
      const link = event.target.closest("a");
      if (link) {
        event.preventDefault();
        location.hash = `#/compare/${compareWith}/${link.textContent}`;
      }
    });
  }
  const button = (text, action) => element("button", { type: "button", onclick: action }, text);
  return element("section", {}, element("h2", {}, compareWith ? `Compare ${compareWith} with` : "Stations"), filter.form,
    map.root, element("p", { class: "controls" }, button("Closer", () => map.zoom(1.6)), button("Further", () => map.zoom(1 / 1.6)),
      button("All", map.reset)), scale, list);
}

const VIEWS = [
  [/^#\/station\/([^/]+)$/, ([id]) => showStation(id)],
  [/^#\/compare\/([^/]+)\/([^/]+)$/, ([first, second]) => showPair(first, second)],
  [/^#\/compare\/([^/]+)$/, ([id]) => showMap(id)],
  [/^/, () => showMap()],
];

let shownNow = 0;

async function show() {
  const mine = ++shownNow;
  const view = document.getElementById("view");
  const [pattern, make] = VIEWS.find(([one]) => one.test(location.hash));
  view.setAttribute("aria-busy", "true");
  let made;
  try {
    made = await make(pattern.exec(location.hash).slice(1).map(decodeURIComponent));
  } catch (error) {
    made = failure(error);
  }
  if (mine !== shownNow) return; // another address meanwhile
  view.replaceChildren(made);
  view.removeAttribute("aria-busy");
  document.title = `${view.querySelector("h2")?.textContent ?? "Almanac"} \u2013 Almanac`;
  if (location.hash) view.focus();
}

window.addEventListener("hashchange", show);
show();
showHoldings().catch((error) => document.getElementById("holdings").replaceChildren(failure(error)));
