/** The values that stand in many places of a Compose file: times, addresses, names, lists that may be maps. */
import * as v from 'valibot';
import { formatIp, isIpText, parseIp, parseIpPrefix } from '../../../protocols/ip-address.ts';
import { formatMac, parseMac } from '../../../protocols/mac-address.ts';
import { described } from './described.ts';
import { FormatError } from './format-error.ts';
import { mapOf } from './map.ts';
import { oneOf } from './one-of.ts';
import { parsed } from './parsed.ts';
import { parseDuration } from './units.ts';

export const text = v.string();
export const texts = v.array(text);
export const flag = v.boolean();

/** A whole number from `min` to `max`. */
export function wholeNumber(min: number, max: number) {
  return v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max));
}

/** Text, or a number that is taken as its text: YAML reads `10` as a number. */
export const textOrNumber = oneOf([text, v.number()]);

/** A time in nanoseconds. */
export const duration = described(
  parsed(textOrNumber, (value) => parseDuration(String(value))),
  'A time with its unit: ns us ms s min h, as 500ms.',
);
/** Numbers and booleans that interpolation may have left as text. */
export const composeInt = parsed(textOrNumber, (value) => {
  if (!/^-?\d+$/.test(String(value))) throw new FormatError(`"${value}" is not a whole number`);
  return Number(value);
});
export const composeBoolean = parsed(oneOf([flag, text]), (value) => {
  if (typeof value === 'boolean') return value;
  if (/^(true|yes|on|1)$/i.test(value)) return true;
  if (/^(false|no|off|0)$/i.test(value)) return false;
  throw new FormatError(`"${value}" is neither true nor false`);
});

/** An address of either family as canonical text, for what Docker is given as text. */
export const addressText = parsed(text, (value) => formatIp(parseIp(value)));
export const ipv4Text = parsed(text, (value) => {
  if (!isIpText(value) || value.includes(':')) throw new FormatError(`"${value}" is not an IPv4 address`);
  return value;
});
export const ipv6Text = parsed(text, (value) => {
  if (!isIpText(value) || !value.includes(':')) throw new FormatError(`"${value}" is not an IPv6 address`);
  return formatIp(parseIp(value));
});
/** A prefix as the text that was given, known to be well-formed. */
export const cidrText = parsed(text, (value) => {
  parseIpPrefix(value);
  return value;
});

/** A unicast MAC address in the form `ip` prints. */
export const macText = parsed(text, (value) => formatMac(readMac(value)));

/** A unicast MAC address, six bytes; throws a FormatError for one of a group. */
export function readMac(value: string): Uint8Array {
  const bytes = parseMac(value);
  if ((bytes[0]! & 1) === 1) throw new FormatError(`${value} is a group address, no interface can have it`);
  return bytes;
}

/** Names of hosts, networks, services, links. */
export const name = v.pipe(
  text,
  v.regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/, 'a name is made of letters, digits, _ . and -'),
);
const scalar = oneOf([text, v.number(), flag, v.null()]);

/** One value or a list of them. */
export function oneOrMany<const S extends v.GenericSchema>(item: S) {
  return v.pipe(
    oneOf([item, v.array(item)]),
    v.transform((value) => (Array.isArray(value) ? value : [value]) as v.InferOutput<S>[]),
  );
}

/** A map of scalars, the values as text (null as ''). */
export const textMap = v.pipe(
  mapOf(text, scalar),
  v.transform((values) => {
    const out: Record<string, string> = {};
    for (const [key, value] of Object.entries(values)) out[key] = value === null ? '' : String(value);
    return out;
  }),
);

/** Compose's "list or map": `{KEY: value}` or `[KEY=value]`. Keys without a value are null. */
export const listOrMap = v.pipe(
  oneOf([texts, mapOf(text, scalar)]),
  v.transform((value) => {
    const out: Record<string, string | null> = {};
    if (Array.isArray(value)) {
      for (const entry of value as string[]) {
        const at = entry.indexOf('=');
        if (at < 0) out[entry] = null;
        else out[entry.slice(0, at)] = entry.slice(at + 1);
      }
      return out;
    }
    for (const [key, entry] of Object.entries(value)) out[key] = entry === null ? null : String(entry);
    return out;
  }),
);

/** More entries than this under one key are no scenario that a person wrote. */
const MAX_ENTRIES = 10_000;

/** A key without anything under it counts as an empty map or list. */
export function orEmpty<const S extends v.GenericSchema>(schema: S, empty: v.InferOutput<S>) {
  return v.pipe(
    oneOf([v.null(), schema]),
    v.transform((value) => (value ?? empty) as v.InferOutput<S>),
    v.check((value) => Object.keys(value as object).length <= MAX_ENTRIES, `at most ${MAX_ENTRIES} entries`),
  );
}

/** A key that is accepted and has no bearing on the network; the loader says so in a notice. */
export const ignored = v.optional(described(v.unknown(), 'Accepted; has no bearing on the network.'));

/** The keys of `entries` that are accepted without effect. */
export function ignoredKeysOf(entries: Readonly<Record<string, object>>): Set<string> {
  return new Set(Object.keys(entries).filter((key) => entries[key] === ignored));
}

/** A key that concerns the network and is not modelled: any value is an error that says so. */
export function notModelled(instead: string) {
  return v.optional(described(v.never(`is not modelled; ${instead}`), `Not modelled: ${instead}.`));
}
