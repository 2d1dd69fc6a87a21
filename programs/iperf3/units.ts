const SUFFIXES = ['', 'K', 'M', 'G', 'T'];

/** A number with K, M, G or T behind it; null when it is none. Sizes count in 1024, rates in 1000. */
export function parseAmount(text: string, base: 1000 | 1024): number | null {
  const match = /^(\d+(?:\.\d+)?)([kmgtKMGT]?)$/.exec(text);
  if (match === null) return null;
  return Math.floor(Number(match[1]) * base ** SUFFIXES.indexOf(match[2]!.toUpperCase()));
}

/** An amount in four columns and its unit (unit_snprintf): ` 200 M`, `9.54 M`, `20.0 M`. */
function scaled(value: number, base: number, forced: string | null): string {
  let power = forced === null ? 0 : SUFFIXES.indexOf(forced.toUpperCase());
  if (forced === null) while (value / base ** power >= base && power < SUFFIXES.length - 1) power++;
  const shown = value / base ** power;
  const digits = shown < 9.995 ? 2 : shown < 99.95 ? 1 : 0;
  return `${shown.toFixed(digits).padStart(4)} ${SUFFIXES[power]!}`;
}

export function bytesText(bytes: number): string {
  return `${scaled(bytes, 1024, null)}Bytes`;
}

/** A rate; `format` is the letter of -f (capitals for bytes), null to choose by size. */
export function rateText(bytesPerSecond: number, format: string | null): string {
  if (format !== null && format === format.toUpperCase())
    return `${scaled(bytesPerSecond, 1024, format)}Bytes/sec`;
  return `${scaled(bytesPerSecond * 8, 1000, format)}bits/sec`;
}
