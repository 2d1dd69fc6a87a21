import type { NetNamespace } from '../../namespace/net-namespace.ts';
import { PROTO } from '../../../protocols/ipv4.ts';
import type { RandomStream } from '../../sim/random-streams.ts';
import type { ConntrackTable } from '../conntrack/conntrack-table.ts';
import { sourceHash, type ConntrackEntry } from '../conntrack/entry.ts';
import { hasPorts, invertTuple, PROTO_UDPLITE } from '../conntrack/read-tuple.ts';
import {
  IPS_DST_NAT,
  IPS_DST_NAT_DONE,
  IPS_LOCAL_ORIGIN,
  IPS_SRC_NAT,
  IPS_SRC_NAT_DONE,
} from '../conntrack/status.ts';
import { AF_INET, IP_CT_DIR_REPLY, Tuple } from '../conntrack/tuple.ts';
import { NF_ACCEPT, NF_DROP } from '../hook.ts';
import type { NatHooks } from './nat-hooks.ts';
import { jhash2, reciprocalScale, swap32 } from './jhash.ts';
import {
  NatRange,
  NF_NAT_MANIP_DST,
  NF_NAT_MANIP_SRC,
  NF_NAT_RANGE_MAP_IPS,
  NF_NAT_RANGE_PERSISTENT,
  NF_NAT_RANGE_PROTO_OFFSET,
  NF_NAT_RANGE_PROTO_RANDOM_ALL,
  NF_NAT_RANGE_PROTO_SPECIFIED,
} from './nat-range.ts';

const MAX_ATTEMPTS = 128;
const MIN_ATTEMPTS = 16;
const BUCKETS = 1024;

/**
 * Address translation of one namespace: chooses what each connection is translated to (nf_nat_core.c, Linux 6.1).
 * Connections are found by their original source in a chained table, to give a host's port the same outer port
 * towards all. Not modelled: helpers that mangle payloads.
 */
export class NatTable {
  readonly netns: NetNamespace;
  /** What runs on the hooks, by family; see enable-nat.ts. */
  readonly hooks = new Map<number, NatHooks>();
  private readonly conntrack: ConntrackTable;
  private readonly random: RandomStream;
  private readonly bySource = new Array<ConntrackEntry | null>(BUCKETS).fill(null);
  private readonly current = new Tuple();
  private readonly chosen = new Tuple();
  private readonly inverse = new Tuple();
  private readonly nullRange = new NatRange();
  private readonly jhashWords: number[] = [];

  constructor(netns: NetNamespace, conntrack: ConntrackTable) {
    this.netns = netns;
    this.conntrack = conntrack;
    this.random = netns.host.sim.random.stream(`${netns.host.name}/${netns.id}:nat-ports`);
    conntrack.onInsert = (entry) => this.inserted(entry);
    conntrack.onRemove = (entry) => this.removed(entry);
  }

  /**
   * nf_nat_setup_info: decides what a new connection's source (NF_NAT_MANIP_SRC) or destination (NF_NAT_MANIP_DST)
   * becomes, within `range`. NF_ACCEPT, or NF_DROP when that side has been decided already.
   */
  setupInfo(entry: ConntrackEntry, range: NatRange, manip: number): number {
    if (entry.isConfirmed) return NF_ACCEPT;
    if (isInitialized(entry, manip)) return NF_DROP;
    entry.readTuple(IP_CT_DIR_REPLY, this.inverse);
    invertTuple(this.inverse, this.current);
    this.chooseUniqueTuple(range, entry, manip);
    if (!this.chosen.equals(this.current)) {
      invertTuple(this.chosen, this.inverse);
      entry.setReply(this.inverse);
      entry.status |= manip === NF_NAT_MANIP_SRC ? IPS_SRC_NAT : IPS_DST_NAT;
    }
    entry.status |= manip === NF_NAT_MANIP_SRC ? IPS_SRC_NAT_DONE : IPS_DST_NAT_DONE;
    return NF_ACCEPT;
  }

  /**
   * nf_nat_alloc_null_binding: the address stays, but a port may change when the tuple is taken. Translations made
   * before count.
   */
  setupNullBinding(entry: ConntrackEntry, manip: number): number {
    entry.readTuple(IP_CT_DIR_REPLY, this.inverse);
    const reply = this.inverse;
    const range = this.nullRange;
    range.flags = NF_NAT_RANGE_MAP_IPS;
    const source = manip === NF_NAT_MANIP_SRC;
    range.min[0] = source ? reply.dst0 : reply.src0;
    range.min[1] = source ? reply.dst1 : reply.src1;
    range.min[2] = source ? reply.dst2 : reply.src2;
    range.min[3] = source ? reply.dst : reply.src;
    if (entry.family === AF_INET) range.min.fill(0, 0, 3);
    range.max.set(range.min);
    return this.setupInfo(entry, range, manip);
  }

