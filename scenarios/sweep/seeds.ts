import { FormatError } from '../../programs/compose-file/schema/format-error.ts';

const MAX_SEED = 0xffff_ffff;
const MAX_SEEDS = 10_000;
const HINT = 'write a count (5 is seeds 1 to 5), a range (1..10) or a list (1,4,7)';

/** Reads `5` (seeds 1 to 5), `11..20` or `1,4,7`. Throws a FormatError. */
export function parseSeeds(text: string): number[] {
  const range = /^(\d+)\.\.(\d+)$/.exec(text.trim());
  if (range !== null) return seedsBetween(Number(range[1]), Number(range[2]), text);
  const numbers = text.split(',').map((each) => each.trim());
  if (numbers.some((each) => !/^\d+$/.test(each))) throw new FormatError(`"${text}" names no seeds`, HINT);
  if (numbers.length === 1) return seedsBetween(1, Number(numbers[0]), text);
  const seeds = numbers.map(Number);
  if (new Set(seeds).size < seeds.length) throw new FormatError(`"${text}": a seed is there twice`, HINT);
  if (seeds.some((seed) => seed > MAX_SEED)) throw tooLarge(text);
  return seeds;
}

function seedsBetween(first: number, last: number, text: string): number[] {
  if (last > MAX_SEED) throw tooLarge(text);
  if (last < first || last === 0) throw new FormatError(`"${text}" names no seeds`, HINT);
  if (last - first >= MAX_SEEDS) throw new FormatError(`"${text}": at most ${MAX_SEEDS} seeds`, HINT);
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

function tooLarge(text: string): FormatError {
  return new FormatError(`"${text}": a seed is a whole number from 0 to ${MAX_SEED}`, HINT);
}
