/** IPv6 addresses (RFC 4291): immutable objects of four words; text is read and written only at the edges. */
import ipaddr from 'ipaddr.js';
import { get32, put32 } from './bytes.ts';

/** The 32-bit mask of the part of a prefix of `length` that falls into the word starting at bit `start`. */
function wordMask(length: number, start: number): number {
  const bits = length - start;
  if (bits <= 0) return 0;
  return bits >= 32 ? 0xffffffff : (0xffffffff << (32 - bits)) >>> 0;
}

/** An address as four unsigned 32-bit words, `w0` the most significant. */
export class Ipv6Address {
  readonly w0: number;
  readonly w1: number;
  readonly w2: number;
  readonly w3: number;

  constructor(w0: number, w1: number, w2: number, w3: number) {
    this.w0 = w0 >>> 0;
    this.w1 = w1 >>> 0;
    this.w2 = w2 >>> 0;
    this.w3 = w3 >>> 0;
  }

  /** `::` */
  static readonly UNSPECIFIED = new Ipv6Address(0, 0, 0, 0);
  /** `::1` */
  static readonly LOOPBACK = new Ipv6Address(0, 0, 0, 1);
  /** `ff02::1` */
  static readonly ALL_NODES = new Ipv6Address(0xff020000, 0, 0, 1);
  /** `ff02::2` */
  static readonly ALL_ROUTERS = new Ipv6Address(0xff020000, 0, 0, 2);
  /** `ff02::16`, where MLDv2 reports go (RFC 3810 section 5.2.14). */
  static readonly ALL_MLDV2_ROUTERS = new Ipv6Address(0xff020000, 0, 0, 0x16);

  /** Reads the 16 bytes at `offset`. */
  static read(buf: Uint8Array, offset: number): Ipv6Address {
    return new Ipv6Address(
      get32(buf, offset),
      get32(buf, offset + 4),
      get32(buf, offset + 8),
      get32(buf, offset + 12),
    );
  }

  /** Writes the 16 bytes at `offset`. */
  write(buf: Uint8Array, offset: number): void {
    put32(buf, offset, this.w0);
    put32(buf, offset + 4, this.w1);
    put32(buf, offset + 8, this.w2);
    put32(buf, offset + 12, this.w3);
  }

  equals(other: Ipv6Address): boolean {
    return this.w0 === other.w0 && this.w1 === other.w1 && this.w2 === other.w2 && this.w3 === other.w3;
  }

  /** True when the bytes at `offset` are this address. */
  equalsBytes(buf: Uint8Array, offset: number): boolean {
    return (
      this.w0 === get32(buf, offset) &&
      this.w1 === get32(buf, offset + 4) &&
      this.w2 === get32(buf, offset + 8) &&
      this.w3 === get32(buf, offset + 12)
    );
  }

  /** Less than, equal to or greater than zero as this address sorts before, with or after the other. */
  compare(other: Ipv6Address): number {
    if (this.w0 !== other.w0) return this.w0 - other.w0;
    if (this.w1 !== other.w1) return this.w1 - other.w1;
    if (this.w2 !== other.w2) return this.w2 - other.w2;
    return this.w3 - other.w3;
  }

  /** True when the first `length` bits of the two addresses are the same. */
  matchesPrefix(prefix: Ipv6Address, length: number): boolean {
    return (
      ((this.w0 ^ prefix.w0) & wordMask(length, 0)) === 0 &&
      ((this.w1 ^ prefix.w1) & wordMask(length, 32)) === 0 &&
      ((this.w2 ^ prefix.w2) & wordMask(length, 64)) === 0 &&
      ((this.w3 ^ prefix.w3) & wordMask(length, 96)) === 0
    );
  }

  /** The address with every bit past the first `length` cleared. */
  masked(length: number): Ipv6Address {
    return new Ipv6Address(
      this.w0 & wordMask(length, 0),
      this.w1 & wordMask(length, 32),
      this.w2 & wordMask(length, 64),
      this.w3 & wordMask(length, 96),
    );
  }

  /** The address `count` further on (0 ≤ count < 2^53), wrapping at the end of the space. */
  plus(count: number): Ipv6Address {
    const low = this.w3 + (count % 0x1_0000_0000);
    const w2 = this.w2 + Math.floor(count / 0x1_0000_0000) + (low > 0xffffffff ? 1 : 0);
    const w1 = this.w1 + (w2 > 0xffffffff ? 1 : 0);
    const w0 = this.w0 + (w1 > 0xffffffff ? 1 : 0);
    return new Ipv6Address(w0, w1, w2, low);
  }

