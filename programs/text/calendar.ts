import { SIMULATION_START_S, civilTime, type CivilTime } from '../../core/sim/civil-time.ts';

export { SIMULATION_START_S, civilTime };

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const MONTHS = 'January February March April May June July August September October November December'.split(
  ' ',
);

/** strftime for a simulated time. Conversions that are not known are left as they stand. */
export function formatDate(format: string, simulatedNs: number): string {
  const epochSeconds = SIMULATION_START_S + Math.floor(simulatedNs / 1e9);
  const time = civilTime(epochSeconds);
  const two = (value: number) => String(value).padStart(2, '0');
  const nanoseconds = String(simulatedNs % 1e9).padStart(9, '0');
  const expand = (text: string): string =>
    text.replace(/%(\d?)([a-zA-Z%])/g, (whole, digits: string, kind: string) => {
      if (kind === 'N') return nanoseconds.slice(0, Number(digits || 9));
      const composite = COMPOSITES[kind];
      if (composite !== undefined) return expand(composite);
      return SIMPLE[kind]?.(time, two) ?? (kind === 's' ? String(epochSeconds) : whole);
    });
  return expand(format);
}

const COMPOSITES: Record<string, string> = {
  F: '%Y-%m-%d',
  T: '%H:%M:%S',
  R: '%H:%M',
  D: '%m/%d/%y',
  c: '%a %b %e %H:%M:%S %Y',
  x: '%m/%d/%y',
  X: '%H:%M:%S',
};

const SIMPLE: Record<string, (time: CivilTime, two: (value: number) => string) => string> = {
  Y: ({ year }) => String(year),
  y: ({ year }, two) => two(year % 100),
  m: ({ month }, two) => two(month),
  d: ({ day }, two) => two(day),
  e: ({ day }) => String(day).padStart(2),
  H: ({ hour }, two) => two(hour),
  I: ({ hour }, two) => two(hour % 12 === 0 ? 12 : hour % 12),
  M: ({ minute }, two) => two(minute),
  S: ({ second }, two) => two(second),
  p: ({ hour }) => (hour < 12 ? 'AM' : 'PM'),
  j: ({ yearDay }) => String(yearDay).padStart(3, '0'),
  a: ({ weekday }) => DAYS[weekday]!.slice(0, 3),
  A: ({ weekday }) => DAYS[weekday]!,
  b: ({ month }) => MONTHS[month - 1]!.slice(0, 3),
  h: ({ month }) => MONTHS[month - 1]!.slice(0, 3),
  B: ({ month }) => MONTHS[month - 1]!,
  u: ({ weekday }) => String(weekday === 0 ? 7 : weekday),
  w: ({ weekday }) => String(weekday),
  Z: () => 'UTC',
  z: () => '+0000',
  n: () => '\n',
  t: () => '\t',
  '%': () => '%',
};
