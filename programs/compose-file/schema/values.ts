/** The values that stand in many places of a Compose file: times, addresses, names, lists that may be maps. */
import * as z from 'zod';
import { formatIp, isIpText, parseIp, parseIpPrefix } from '../../../protocols/ip-address.ts';
import { formatMac, parseMac } from '../../../protocols/mac-address.ts';
import { FormatError } from './format-error.ts';
import { parsed } from './parsed.ts';
import { parseDuration } from './units.ts';

// A process checks one file: compiling the schema to code first would take longer than it saves.
z.config({ jitless: true });

/** Text, or a number that is taken as its text: YAML reads `10` as a number. */
export const textOrNumber = z.union([z.string(), z.number()]);

/** A time in nanoseconds. */
export const duration = parsed(textOrNumber, (value) => parseDuration(String(value))).describe(
  'A time with its unit: ns us ms s min h, as 500ms.',
);
/** Numbers and booleans that interpolation may have left as text. */
export const composeInt = parsed(textOrNumber, (value) => {
  if (!/^-?\d+$/.test(String(value))) throw new FormatError(`"${value}" is not a whole number`);
  return Number(value);
});
export const composeBoolean = parsed(z.union([z.boolean(), z.string()]), (value) => {
  if (typeof value === 'boolean') return value;
  if (/^(true|yes|on|1)$/i.test(value)) return true;
  if (/^(false|no|off|0)$/i.test(value)) return false;
  throw new FormatError(`"${value}" is neither true nor false`);
});

/** An address of either family as canonical text, for what Docker is given as text. */
export const addressText = parsed(z.string(), (text) => formatIp(parseIp(text)));
export const ipv4Text = parsed(z.string(), (text) => {
  if (!isIpText(text) || text.includes(':')) throw new FormatError(`"${text}" is not an IPv4 address`);
  return text;
});
export const ipv6Text = parsed(z.string(), (text) => {
  if (!isIpText(text) || !text.includes(':')) throw new FormatError(`"${text}" is not an IPv6 address`);
  return formatIp(parseIp(text));
});
/** A prefix as the text that was given, known to be well-formed. */
export const cidrText = parsed(z.string(), (text) => {
  parseIpPrefix(text);
  return text;
});

/** A unicast MAC address in the form `ip` prints. */
export const macText = parsed(z.string(), (text) => formatMac(readMac(text)));

/** A unicast MAC address, six bytes; throws a FormatError for one of a group. */
export function readMac(text: string): Uint8Array {
  const bytes = parseMac(text);
  if ((bytes[0]! & 1) === 1) throw new FormatError(`${text} is a group address, no interface can have it`);
  return bytes;
}

/** Names of hosts, networks, services, links. */
export const name = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/, 'a name is made of letters, digits, _ . and -');
const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);

/** One text or a list of them. */
export function oneOrMany<S extends z.ZodType>(item: S) {
  return z
    .union([item, z.array(item)])
    .transform((value): z.output<S>[] => (Array.isArray(value) ? value : [value]) as z.output<S>[]);
}

/** A map of scalars, the values as text (null as ''). */
export const textMap = z.record(z.string(), scalar).transform((map) => {
  const out: Record<string, string> = {};
  for (const [key, value] of Object.entries(map)) out[key] = value === null ? '' : String(value);
  return out;
});

/** Compose's "list or map": `{KEY: value}` or `[KEY=value]`. Keys without a value are null. */
export const listOrMap = z.union([z.array(z.string()), z.record(z.string(), scalar)]).transform((value) => {
  const out: Record<string, string | null> = {};
  if (Array.isArray(value)) {
    for (const entry of value) {
      const at = entry.indexOf('=');
      if (at < 0) out[entry] = null;
      else out[entry.slice(0, at)] = entry.slice(at + 1);
    }
    return out;
  }
  for (const [key, entry] of Object.entries(value)) out[key] = entry === null ? null : String(entry);
  return out;
});

/** More entries than this under one key are no scenario that a person wrote. */
const MAX_ENTRIES = 10_000;

/** A key without anything under it counts as an empty map or list. */
export function orEmpty<S extends z.ZodType>(schema: S, empty: z.output<S>) {
  return z
    .union([z.null(), schema])
    .transform((value) => (value ?? empty) as z.output<S>)
    .refine((value) => Object.keys(value as object).length <= MAX_ENTRIES, { error: `at most ${MAX_ENTRIES} entries` });
}

/** A key that is accepted and has no bearing on the network; the loader says so in a notice. */
export const ignored = z.unknown().optional().describe('Accepted; has no bearing on the network.');

/** The keys of `shape` that are accepted without effect. */
export function ignoredKeysOf(shape: Readonly<Record<string, object>>): Set<string> {
  return new Set(Object.keys(shape).filter((key) => shape[key] === ignored));
}

/** A key that concerns the network and is not modelled: any value is an error that says so. */
export function notModelled(instead: string) {
  return z
    .undefined({ error: () => `is not modelled; ${instead}` })
    .optional()
    .describe(`Not modelled: ${instead}.`);
}
