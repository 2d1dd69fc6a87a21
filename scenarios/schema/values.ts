/** The values that stand in many places of a scenario, besides Compose's own: quantities, addresses, interfaces. */
import * as v from 'valibot';
import { described } from '../../programs/compose-file/schema/described.ts';
import { parsed } from '../../programs/compose-file/schema/parsed.ts';
import { parseProbability, parseRate, parseSize } from '../../programs/compose-file/schema/units.ts';
import { readMac, text, textOrNumber, wholeNumber } from '../../programs/compose-file/schema/values.ts';
import { parseIp, parseIpPrefix } from '../../protocols/ip-address.ts';

/** A rate in bits per second. */
export const rate = described(
  parsed(textOrNumber, (value) => parseRate(String(value))),
  'A rate with its unit: bit Kbit Mbit Gbit, as 10Gbit.',
);
/** A probability from 0 to 1. */
export const probability = described(
  parsed(textOrNumber, (value) => parseProbability(String(value))),
  'A percentage (1%) or a fraction (0.01).',
);
/** A queue's bound: a number of packets, or bytes. */
export const queueLimit = described(
  parsed(textOrNumber, (value): QueueLimit => {
    const written = String(value).trim();
    const packets = /^(\d+)\s*(?:p|packets)?$/.exec(written);
    return packets === null ? { bytes: parseSize(written) } : { packets: Number(packets[1]) };
  }),
  'How much may wait: a number of packets (100), or a size (64KiB).',
);
export type QueueLimit = { readonly packets: number } | { readonly bytes: number };

export const mtu = described(wholeNumber(68, 65535), 'Maximum transmission unit in bytes.');
export const vlanId = wholeNumber(1, 4094);

/** An address with its prefix length, of either family. */
export const cidr = described(parsed(text, parseIpPrefix), 'Address/length, as 192.168.99.109/24.');
/** An address of either family. */
export const address = described(parsed(text, parseIp), 'An IPv4 or IPv6 address.');
/** A unicast MAC address, six bytes. */
export const mac = described(parsed(text, readMac), 'As 02:42:ac:11:00:02.');
/** What the kernel takes as a device name (dev_valid_name: at most 15 bytes, no slash, no colon, no space). */
export const interfaceName = v.pipe(
  text,
  v.regex(/^[A-Za-z0-9_.@-]{1,15}$/, 'an interface name has at most 15 letters, digits, _ . or -'),
);
