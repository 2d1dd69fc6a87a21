import { parseUnsigned } from './extension.ts';
import { ParameterError } from './iptables-error.ts';

/** DSCP classes by name (RFC 2474, 2597, 3246). */
const DSCP_CLASSES: Readonly<Record<string, number>> = Object.fromEntries([
  ...Array.from({ length: 8 }, (_, i) => [`CS${i}`, i << 3] as const),
  ['BE', 0] as const,
  ...[1, 2, 3, 4].flatMap((i) => [1, 2, 3].map((j) => [`AF${i}${j}`, (i << 3) | (j << 1)] as const)),
  ['EF', 0x2e] as const,
]);

const TOS_NAMES: Readonly<Record<string, number>> = {
  'minimize-delay': 0x10,
  'maximize-throughput': 0x08,
  'maximize-reliability': 0x04,
  'minimize-cost': 0x02,
  'normal-service': 0x00,
};

/** The value of `--dscp N`, `--dscp-class NAME` and the options of the DSCP target. */
export function dscpOf(extension: string, option: string, text: string): number {
  if (!option.endsWith('-class')) return parseUnsigned(extension, option, text, 63);
  const value = DSCP_CLASSES[text.toUpperCase()];
  if (value === undefined) throw new ParameterError(`Invalid DSCP value \`${text}'`);
  return value;
}

/** Value and mask of a TOS name; undefined for anything else. */
export function tosOf(name: string): [number, number] | undefined {
  const value = TOS_NAMES[name.toLowerCase()];
  return value === undefined ? undefined : [value, 0x3f];
}