  isUnspecified(): boolean {
    return this.w0 === 0 && this.w1 === 0 && this.w2 === 0 && this.w3 === 0;
  }

  isLoopback(): boolean {
    return this.w0 === 0 && this.w1 === 0 && this.w2 === 0 && this.w3 === 1;
  }

  /** True for ff00::/8. */
  isMulticast(): boolean {
    return this.w0 >>> 24 === 0xff;
  }

  /** True for fe80::/10. */
  isLinkLocal(): boolean {
    return this.w0 >>> 22 === 0x3fa;
  }

  /** The scope of a multicast address, its low nibble of the second byte (RFC 4291 section 2.7): 2 is link-local. */
  multicastScope(): number {
    return (this.w0 >>> 16) & 0xf;
  }

  /** The group that neighbour solicitations for this address go to: ff02::1:ffXX:XXXX (RFC 4291 section 2.7.1). */
  solicitedNodeGroup(): Ipv6Address {
    return new Ipv6Address(0xff020000, 0, 1, 0xff000000 | (this.w3 & 0xffffff));
  }

  /** Writes the Ethernet address of this multicast group, 33:33 and the last word (RFC 2464 section 7). */
  writeMulticastMac(buf: Uint8Array, offset: number): void {
    buf[offset] = 0x33;
    buf[offset + 1] = 0x33;
    put32(buf, offset + 2, this.w3);
  }

  /** The text of RFC 5952. */
  toString(): string {
    return formatIpv6(this);
  }
}

/** A prefix; the bits of `address` past `length` are those that were given. */
export interface Ipv6Prefix {
  readonly address: Ipv6Address;
  readonly length: number;
}

/** True when `text` is an IPv6 address without a zone. */
export function isIpv6Text(text: string): boolean {
  return text.includes(':') && !text.includes('%') && ipaddr.IPv6.isValid(text);
}

/** Reads any form of RFC 4291 section 2.2. Throws on anything else; a zone (`%eth0`) is not part of an address. */
export function parseIpv6(text: string): Ipv6Address {
  if (!isIpv6Text(text)) throw new Error(`invalid IPv6 address "${text}": expected an address as fd00::2`);
  return Ipv6Address.read(Uint8Array.from(ipaddr.IPv6.parse(text).toByteArray()), 0);
}

/** The text of RFC 5952; IPv4-mapped addresses end in a dotted quad (section 5), as the kernel's %pI6c writes them. */
export function formatIpv6(address: Ipv6Address): string {
  const bytes = new Uint8Array(16);
  address.write(bytes, 0);
  const parsed = ipaddr.fromByteArray(Array.from(bytes)) as ipaddr.IPv6;
  return parsed.isIPv4MappedAddress()
    ? `::ffff:${parsed.toIPv4Address().toString()}`
    : parsed.toRFC5952String();
}

/** Reads `address/length`. Host bits may be set. */
export function parseCidr6(text: string): Ipv6Prefix {
  const match = /^([^/]*)\/(\d{1,3})$/.exec(text);
  const length = Number(match?.[2]);
  if (match === null || length > 128) {
    throw new Error(`invalid IPv6 prefix "${text}": expected an address and a length, as fd00::/64`);
  }
  return { address: parseIpv6(match[1]!), length };
}

/** The prefix in CIDR form. */
export function formatCidr6(prefix: Ipv6Prefix): string {
  return `${formatIpv6(prefix.address)}/${prefix.length}`;
}

/**
 * The link-local address of an interface by its MAC address, modified EUI-64 (RFC 4291 appendix A, RFC 2464). Devices
 * that share a MAC have a `deviceId` in the middle in place of ff:fe (addrconf_ifid_eui48).
 */
export function linkLocalFromMac(mac: Uint8Array, offset = 0, deviceId = 0): Ipv6Address {
  const first = deviceId === 0 ? mac[offset]! ^ 0x02 : mac[offset]!;
  const middle = deviceId === 0 ? 0xfffe : deviceId;
  const word2 = (first << 24) | (mac[offset + 1]! << 16) | (mac[offset + 2]! << 8) | (middle >>> 8);
  const word3 =
    ((middle & 0xff) << 24) | (mac[offset + 3]! << 16) | (mac[offset + 4]! << 8) | mac[offset + 5]!;
  return new Ipv6Address(0xfe800000, 0, word2, word3);
}
