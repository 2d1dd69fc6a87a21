/** The values that stand in many places of a scenario: quantities, addresses, names, Compose's lists. */
import * as z from 'zod';
import { formatIp, isIpText, parseIp, parseIpPrefix } from '../../protocols/ip-address.ts';
import { formatMac, parseMac } from '../../protocols/mac-address.ts';
import { FormatError } from './format-error.ts';
import { parsed } from './parsed.ts';
import { parseDuration, parseProbability, parseRate, parseSize } from './units.ts';

/** Text, or a number that is taken as its text: YAML reads `10` as a number. */
const textOrNumber = z.union([z.string(), z.number()]);

/** A time in nanoseconds. */
export const duration = parsed(textOrNumber, (value) => parseDuration(String(value))).describe(
  'A time with its unit: ns us ms s min h, as 500ms.',
);
/** A rate in bits per second. */
export const rate = parsed(textOrNumber, (value) => parseRate(String(value))).describe(
  'A rate with its unit: bit Kbit Mbit Gbit, as 10Gbit.',
);
/** A probability from 0 to 1. */
export const probability = parsed(textOrNumber, (value) => parseProbability(String(value))).describe(
  'A percentage (1%) or a fraction (0.01).',
);
/** A queue's bound: a number of packets, or bytes. */
export const queueLimit = parsed(textOrNumber, (value): QueueLimit => {
  const text = String(value).trim();
  const packets = /^(\d+)\s*(?:p|packets)?$/.exec(text);
  return packets === null ? { bytes: parseSize(text) } : { packets: Number(packets[1]) };
}).describe('How much may wait: a number of packets (100), or a size (64KiB).');
export type QueueLimit = { readonly packets: number } | { readonly bytes: number };

export const mtu = z.int().min(68).max(65535).describe('Maximum transmission unit in bytes.');
export const vlanId = z.int().min(1).max(4094);

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

/** An address with its prefix length, of either family. */
export const cidr = parsed(z.string(), parseIpPrefix).describe('Address/length, as 192.168.99.109/24.');
/** An address of either family. */
export const address = parsed(z.string(), parseIp).describe('An IPv4 or IPv6 address.');
/** The same as canonical text, for what Docker is given as text. */
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

/** A unicast MAC address, six bytes. */
export const mac = parsed(z.string(), readMac).describe('As 02:42:ac:11:00:02.');
/** The same in the form `ip` prints. */
export const macText = parsed(z.string(), (text) => formatMac(readMac(text)));

function readMac(text: string): Uint8Array {
  const bytes = parseMac(text);
  if ((bytes[0]! & 1) === 1) throw new FormatError(`${text} is a group address, no interface can have it`);
  return bytes;
}

/** Names of hosts, networks, services, links. */
export const name = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/, 'a name is made of letters, digits, _ . and -');
/** What the kernel takes as a device name (dev_valid_name: at most 15 bytes, no slash, no colon, no space). */
export const interfaceName = z
  .string()
  .regex(/^[A-Za-z0-9_.@-]{1,15}$/, 'an interface name has at most 15 letters, digits, _ . or -');

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

const ignoredSchemas = new WeakSet<object>();

/** A key that is accepted and has no bearing on the network; the loader says so in a notice. */
export function ignored() {
  const schema = z.unknown().optional().describe('Accepted; has no bearing on the network.');
  ignoredSchemas.add(schema);
  return schema;
}

/** The keys of `shape` that are accepted without effect. */
export function ignoredKeysOf(shape: Readonly<Record<string, object>>): Set<string> {
  return new Set(Object.keys(shape).filter((key) => ignoredSchemas.has(shape[key]!)));
}

/** A key that concerns the network and is not modelled: any value is an error that says so. */
export function notModelled(instead: string) {
  return z
    .undefined({ error: () => `is not modelled; ${instead}` })
    .optional()
    .describe(`Not modelled: ${instead}.`);
}
