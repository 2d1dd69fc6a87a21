/** Values of a parameter as places on an axis. */
export type AxisValues =
  | { readonly kind: 'numbers'; readonly numbers: readonly number[]; readonly unit: string }
  | { readonly kind: 'names'; readonly names: readonly string[] };

/** Units that can stand on one axis together, by their size. */
const FAMILIES: readonly Readonly<Record<string, number>>[] = [
  { ns: 1, us: 1e3, µs: 1e3, ms: 1e6, s: 1e9, min: 60e9, h: 3600e9 },
  { bit: 1, kbit: 1e3, mbit: 1e6, gbit: 1e9, tbit: 1e12 },
  { b: 1, kib: 1024, mib: 1024 ** 2, gib: 1024 ** 3 },
  { '%': 1 },
];

const QUANTITY = /^(-?\d+(?:\.\d+)?)\s*([A-Za-zµ%]*)$/;

/** Numbers when all values are, of units that go together; they are told in the last value's unit. A bare 0 goes with any. */
export function axisOf(values: readonly string[]): AxisValues {
  const names: AxisValues = { kind: 'names', names: values };
  const parsed = values.map((value) => QUANTITY.exec(value));
  if (parsed.some((match) => match === null)) return names;
  const quantities = parsed.map((match) => ({ number: Number(match![1]), unit: match![2]! }));
  const units = quantities.filter(({ number, unit }) => number !== 0 || unit !== '').map(({ unit }) => unit);
  const unit = units.at(-1) ?? '';
  if (units.every((each) => each === unit)) {
    return { kind: 'numbers', numbers: quantities.map(({ number }) => number), unit };
  }
  const family = FAMILIES.find((sizes) => units.every((each) => sizeIn(sizes, each) !== undefined));
  if (family === undefined) return names;
  const numbers = quantities.map(({ number, unit: own }) =>
    number === 0 ? 0 : (number * sizeIn(family, own)!) / sizeIn(family, unit)!,
  );
  return { kind: 'numbers', numbers, unit };
}

function sizeIn(sizes: Readonly<Record<string, number>>, unit: string): number | undefined {
  if (Object.hasOwn(sizes, unit)) return sizes[unit];
  const folded = unit.toLowerCase();
  return Object.hasOwn(sizes, folded) ? sizes[folded] : undefined;
}
