/**
 * Which addresses of a subnet are taken (libnetwork bitseq/sequence.go, later bitmap). Kept as a set of ordinals,
 * for an IPv6 subnet's bitmap would not fit anywhere.
 */
export class AddressSet {
  private readonly size: bigint;
  private readonly taken = new Set<bigint>();
  /** Every ordinal before this one is taken: where a search from the start may begin. */
  private lowestFree = 0n;
  /** One past the last ordinal that setAny took: where a serial search begins. Explicit sets do not move it. */
  private cursor = 0n;

  constructor(size: bigint) {
    this.size = size;
  }

  isFull(): boolean {
    return BigInt(this.taken.size) >= this.size;
  }

  has(ordinal: bigint): boolean {
    return this.taken.has(ordinal);
  }

  /** Takes one ordinal; false when it is taken already. */
  set(ordinal: bigint): boolean {
    if (this.taken.has(ordinal)) return false;
    this.taken.add(ordinal);
    return true;
  }

  /** Frees one ordinal; the cursor stays. */
  unset(ordinal: bigint): void {
    this.taken.delete(ordinal);
    if (ordinal < this.lowestFree) this.lowestFree = ordinal;
  }

  /**
   * Takes the lowest free ordinal from `start` to `end`, or, serially, the next free one after the last taken by
   * this method, going round once. Null when there is none.
   */
  setAny(start: bigint, end: bigint, serial: boolean): bigint | null {
    let ordinal: bigint | null = null;
    if (serial && this.cursor > start) ordinal = this.firstFree(this.cursor, end);
    ordinal ??= this.firstFree(start, end);
    if (ordinal === null) return null;
    this.taken.add(ordinal);
    this.cursor = ordinal + 1n;
    return ordinal;
  }

  private firstFree(from: bigint, end: bigint): bigint | null {
    while (this.taken.has(this.lowestFree)) this.lowestFree++;
    let ordinal = from > this.lowestFree ? from : this.lowestFree;
    while (this.taken.has(ordinal)) ordinal++;
    return ordinal <= end ? ordinal : null;
  }
}
