/** Flags of a range (NF_NAT_RANGE_*). */
export const NF_NAT_RANGE_MAP_IPS = 0x01;
export const NF_NAT_RANGE_PROTO_SPECIFIED = 0x02;
/** --random: the port is always chosen anew. */
export const NF_NAT_RANGE_PROTO_RANDOM = 0x04;
export const NF_NAT_RANGE_PERSISTENT = 0x08;
/** --random-fully. */
export const NF_NAT_RANGE_PROTO_RANDOM_FULLY = 0x10;
/** Ports shifted by a base: `--to-destination a:10000-10010/80`. */
export const NF_NAT_RANGE_PROTO_OFFSET = 0x20;
export const NF_NAT_RANGE_PROTO_RANDOM_ALL = NF_NAT_RANGE_PROTO_RANDOM | NF_NAT_RANGE_PROTO_RANDOM_FULLY;

/** Which side of the tuple is changed (enum nf_nat_manip_type). */
export const NF_NAT_MANIP_SRC = 0;
export const NF_NAT_MANIP_DST = 1;

/** Addresses and ports (or ICMP identifiers) a translation may choose from, both ends included (nf_nat_range2). */
export class NatRange {
  /** NF_NAT_RANGE_* */
  flags = 0;
  /** The lowest and highest address, four words; an IPv4 address is the last. */
  readonly min = new Uint32Array(4);
  readonly max = new Uint32Array(4);
  minPort = 0;
  maxPort = 0;
  basePort = 0;

  /** Restricts the range to IPv4 addresses. */
  setIpv4(min: number, max = min): this {
    this.flags |= NF_NAT_RANGE_MAP_IPS;
    this.min[3] = min;
    this.max[3] = max;
    return this;
  }

  /** Restricts the range to IPv6 addresses, each as an object of four words. */
  setIpv6(min: AddressWords, max: AddressWords = min): this {
    this.flags |= NF_NAT_RANGE_MAP_IPS;
    this.min.set([min.w0, min.w1, min.w2, min.w3]);
    this.max.set([max.w0, max.w1, max.w2, max.w3]);
    return this;
  }

  /** Restricts the range to ports. */
  setPorts(min: number, max = min): this {
    this.flags |= NF_NAT_RANGE_PROTO_SPECIFIED;
    this.minPort = min;
    this.maxPort = max;
    return this;
  }
}

/** An Ipv6Address, or anything with its words. */
export interface AddressWords {
  readonly w0: number;
  readonly w1: number;
  readonly w2: number;
  readonly w3: number;
}
