// Colours of numbers: a sequence for amounts, a diverging one for departures. Both are readable by people who do not
// tell red from green.

const SEQUENCE = [[68, 1, 84], [59, 82, 139], [33, 145, 140], [94, 201, 98], [253, 231, 37]];
const DIVERGING = [[33, 102, 172], [146, 197, 222], [247, 247, 247], [244, 165, 130], [178, 24, 43]];

function at(colors, part) {
  const place = Math.min(Math.max(part, 0), 1) * (colors.length - 1);
  const low = Math.min(Math.floor(place), colors.length - 2);
  const mixed = colors[low].map((value, i) => Math.round(value + (colors[low + 1][i] - value) * (place - low)));
  return `rgb(${mixed})`;
}

export const sequence = (part) => at(SEQUENCE, part);
export const diverging = (part) => at(DIVERGING, part);

/** Smallest and largest of the numbers; [0, 1] if there are none. */
export function extent(values) {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (value === null || Number.isNaN(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return low <= high ? [low, high] : [0, 1];
}
