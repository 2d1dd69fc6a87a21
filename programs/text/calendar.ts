/** The time of day at which every simulation begins: 2026-01-01 00:00:00 UTC, in seconds since 1970. */
export const SIMULATION_START_S = 1_767_225_600;

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const MONTHS = 'January February March April May June July August September October November December'.split(
  ' ',
);

interface CivilTime {
  year: number;
  /** From 1. */
  month: number;
  day: number;
  /** Day of the year, from 1. */
  yearDay: number;
  /** 0 is Sunday. */
  weekday: number;
  hour: number;
  minute: number;
  second: number;
}

/** The date and time, UTC, of seconds since 1970 (days to civil date by the era method). */
export function civilTime(epochSeconds: number): CivilTime {
  const days = Math.floor(epochSeconds / 86400);
  const second = epochSeconds - days * 86400;
  const shifted = days + 719468;
  const era = Math.floor(shifted / 146097);
  const dayOfEra = shifted - era * 146097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36524) - Math.floor(dayOfEra / 146096)) /
      365,
  );
  // Counted from 1 March, so that the leap day comes last.
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const yearDay = dayOfYear >= 306 ? dayOfYear - 305 : dayOfYear + 60 + (leap ? 1 : 0);
  return {
    year,
    month,
    day: dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1,
    yearDay,
    weekday: (((days + 4) % 7) + 7) % 7,
    hour: Math.floor(second / 3600),
    minute: Math.floor(second / 60) % 60,
    second: second % 60,
  };
}

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
