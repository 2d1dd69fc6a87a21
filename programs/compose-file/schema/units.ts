/**
 * Reads quantities with units into integers: time to nanoseconds, rates to bits per second, sizes to bytes.
 * Decimal fractions are taken (`1.5s`); what is left after rounding to the integer unit is dropped.
 */
import { FormatError } from './format-error.ts';

const NS_PER: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  min: 60e9,
  h: 3600e9,
  d: 86400e9,
};

const BPS_PER: Readonly<Record<string, number>> = {
  bit: 1,
  kbit: 1e3,
  mbit: 1e6,
  gbit: 1e9,
  tbit: 1e12,
};

const BYTES_PER: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  kib: 1024,
  mib: 1024 ** 2,
  gib: 1024 ** 3,
};

/** Compose's byte values: `k`, `m`, `g` count in 1024s, with or without a `b`. */
const COMPOSE_BYTES_PER: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  k: 1024,
  kb: 1024,
  m: 1024 ** 2,
  mb: 1024 ** 2,
  g: 1024 ** 3,
  gb: 1024 ** 3,
};

const NUMBER_AND_UNIT = /^(\d+(?:\.\d+)?)\s*([A-Za-zµ]*)$/;

function quantity(
  text: string,
  units: Readonly<Record<string, number>>,
  what: string,
  hint: string,
  fold: boolean,
): number {
  const match = NUMBER_AND_UNIT.exec(text.trim());
  const unit = match === null ? '' : fold ? match[2]!.toLowerCase() : match[2]!;
  if (match === null || !Object.hasOwn(units, unit)) throw new FormatError(`"${text}" is not ${what}`, hint);
  const value = Math.round(Number(match[1]) * units[unit]!);
  if (!Number.isSafeInteger(value)) throw new FormatError(`${text} is too large`, hint);
  return value;
}

const DURATION_HINT = 'write a number and a unit, as 500ms or 2s (ns us ms s min h)';

/** A time such as `500ms`, `12.5s`, `1min` or Compose's `1m30s`, in nanoseconds. A bare 0 is zero. */
export function parseDuration(text: string): number {
  const trimmed = text.trim();
  if (trimmed === '0') return 0;
  const parts = trimmed.match(/\d+(?:\.\d+)?\s*[A-Za-zµ]+/g);
  if (parts === null || parts.join('') !== trimmed.replace(/(?<=[A-Za-zµ])\s+(?=\d)/g, '')) {
    throw new FormatError(`"${text}" is not a time`, DURATION_HINT);
  }
  let totalNs = 0;
  for (const part of parts) totalNs += quantity(part, NS_PER, 'a time', DURATION_HINT, false);
  if (!Number.isSafeInteger(totalNs)) throw new FormatError(`${text} is too long`, 'at most 104 days');
  return totalNs;
}

/** A rate such as `10Gbit` or `64kbit`, in bits per second; 1000s, as tc counts. */
export function parseRate(text: string): number {
  const hint = 'write a number and a unit, as 100Mbit or 10Gbit (bit Kbit Mbit Gbit)';
  const rateBps = quantity(text, BPS_PER, 'a rate', hint, true);
  if (rateBps === 0) throw new FormatError('a rate of zero passes nothing', 'take the link down in a step');
  return rateBps;
}

/** A size such as `100KiB` or `1500B`, in bytes. */
export function parseSize(text: string): number {
  return quantity(text, BYTES_PER, 'a size', 'write a number and a unit, as 64KiB (B KiB MiB)', true);
}

/** A size as Compose writes it (`64m`, `1gb`, `2048`), in bytes. */
export function parseComposeSize(text: string): number {
  const hint = 'write a number and one of b, k, m, g';
  return quantity(text, COMPOSE_BYTES_PER, 'a size', hint, true);
}

/** A probability, `1%` or `0.01`, as a number from 0 to 1. */
export function parseProbability(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*(%?)$/.exec(text.trim());
  const value = match === null ? NaN : Number(match[1]) / (match[2] === '%' ? 100 : 1);
  if (!(value >= 0 && value <= 1)) {
    throw new FormatError(`"${text}" is not a probability`, 'write a percentage as 1%, or 0.01');
  }
  return value;
}
