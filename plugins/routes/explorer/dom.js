// Elements made by calls: no text of the data is ever read as HTML.

/** element("a", { href: "x" }, "text", child...): attributes that are false or undefined are left out. */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (value !== undefined && value !== false) made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.flat(Infinity).filter((child) => child !== undefined && child !== null));
  return made;
}

/** A table with a caption; cells that are null are shown as a dash. */
export function table(caption, headings, rows, note = () => undefined) {
  const row = (cells, at) => element("tr", {}, cells.map((cell, column) =>
    element(column ? "td" : "th", { ...(column ? {} : { scope: "row" }), class: note(at, column) }, shown(cell))));
  return element("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": caption },
    element("table", {}, element("caption", {}, caption),
      element("thead", {}, element("tr", {}, headings.map((heading) => element("th", { scope: "col" }, heading)))),
      element("tbody", {}, rows.map(row))));
}

export function shown(value) {
  if (value instanceof Node) return value;
  return value === null || value === undefined || Number.isNaN(value) ? "\u2013" : String(value);
}

export function color(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/** What stands in place of what could not be loaded. */
export function failure(error) {
  return element("p", { class: "error", role: "alert" }, error.message);
}
