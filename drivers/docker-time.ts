import { SIMULATION_START_S, civilTime } from '../core/sim/civil-time.ts';

/** Go's zero time, for what has not happened. */
export const ZERO_TIME = '0001-01-01T00:00:00Z';

/** A simulated time as Docker writes it in JSON: RFC 3339 with nanoseconds, trailing zeros cut. */
export function rfc3339(simulatedNs: number): string {
  const whole = Math.floor(simulatedNs / 1e9);
  const nanoseconds = String(Math.round(simulatedNs - whole * 1e9))
    .padStart(9, '0')
    .replace(/0+$/, '');
  const time = civilTime(SIMULATION_START_S + whole);
  const two = (value: number) => String(value).padStart(2, '0');
  const date = `${time.year}-${two(time.month)}-${two(time.day)}`;
  const clock = `${two(time.hour)}:${two(time.minute)}:${two(time.second)}`;
  return `${date}T${clock}${nanoseconds === '' ? '' : `.${nanoseconds}`}Z`;
}

/** A simulated time as Go's `time.Time.String()` prints it in UTC, which `CreatedAt` columns show. */
export function goTimeString(simulatedNs: number): string {
  return rfc3339(Math.floor(simulatedNs / 1e9) * 1e9)
    .replace('T', ' ')
    .replace('Z', ' +0000 UTC');
}
