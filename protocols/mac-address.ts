/** MAC addresses: six bytes in a packet or a Uint8Array, and a JS number (48 bits, exact) as a table key. */
import { get16, get32, put16, put32 } from './bytes.ts';

/** Length of a MAC address in bytes (ETH_ALEN). */
export const MAC_LENGTH = 6;

/** The first 16 bits of the MAC address at `offset`. */
export function macHigh16(buf: Uint8Array, offset: number): number {
  return get16(buf, offset);
}

/** The last 32 bits of the MAC address at `offset`, unsigned. */
export function macLow32(buf: Uint8Array, offset: number): number {
  return get32(buf, offset + 2);
}

/** The MAC address at `offset` as one number, high16 * 2^32 + low32: the key of FDB and neighbour tables. */
export function macKeyOf(buf: Uint8Array, offset: number): number {
  return get16(buf, offset) * 0x1_0000_0000 + get32(buf, offset + 2);
}

/** Writes a MAC address given as a key. */
export function putMacKey(buf: Uint8Array, offset: number, key: number): void {
  put16(buf, offset, Math.floor(key / 0x1_0000_0000));
  put32(buf, offset + 2, key >>> 0);
}

/** Copies the six bytes at `from` of `source` to `offset` of `buf`. */
export function copyMac(buf: Uint8Array, offset: number, source: Uint8Array, from = 0): void {
  for (let i = 0; i < MAC_LENGTH; i++) buf[offset + i] = source[from + i]!;
}

/** True when the MAC addresses at the two places are the same. */
export function sameMac(a: Uint8Array, aOffset: number, b: Uint8Array, bOffset: number): boolean {
  return get32(a, aOffset) === get32(b, bOffset) && get16(a, aOffset + 4) === get16(b, bOffset + 4);
}

/** True for a group address (the I/G bit is set), the broadcast address included. */
export function isMulticastMac(buf: Uint8Array, offset = 0): boolean {
  return (buf[offset]! & 0x01) !== 0;
}

/** True for ff:ff:ff:ff:ff:ff. */
export function isBroadcastMac(buf: Uint8Array, offset = 0): boolean {
  return get32(buf, offset) === 0xffffffff && get16(buf, offset + 4) === 0xffff;
}

/** True for 00:00:00:00:00:00. */
export function isZeroMac(buf: Uint8Array, offset = 0): boolean {
  return get32(buf, offset) === 0 && get16(buf, offset + 4) === 0;
}

/** True for 01:80:c2:00:00:0X, the addresses a bridge does not forward (IEEE 802.1D table 7-10). */
export function isLinkLocalMac(buf: Uint8Array, offset = 0): boolean {
  return get32(buf, offset) === 0x0180c200 && (get16(buf, offset + 4) & 0xfff0) === 0;
}

/** A MAC address from a key, as a new array. */
export function macFromKey(key: number): Uint8Array {
  const mac = new Uint8Array(MAC_LENGTH);
  putMacKey(mac, 0, key);
  return mac;
}

/** Reads `02:42:ac:11:00:02` (either case; `-` also separates). Throws on anything else. */
export function parseMac(text: string): Uint8Array {
  if (!/^[0-9a-f]{2}(?:(?::[0-9a-f]{2}){5}|(?:-[0-9a-f]{2}){5})$/i.test(text)) {
    throw new Error(
      `invalid MAC address "${text}": expected six pairs of hexadecimal digits, as 02:42:ac:11:00:02`,
    );
  }
  const mac = new Uint8Array(MAC_LENGTH);
  for (let i = 0; i < MAC_LENGTH; i++) mac[i] = parseInt(text.slice(3 * i, 3 * i + 2), 16);
  return mac;
}

/** The address at `offset` as the kernel and `ip` print it: lower case, colons. */
export function formatMac(buf: Uint8Array, offset = 0): string {
  let text = '';
  for (let i = 0; i < MAC_LENGTH; i++) {
    text += (i === 0 ? '' : ':') + buf[offset + i]!.toString(16).padStart(2, '0');
  }
  return text;
}

/** The Ethernet group address of an IPv4 group (RFC 1112 section 6.4): 01:00:5e and the low 23 bits. */
export function putIpv4MulticastMac(buf: Uint8Array, offset: number, group: number): void {
  put16(buf, offset, 0x0100);
  put32(buf, offset + 2, (0x5e000000 | (group & 0x7fffff)) >>> 0);
}
