/** Address families, as in linux/socket.h. */
export const AF_INET = 2;
export const AF_INET6 = 10;

/** Directions of a connection (enum ip_conntrack_dir). */
export const IP_CT_DIR_ORIGINAL = 0;
export const IP_CT_DIR_REPLY = 1;

/**
 * One direction of a connection (struct nf_conntrack_tuple), a mutable record that look-ups fill and compare.
 * Addresses are words as signed 32-bit integers, the form in which entries keep them: an IPv4 address is the last
 * word (`src`, `dst`), an IPv6 address has three words before it. `srcPart` and `dstPart` are the ports; for ICMP
 * the identifier and `type << 8 | code`; 0 for protocols without either.
 */
export class Tuple {
  family = AF_INET;
  protocol = 0;
  zone = 0;
  src = 0;
  dst = 0;
  srcPart = 0;
  dstPart = 0;
  src0 = 0;
  src1 = 0;
  src2 = 0;
  dst0 = 0;
  dst1 = 0;
  dst2 = 0;

  copyFrom(other: Tuple): void {
    this.family = other.family;
    this.protocol = other.protocol;
    this.zone = other.zone;
    this.src = other.src;
    this.dst = other.dst;
    this.srcPart = other.srcPart;
    this.dstPart = other.dstPart;
    this.src0 = other.src0;
    this.src1 = other.src1;
    this.src2 = other.src2;
    this.dst0 = other.dst0;
    this.dst1 = other.dst1;
    this.dst2 = other.dst2;
  }

  equals(other: Tuple): boolean {
    return (
      this.src === other.src &&
      this.dst === other.dst &&
      this.srcPart === other.srcPart &&
      this.dstPart === other.dstPart &&
      this.protocol === other.protocol &&
      this.family === other.family &&
      this.zone === other.zone &&
      this.sameHighWords(other)
    );
  }

  /** A number for hash tables, signed 32-bit. */
  hash(): number {
    let h = mix(this.protocol ^ (this.zone << 8), this.src);
    h = mix(h, this.dst);
    h = mix(h, (this.srcPart << 16) | this.dstPart);
    if (this.family === AF_INET6) {
      h = mix(mix(mix(h, this.src0), this.src1), this.src2);
      h = mix(mix(mix(h, this.dst0), this.dst1), this.dst2);
    }
    return finish(h);
  }

  private sameHighWords(other: Tuple): boolean {
    if (this.family !== AF_INET6) return true;
    return (
      this.src0 === other.src0 &&
      this.src1 === other.src1 &&
      this.src2 === other.src2 &&
      this.dst0 === other.dst0 &&
      this.dst1 === other.dst1 &&
      this.dst2 === other.dst2
    );
  }
}

/** One round of MurmurHash3. */
export function mix(hash: number, word: number): number {
  let k = Math.imul(word, 0xcc9e2d51);
  k = (k << 15) | (k >>> 17);
  const h = hash ^ Math.imul(k, 0x1b873593);
  return (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0;
}

/** The finalizer of MurmurHash3. */
export function finish(hash: number): number {
  let h = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
