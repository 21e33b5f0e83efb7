// The map: all stations on a canvas, over the outlines of countries and states.

import { color, element } from "./dom.js";
import { extent, sequence } from "./scale.js";

const { d3, topojson } = window;
const POINT = 7; // pixels around a pointer within which a station is meant

/** Loads the outlines: of the world, and of the United States if all stations are there. */
async function outlines(american) {
  const load = async (name) => (await fetch(`explorer/${name}.json`)).json();
  if (american) {
    const states = await load("states");
    return topojson.mesh(states, states.objects.states);
  }
  const world = await load("countries");
  return topojson.mesh(world, world.objects.countries);
}

/**
 * stations: arrays by column. `value(i)` is the number that colours a station, `visible(i)` whether it is shown;
 * `open(i)` is called with the one that was clicked.
 */
export function makeMap(stations, { value, visible, open, label }) {
  const canvas = element("canvas", { role: "img", "aria-label": "Map of the stations; the list below has the same" });
  const tip = element("output", { "aria-live": "off" });
  const root = element("div", { class: "map" }, canvas, tip);
  const count = stations.station_id.length;
  const known = [...Array(count).keys()].filter((i) => stations.longitude[i] !== null);
  const american = known.length > 0 && known.every((i) => stations.country?.[i] === "US");
  const projection = american ? d3.geoAlbersUsa() : d3.geoEqualEarth();
  let lines = null;
  let places = []; // [x, y] by station
  let view = { x: 0, y: 0, zoom: 1 };
  let size = [0, 0];
  let due = 0;

  function place() {
    const box = canvas.getBoundingClientRect();
    if (box.width === 0) return;
    const ratio = window.devicePixelRatio || 1;
    canvas.width = Math.round(box.width * ratio);
    canvas.height = Math.round(box.height * ratio);
    size = [box.width, box.height];
    const points = { type: "MultiPoint", coordinates: known.map((i) => [stations.longitude[i], stations.latitude[i]]) };
    projection.fitExtent([[24, 24], [size[0] - 24, size[1] - 24]], known.length > 1 ? points : { type: "Sphere" });
    places = Array(count).fill(null);
    for (const i of known) places[i] = projection([stations.longitude[i], stations.latitude[i]]);
    redraw();
  }

  function redraw() {
    if (!due) due = requestAnimationFrame(draw);
  }

  function draw() {
    due = 0;
    const context = canvas.getContext("2d");
    const ratio = canvas.width / size[0];
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = color("land");
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.setTransform(ratio * view.zoom, 0, 0, ratio * view.zoom, ratio * view.x, ratio * view.y);
    if (lines) {
      context.beginPath();
      d3.geoPath(projection, context)(lines);
      context.strokeStyle = color("quiet");
      context.lineWidth = 0.7 / view.zoom;
      context.stroke();
    }
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    drawStations(context);
  }

  function drawStations(context) {
    const shownOnes = known.filter((i) => places[i] && visible(i));
    const [low, high] = extent(shownOnes.map(value));
    const side = shownOnes.length > 5000 ? 3 : 7;
    const paint = new Map(); // few colours, so that a frame sets few
    for (const i of shownOnes) {
      const number = value(i);
      const step = number === null || Number.isNaN(number) ? -1 : Math.round((31 * (number - low)) / (high - low || 1));
      if (!paint.has(step)) paint.set(step, []);
      paint.get(step).push(i);
    }
    for (const [step, members] of paint) {
      context.fillStyle = step < 0 ? color("quiet") : sequence(step / 31);
      for (const i of members) {
        const [x, y] = onScreen(i);
        context.fillRect(x - side / 2, y - side / 2, side, side);
      }
    }
    root.dispatchEvent(new CustomEvent("drawn", { detail: { low, high, count: shownOnes.length } }));
  }

  function onScreen(i) {
    return [places[i][0] * view.zoom + view.x, places[i][1] * view.zoom + view.y];
  }

  function nearest(event) {
    const box = canvas.getBoundingClientRect();
    let best = -1;
    let least = POINT * POINT;
    for (const i of known) {
      if (!places[i] || !visible(i)) continue;
      const [x, y] = onScreen(i);
      const distance = (x - event.clientX + box.left) ** 2 + (y - event.clientY + box.top) ** 2;
      if (distance <= least) [best, least] = [i, distance];
    }
    return best;
  }

  function zoomAt(x, y, factor) {
    const zoom = Math.min(Math.max(view.zoom * factor, 1), 200);
    const change = zoom / view.zoom;
    view = { zoom, x: x - (x - view.x) * change, y: y - (y - view.y) * change };
    redraw();
  }

  let drag = null;
  canvas.addEventListener("pointerdown", (event) => {
    drag = { x: event.clientX, y: event.clientY, moved: false };
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!drag) {
      const i = nearest(event);
      tip.textContent = i < 0 ? "" : label(i);
      return;
    }
    drag.moved ||= Math.hypot(event.clientX - drag.x, event.clientY - drag.y) > 3;
    if (drag.moved) {
      view = { ...view, x: view.x + event.movementX, y: view.y + event.movementY };
      redraw();
    }
  });
  canvas.addEventListener("pointerup", (event) => {
    const i = drag && !drag.moved ? nearest(event) : -1;
    drag = null;
    if (i >= 0) open(i);
  });
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    const box = canvas.getBoundingClientRect();
    zoomAt(event.clientX - box.left, event.clientY - box.top, 1.0015 ** -event.deltaY);
  }, { passive: false });
  new ResizeObserver(place).observe(canvas);
  outlines(american).then((loaded) => {
    lines = loaded;
    redraw();
  });
  return { root, redraw, zoom: (factor) => zoomAt(size[0] / 2, size[1] / 2, factor), reset: () => {
    view = { x: 0, y: 0, zoom: 1 };
    redraw();
  } };
}
