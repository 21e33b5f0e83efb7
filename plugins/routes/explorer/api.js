// Requests to the API, relative to the page so that a stripped path prefix does no harm.

const kept = new Map();

/** The JSON of a target; each is fetched once. Throws an Error with the API's own words. */
export function get(target) {
  if (!kept.has(target)) {
    kept.set(target, fetch(target, { headers: { accept: "application/json" } }).then(read));
    kept.get(target).catch(() => kept.delete(target));
  }
  return kept.get(target);
}

async function read(response) {
  const body = await response.json();
  if (!response.ok) {
    const error = new Error(body.detail ?? body.title ?? response.statusText);
    error.status = response.status;
    throw error;
  }
  return body;
}

/** A table of days, statistics or stations, whole: arrays by column, and their units. */
export async function columns(path, parameters = {}) {
  const body = await get(`${path}?${query({ ...parameters, format: "columnar" })}`);
  return { ...body.data, units: body.units ?? {} };
}

export function query(parameters) {
  return new URLSearchParams(Object.entries(parameters).filter(([, value]) => value !== undefined)).toString();
}

/** The address of a target, as a person passes it on. */
export function address(target) {
  return new URL(target, document.baseURI).href;
}