  /** get_unique_tuple, from `current` into `chosen`. */
  private chooseUniqueTuple(range: NatRange, entry: ConntrackEntry, manip: number): void {
    const { current, chosen } = this;
    const source = manip === NF_NAT_MANIP_SRC;
    let randomPort = (range.flags & NF_NAT_RANGE_PROTO_RANDOM_ALL) !== 0;
    if (source && !randomPort && (entry.status & IPS_LOCAL_ORIGIN) === 0) randomPort = isShadowing(current);
    chosen.copyFrom(current);
    if (source && !randomPort) {
      if (isSourceInRange(current, range)) {
        if (!this.isUsed(chosen, entry)) return;
      } else if (this.findAppropriateSource(range) && !this.isUsed(chosen, entry)) {
        return;
      }
    }
    chosen.copyFrom(current);
    this.chooseAddress(range, source);
    if (!randomPort) {
      if ((range.flags & NF_NAT_RANGE_PROTO_SPECIFIED) !== 0) {
        const fits =
          (range.flags & NF_NAT_RANGE_PROTO_OFFSET) === 0 &&
          isPartInRange(chosen, range, source) &&
          (range.minPort === range.maxPort || !this.isUsed(chosen, entry));
        if (fits) return;
      } else if (!this.isUsed(chosen, entry)) {
        return;
      }
    }
    this.choosePart(range, entry, source);
  }

  /**
   * find_appropriate_src: the translation that another connection of the same source has, with this connection's
   * destination, into `chosen`. False when none is in the range.
   */
  private findAppropriateSource(range: NatRange): boolean {
    const { current, chosen, inverse } = this;
    for (
      let entry = this.bySource[sourceHash(current) & (BUCKETS - 1)]!;
      entry !== null;
      entry = entry.nextBySource!
    ) {
      if (!entry.sameSource(current)) continue;
      entry.readTuple(IP_CT_DIR_REPLY, inverse);
      if (!invertTuple(inverse, chosen)) continue;
      chosen.dst = current.dst;
      chosen.dst0 = current.dst0;
      chosen.dst1 = current.dst1;
      chosen.dst2 = current.dst2;
      chosen.dstPart = current.dstPart;
      if (isSourceInRange(chosen, range)) return true;
    }
    return false;
  }

  /** find_best_ips_proto: one address of the range, the same for the same pair of hosts. */
  private chooseAddress(range: NatRange, source: boolean): void {
    if ((range.flags & NF_NAT_RANGE_MAP_IPS) === 0) return;
    const chosen = this.chosen;
    if (range.min.every((word, i) => word === range.max[i])) {
      setAddress(chosen, source, range.min[0]!, range.min[1]!, range.min[2]!, range.min[3]!);
      return;
    }
    const v4 = chosen.family === AF_INET;
    const persistent = (range.flags & NF_NAT_RANGE_PERSISTENT) !== 0;
    const words = this.jhashWords;
    const sourceWords = v4 ? [chosen.src, 0, 0, 0] : [chosen.src0, chosen.src1, chosen.src2, chosen.src];
    const destinationWords = v4 ? [chosen.dst] : [chosen.dst0, chosen.dst1, chosen.dst2, chosen.dst];
    for (let i = 0; i < 4; i++) words[i] = swap32(sourceWords[i]!);
    let hash = jhash2(words, persistent ? 0 : swap32(chosen.dst) ^ chosen.zone);
    const picked = [0, 0, 0, 0];
    let full = false;
    for (let i = v4 ? 3 : 0; i < 4; i++) {
      const low = full ? 0 : range.min[i]!;
      const distance = full ? 0xffffffff : range.max[i]! - low + 1;
      picked[i] = (low + reciprocalScale(hash, distance)) >>> 0;
      if (picked[i] !== range.max[i]) full = true;
      if (!persistent) hash = (hash ^ swap32(destinationWords[v4 ? 0 : i]!)) >>> 0;
    }
    setAddress(chosen, source, picked[0]!, picked[1]!, picked[2]!, picked[3]!);
  }

  /** nf_nat_l4proto_unique_tuple: a port, or an ICMP identifier, that makes the tuple unique. */
  private choosePart(range: NatRange, entry: ConntrackEntry, source: boolean): void {
    const { chosen, random } = this;
    const icmp = isIcmp(chosen.protocol);
    // GRE without PPTP and protocols without parts have nothing to change.
    if (!icmp && !hasPorts(chosen.protocol)) return;
    const onSource = icmp || source;
    const part = onSource ? chosen.srcPart : chosen.dstPart;
    let min: number;
    let size: number;
    if ((range.flags & NF_NAT_RANGE_PROTO_SPECIFIED) !== 0) {
      min = Math.min(range.minPort, range.maxPort);
      size = Math.max(range.minPort, range.maxPort) - min + 1;
    } else if (icmp) {
      min = 0;
      size = 65536;
    } else {
      // A destination port is only changed when told to.
      if (!source) return;
      min = part < 512 ? 1 : part < 1024 ? 600 : 1024;
      size = (part < 512 ? 511 : part < 1024 ? 1023 : 65535) - min + 1;
    }
    const shifted = (range.flags & NF_NAT_RANGE_PROTO_OFFSET) !== 0;
    let offset = shifted ? (part - range.basePort) & 0xffff : random.below(65536);
    let attempts = Math.min(size, MAX_ATTEMPTS);
    for (;;) {
      for (let i = 0; i < attempts; i++) {
        const candidate = (min + (offset % size)) & 0xffff;
        if (onSource) chosen.srcPart = candidate;
        else chosen.dstPart = candidate;
        if (!this.isUsed(chosen, entry)) return;
        offset = (offset + 1) & 0xffff;
      }
      if (attempts >= size || attempts < MIN_ATTEMPTS) return;
      attempts >>>= 1;
      offset = random.below(65536);
    }
  }

