/** The time of day at which every simulation begins: 2026-01-01 00:00:00 UTC, in seconds since 1970. */
export const SIMULATION_START_S = 1_767_225_600;

/** A date and time of day, UTC. */
export interface CivilTime {
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
