import { ICMP, ICMP_HEADER_LENGTH, ICMP_TYPE, setIcmpChecksum } from '../../../protocols/icmp.ts';
import { ICMPV6_TYPE, setIcmpv6Checksum } from '../../../protocols/icmpv6.ts';
import { PROTO, ipv4HeaderLength } from '../../../protocols/ipv4.ts';
import { IPV6 } from '../../../protocols/ipv6.ts';
import type { NetDevice } from '../../device/net-device.ts';
import { Stage } from '../../host/cost-meter.ts';
import type { NetNamespace } from '../../namespace/net-namespace.ts';
import { IP_CT_NEW, IP_CT_RELATED, IP_CT_RELATED_REPLY, type Packet } from '../../packet/packet.ts';
import { directionOf } from '../conntrack/conntrack.ts';
import type { ConntrackTable } from '../conntrack/conntrack-table.ts';
import type { ConntrackEntry } from '../conntrack/entry.ts';
import { invertTuple, readTuple } from '../conntrack/read-tuple.ts';
import { IPS_DST_NAT, IPS_NAT_DONE_MASK, IPS_NAT_MASK, IPS_SRC_NAT } from '../conntrack/status.ts';
import { AF_INET, IP_CT_DIR_ORIGINAL, Tuple } from '../conntrack/tuple.ts';
import { isTransportChecksumValid } from '../conntrack/verify-checksum.ts';
import { NF_ACCEPT, NF_DROP, NF_INET_LOCAL_IN, NF_INET_POST_ROUTING } from '../hook.ts';
import { NF_NAT_MANIP_DST, NF_NAT_MANIP_SRC } from './nat-range.ts';
import { isInitialized, type NatTable } from './nat-table.ts';
import { translate } from './translate.ts';

/**
 * Rules that may translate: the chains of the nat table. Evaluated for the first packet of a connection, once for
 * each of destination and source; targets call NatTable.setupInfo meanwhile.
 */
export interface NatRuleSource {
  /** NF_ACCEPT, NF_DROP, or NF_STOLEN when the packet was dropped already. */
  evaluate(packet: Packet, hook: number, inDev: NetDevice | null, outDev: NetDevice | null): number;
}

/** HOOK2MANIP: which side of a packet a hook changes. */
export function manipOf(hook: number): number {
  return hook === NF_INET_POST_ROUTING || hook === NF_INET_LOCAL_IN ? NF_NAT_MANIP_SRC : NF_NAT_MANIP_DST;
}

/** Translates the packets of one namespace and family (nf_nat_proto.c); see enable-nat.ts for the hooks. */
export class NatHooks {
  /** Evaluated in order until one has decided the side in question. */
  readonly sources: NatRuleSource[] = [];
  private readonly netns: NetNamespace;
  private readonly family: number;
  private readonly conntrack: ConntrackTable;
  private readonly nat: NatTable;
  private readonly target = new Tuple();
  private readonly inverse = new Tuple();

  constructor(netns: NetNamespace, family: number, conntrack: ConntrackTable, nat: NatTable) {
    this.netns = netns;
    this.family = family;
    this.conntrack = conntrack;
    this.nat = nat;
  }

  /** nf_nat_ipv4_fn, nf_nat_ipv6_fn: decides on new connections and translates the packet. */
  run(packet: Packet, hook: number, inDev: NetDevice | null, outDev: NetDevice | null): number {
    const entry = packet.nfct;
    if (entry === null) return NF_ACCEPT;
    const info = packet.ctInfo;
    const isRelated = info === IP_CT_RELATED || info === IP_CT_RELATED_REPLY;
    if (isRelated && this.isIcmp(packet)) {
      return this.translateIcmpError(packet, entry, hook) ? NF_ACCEPT : NF_DROP;
    }
    const manip = manipOf(hook);
    if ((info === IP_CT_NEW || isRelated) && !isInitialized(entry, manip)) {
      const verdict = this.decide(packet, entry, hook, inDev, outDev);
      if (verdict !== NF_ACCEPT) return verdict;
    } else if (hasOutputChanged(entry, info, hook, outDev)) {
      // MASQUERADE took another device's address.
      this.conntrack.remove(entry);
      return NF_DROP;
    }
    this.translatePacket(packet, entry, manip);
    return NF_ACCEPT;
  }

  /** The rules, then the null binding. */
  private decide(
    packet: Packet,
    entry: ConntrackEntry,
    hook: number,
    inDev: NetDevice | null,
    outDev: NetDevice | null,
  ): number {
    const manip = manipOf(hook);
    for (const source of this.sources) {
      const verdict = source.evaluate(packet, hook, inDev, outDev);
      if (verdict !== NF_ACCEPT) return verdict;
      if (isInitialized(entry, manip)) return NF_ACCEPT;
    }
    return this.nat.setupNullBinding(entry, manip);
  }