  /** nf_nat_used_tuple: whether another connection gets the answers to `tuple`. */
  private isUsed(tuple: Tuple, entry: ConntrackEntry): boolean {
    invertTuple(tuple, this.inverse);
    return this.conntrack.isTaken(this.inverse, entry);
  }

  private inserted(entry: ConntrackEntry): void {
    if ((entry.status & IPS_SRC_NAT_DONE) === 0) return;
    const bucket = entry.bySourceHash & (BUCKETS - 1);
    entry.nextBySource = this.bySource[bucket]!;
    this.bySource[bucket] = entry;
  }

  private removed(entry: ConntrackEntry): void {
    if ((entry.status & IPS_SRC_NAT_DONE) === 0) return;
    const bucket = entry.bySourceHash & (BUCKETS - 1);
    let other = this.bySource[bucket]!;
    if (other === entry) this.bySource[bucket] = entry.nextBySource;
    else {
      while (other !== null && other.nextBySource !== entry) other = other.nextBySource!;
      if (other !== null) other.nextBySource = entry.nextBySource;
    }
    entry.nextBySource = null;
  }
}

/** nf_nat_initialized: whether that side of the connection has been decided. */
export function isInitialized(entry: ConntrackEntry, manip: number): boolean {
  const bit = manip === NF_NAT_MANIP_DST ? IPS_DST_NAT_DONE : IPS_SRC_NAT_DONE;
  return (entry.status & bit) !== 0;
}

/**
 * tuple_force_port_remap: a forwarded flow from a low port to an ephemeral one gets another source port, so that its
 * answers' tuple does not shadow a service of this machine.
 */
function isShadowing(tuple: Tuple): boolean {
  switch (tuple.protocol) {
    case PROTO.TCP:
    case PROTO.UDP:
    case PROTO_UDPLITE:
      return tuple.srcPart < 16384 && tuple.dstPart >= 32768;
    default:
      return false;
  }
}

/** nf_in_range: whether the tuple's source is one the range allows. */
function isSourceInRange(tuple: Tuple, range: NatRange): boolean {
  if ((range.flags & NF_NAT_RANGE_MAP_IPS) !== 0 && !isAddressInRange(tuple, range)) return false;
  if ((range.flags & NF_NAT_RANGE_PROTO_SPECIFIED) === 0) return true;
  return isPartInRange(tuple, range, true);
}

function isAddressInRange(tuple: Tuple, range: NatRange): boolean {
  if (tuple.family === AF_INET) return tuple.src >>> 0 >= range.min[3]! && tuple.src >>> 0 <= range.max[3]!;
  const words = [tuple.src0 >>> 0, tuple.src1 >>> 0, tuple.src2 >>> 0, tuple.src >>> 0];
  return compareWords(words, range.min) >= 0 && compareWords(words, range.max) <= 0;
}

function compareWords(a: readonly number[], b: Uint32Array): number {
  for (let i = 0; i < 4; i++) if (a[i] !== b[i]) return a[i]! < b[i]! ? -1 : 1;
  return 0;
}

/** l4proto_in_range. */
function isPartInRange(tuple: Tuple, range: NatRange, source: boolean): boolean {
  const icmp = isIcmp(tuple.protocol);
  if (!icmp && !hasPorts(tuple.protocol)) return true;
  const part = icmp || source ? tuple.srcPart : tuple.dstPart;
  return part >= range.minPort && part <= range.maxPort;
}

function isIcmp(protocol: number): boolean {
  return protocol === PROTO.ICMP || protocol === PROTO.ICMPV6;
}

function setAddress(tuple: Tuple, source: boolean, w0: number, w1: number, w2: number, w3: number): void {
  if (source) {
    tuple.src0 = w0 | 0;
    tuple.src1 = w1 | 0;
    tuple.src2 = w2 | 0;
    tuple.src = w3 | 0;
  } else {
    tuple.dst0 = w0 | 0;
    tuple.dst1 = w1 | 0;
    tuple.dst2 = w2 | 0;
    tuple.dst = w3 | 0;
  }
}
