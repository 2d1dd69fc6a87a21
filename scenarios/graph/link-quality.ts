import type { LinkDirection } from '../schema/link.ts';

const RATES: readonly [number, string][] = [
  [1e9, 'Gbit/s'],
  [1e6, 'Mbit/s'],
  [1e3, 'kbit/s'],
  [1, 'bit/s'],
];
const TIMES: readonly [number, string][] = [
  [1e9, 's'],
  [1e6, 'ms'],
  [1e3, 'µs'],
  [1, 'ns'],
];

/** Rate, delay and loss of a link in a few words; '' when nothing is set. */
export function linkQuality(directions: readonly LinkDirection[]): string {
  const texts = new Set(directions.map(describe));
  return texts.size > 1 ? 'differs by direction' : [...texts].join('');
}

function describe({ rateBps, delayNs, loss }: LinkDirection): string {
  const words: string[] = [];
  if (rateBps !== Infinity) words.push(withUnit(rateBps, RATES));
  if (delayNs > 0) words.push(withUnit(delayNs, TIMES));
  if (loss > 0) words.push(`${Number((loss * 100).toPrecision(3))} % loss`);
  return words.join(', ');
}

/** In the largest unit of which there is at least one. */
function withUnit(value: number, units: readonly [number, string][]): string {
  const [size, name] = units.find(([each]) => value >= each) ?? units.at(-1)!;
  return `${Number((value / size).toPrecision(4))} ${name}`;
}