  /** nf_nat_packet: what the connection says of this side, written into the packet. */
  private translatePacket(packet: Packet, entry: ConntrackEntry, manip: number): void {
    const dir = directionOf(packet.ctInfo);
    if ((entry.status & statusBit(manip, dir)) === 0) return;
    const at = this.transportOffset(packet);
    if (at < 0) return;
    const cost = this.netns.host.cost;
    if (cost !== null) cost.charge(Stage.nat, packet.tail - packet.networkOffset);
    this.readTarget(entry, dir);
    this.tell(packet, manip);
    translate(packet.buf, packet.networkOffset, at, packet.tail, this.target, manip);
  }

  private tell(packet: Packet, manip: number): void {
    const { tracer } = this.netns.host.env;
    if (tracer === null) return;
    const side = manip === NF_NAT_MANIP_SRC ? 'source' : 'destination';
    tracer.step(this.netns, packet, { kind: 'translated', side, to: this.target });
  }

  /** The tuple that a packet in direction `dir` has once it is translated: the inverse of the other direction's. */
  private readTarget(entry: ConntrackEntry, dir: number): void {
    entry.readTuple(1 - dir, this.inverse);
    invertTuple(this.inverse, this.target);
  }

  /**
   * nf_nat_icmp_reply_translation and its IPv6 sibling: an error's quoted packet and its own addresses are translated
   * as the connection's packets are. False when the error must be dropped.
   */
  private translateIcmpError(packet: Packet, entry: ConntrackEntry, hook: number): boolean {
    const at = this.transportOffset(packet);
    const { buf, networkOffset: ip, tail: end } = packet;
    const protocol = this.family === AF_INET ? PROTO.ICMP : PROTO.ICMPV6;
    if (at < 0 || !isTransportChecksumValid(packet, at, this.family, protocol)) return false;
    if (isRedirect(buf[at + ICMP.TYPE]!, this.family)) {
      // A redirect would make the sender pass the translation by.
      if ((entry.status & IPS_NAT_DONE_MASK) !== IPS_NAT_DONE_MASK) return false;
      if ((entry.status & IPS_NAT_MASK) !== 0) return false;
    }
    const manip = manipOf(hook);
    const dir = directionOf(packet.ctInfo);
    if ((entry.status & statusBit(manip, dir)) === 0) return true;
    const inner = at + ICMP_HEADER_LENGTH;
    const innerAt = readTuple(buf, inner, end, this.family, this.inverse);
    if (innerAt < 0) return false;
    // The quoted packet went the other way, so the other side of it is what this hook would have changed.
    entry.readTuple(1 - dir, this.target);
    translate(buf, inner, innerAt, end, this.target, 1 - manip);
    if (this.family === AF_INET) setIcmpChecksum(buf, at, end - at);
    else setIcmpv6Checksum(buf, at, end - at, ip + IPV6.SOURCE, ip + IPV6.DESTINATION);
    this.readTarget(entry, dir);
    this.target.protocol = protocol;
    this.tell(packet, manip);
    translate(buf, ip, at, end, this.target, manip);
    return true;
  }

  private isIcmp(packet: Packet): boolean {
    if (this.family === AF_INET) return packet.buf[packet.networkOffset + 9] === PROTO.ICMP;
    readTuple(packet.buf, packet.networkOffset, packet.tail, this.family, this.inverse);
    return this.inverse.protocol === PROTO.ICMPV6;
  }

  private transportOffset(packet: Packet): number {
    if (this.family === AF_INET) {
      return packet.networkOffset + ipv4HeaderLength(packet.buf, packet.networkOffset);
    }
    return readTuple(packet.buf, packet.networkOffset, packet.tail, this.family, this.inverse);
  }
}

/** Whether a connection has this side of its packets in direction `dir` changed: answers have the other side changed. */
function statusBit(manip: number, dir: number): number {
  const isSource = (manip === NF_NAT_MANIP_SRC) === (dir === IP_CT_DIR_ORIGINAL);
  return isSource ? IPS_SRC_NAT : IPS_DST_NAT;
}

/** nf_nat_oif_changed. */
function hasOutputChanged(
  entry: ConntrackEntry,
  info: number,
  hook: number,
  outDev: NetDevice | null,
): boolean {
  return (
    entry.masqueradeIndex !== 0 &&
    hook === NF_INET_POST_ROUTING &&
    directionOf(info) === IP_CT_DIR_ORIGINAL &&
    outDev !== null &&
    outDev.ifindex !== entry.masqueradeIndex
  );
}

function isRedirect(type: number, family: number): boolean {
  return family === AF_INET ? type === ICMP_TYPE.REDIRECT : type === ICMPV6_TYPE.REDIRECT;
}
