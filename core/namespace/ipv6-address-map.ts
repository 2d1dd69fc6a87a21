import { get32 } from '../../protocols/bytes.ts';
import { Ipv6Address } from '../../protocols/ipv6-address.ts';

interface Entry<V> {
  readonly address: Ipv6Address;
  value: V;
  next: Entry<V> | null;
}

/**
 * A map by IPv6 address. A look-up by the bytes of a packet, or by the prefix of an address, allocates nothing.
 * `values` follows the order of insertion but for addresses whose hashes collide, which follow each other.
 */
export class Ipv6AddressMap<V> {
  size = 0;
  private readonly buckets = new Map<number, Entry<V>>();

  get(address: Ipv6Address): V | undefined {
    return this.find(address.w0, address.w1, address.w2, address.w3)?.value;
  }

  /** The value for the address whose 16 bytes are at `offset`. */
  getBytes(buf: Uint8Array, offset: number): V | undefined {
    return this.find(
      get32(buf, offset),
      get32(buf, offset + 4),
      get32(buf, offset + 8),
      get32(buf, offset + 12),
    )?.value;
  }

  /** The value for the address with every bit past the first `length` cleared. */
  getPrefix(address: Ipv6Address, length: number): V | undefined {
    return this.find(
      (address.w0 & wordMask(length)) >>> 0,
      (address.w1 & wordMask(length - 32)) >>> 0,
      (address.w2 & wordMask(length - 64)) >>> 0,
      (address.w3 & wordMask(length - 96)) >>> 0,
    )?.value;
  }

  set(address: Ipv6Address, value: V): void {
    const found = this.find(address.w0, address.w1, address.w2, address.w3);
    if (found !== null) {
      found.value = value;
      return;
    }
    const key = hash(address.w0, address.w1, address.w2, address.w3);
    const entry: Entry<V> = { address, value, next: null };
    this.size++;
    let last = this.buckets.get(key);
    if (last === undefined) {
      this.buckets.set(key, entry);
      return;
    }
    while (last.next !== null) last = last.next;
    last.next = entry;
  }

  delete(address: Ipv6Address): boolean {
    const key = hash(address.w0, address.w1, address.w2, address.w3);
    let before: Entry<V> | null = null;
    for (let entry = this.buckets.get(key) ?? null; entry !== null; entry = entry.next) {
      if (!entry.address.equals(address)) {
        before = entry;
        continue;
      }
      this.size--;
      if (before !== null) before.next = entry.next;
      else if (entry.next !== null) this.buckets.set(key, entry.next);
      else this.buckets.delete(key);
      return true;
    }
    return false;
  }

  clear(): void {
    this.buckets.clear();
    this.size = 0;
  }

  values(): V[] {
    const out: V[] = [];
    for (const first of this.buckets.values()) {
      for (let entry: Entry<V> | null = first; entry !== null; entry = entry.next) out.push(entry.value);
    }
    return out;
  }

  private find(w0: number, w1: number, w2: number, w3: number): Entry<V> | null {
    let entry = this.buckets.get(hash(w0, w1, w2, w3)) ?? null;
    while (entry !== null) {
      const { address } = entry;
      if (address.w3 === w3 && address.w2 === w2 && address.w1 === w1 && address.w0 === w0) return entry;
      entry = entry.next;
    }
    return null;
  }
}

function hash(w0: number, w1: number, w2: number, w3: number): number {
  let mixed = Math.imul(w3 ^ Math.imul(w2, 0x85ebca6b), 0x9e3779b1);
  mixed = Math.imul(mixed ^ (mixed >>> 15) ^ w1, 0xc2b2ae35);
  mixed = Math.imul(mixed ^ (mixed >>> 13) ^ w0, 0x9e3779b1);
  return (mixed ^ (mixed >>> 16)) & 0x3fffffff;
}

function wordMask(bits: number): number {
  if (bits <= 0) return 0;
  return bits >= 32 ? 0xffffffff : 0xffffffff << (32 - bits);
}
