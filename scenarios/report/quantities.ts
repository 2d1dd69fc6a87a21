/** Quantities as a person reads them. */

/** Simulated time in seconds, as far as it matters: `12.000345 s`. */
export function secondsText(ns: number): string {
  return `${Number((ns / 1e9).toFixed(9))} s`;
}

/** Thousands apart by narrow spaces. */
export function countText(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+(?!\d))/g, '\u202f');
}

const SIGNIFICANT_DIGITS = 5;

/** A figure to five digits; what a table of results shows. */
export function figureText(value: number): string {
  return String(Number(value.toPrecision(SIGNIFICANT_DIGITS)));
}
