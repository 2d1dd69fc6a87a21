/** The values that stand in many places of a scenario, besides Compose's own: quantities, addresses, interfaces. */
import * as z from 'zod';
import { parsed } from '../../programs/compose-file/schema/parsed.ts';
import { parseProbability, parseRate, parseSize } from '../../programs/compose-file/schema/units.ts';
import { readMac, textOrNumber } from '../../programs/compose-file/schema/values.ts';
import { parseIp, parseIpPrefix } from '../../protocols/ip-address.ts';

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

/** An address with its prefix length, of either family. */
export const cidr = parsed(z.string(), parseIpPrefix).describe('Address/length, as 192.168.99.109/24.');
/** An address of either family. */
export const address = parsed(z.string(), parseIp).describe('An IPv4 or IPv6 address.');
/** A unicast MAC address, six bytes. */
export const mac = parsed(z.string(), readMac).describe('As 02:42:ac:11:00:02.');
/** What the kernel takes as a device name (dev_valid_name: at most 15 bytes, no slash, no colon, no space). */
export const interfaceName = z
  .string()
  .regex(/^[A-Za-z0-9_.@-]{1,15}$/, 'an interface name has at most 15 letters, digits, _ . or -');
