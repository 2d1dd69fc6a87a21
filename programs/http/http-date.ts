import { formatDate } from '../text/calendar.ts';

/** A time as HTTP writes it (RFC 9110 section 5.6.7): `Thu, 01 Jan 2026 00:00:00 GMT`. */
export function httpDate(simulatedNs: number): string {
  return formatDate('%a, %d %b %Y %H:%M:%S GMT', simulatedNs);
}

/** The time of an access log: `01/Jan/2026:00:00:00 +0000`. */
export function logDate(simulatedNs: number): string {
  return formatDate('%d/%b/%Y:%H:%M:%S +0000', simulatedNs);
}
