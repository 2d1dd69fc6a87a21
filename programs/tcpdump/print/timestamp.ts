import type { PrintOptions } from './print-options.ts';
import type { PrinterState } from './printer-state.ts';

const NS_PER_S = 1_000_000_000n;
const S_PER_DAY = 86_400;

/** The time at the start of a line, with the space after it. Times of day are in UTC. */
export function timestampText(exactNs: bigint, options: PrintOptions, state: PrinterState): string {
  // Without --nano tcpdump sees whole microseconds, and takes differences of those.
  const timeNs = options.nanoseconds ? exactNs : exactNs - (exactNs % 1000n);
  state.firstTimeNs ??= timeNs;
  const previous = state.previousTimeNs ?? timeNs;
  state.previousTimeNs = timeNs;
  switch (options.timestamp) {
    case 'none':
      return '';
    case 'clock':
      return `${clock(timeNs, options)} `;
    case 'seconds':
      return `${timeNs / NS_PER_S}.${fraction(timeNs, options)} `;
    case 'delta':
      return `${difference(timeNs - previous, options)} `;
    case 'date':
      return `${date(Number(timeNs / NS_PER_S))} ${clock(timeNs, options)} `;
    case 'elapsed':
      return `${difference(timeNs - state.firstTimeNs, options)} `;
  }
}

function fraction(timeNs: bigint, options: PrintOptions): string {
  const ns = timeNs % NS_PER_S;
  return options.nanoseconds ? String(ns).padStart(9, '0') : String(ns / 1000n).padStart(6, '0');
}

function clock(timeNs: bigint, options: PrintOptions): string {
  const seconds = Number(timeNs / NS_PER_S) % S_PER_DAY;
  return `${hms(seconds)}.${fraction(timeNs, options)}`;
}

/** A difference leads with its sign, or a space. */
function difference(deltaNs: bigint, options: PrintOptions): string {
  const size = deltaNs < 0n ? -deltaNs : deltaNs;
  return `${deltaNs < 0n ? '-' : ' '}${hms(Number(size / NS_PER_S))}.${fraction(size, options)}`;
}

function hms(seconds: number): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}

/** Year, month and day of a number of seconds since 1970, in the Gregorian calendar. */
function date(seconds: number): string {
  let days = Math.floor(seconds / S_PER_DAY);
  let year = 1970;
  const isLeap = (y: number): boolean => (y % 4 === 0 && y % 100 !== 0) || y % 400 === 0;
  while (days >= (isLeap(year) ? 366 : 365)) {
    days -= isLeap(year) ? 366 : 365;
    year++;
  }
  const months = [31, isLeap(year) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
  let month = 0;
  while (days >= months[month]!) days -= months[month++]!;
  return `${year}-${String(month + 1).padStart(2, '0')}-${String(days + 1).padStart(2, '0')}`;
}
