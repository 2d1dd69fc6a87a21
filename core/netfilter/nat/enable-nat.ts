import { ipv4Destination } from '../../../protocols/ipv4.ts';
import { get32 } from '../../../protocols/bytes.ts';
import { IPV6 } from '../../../protocols/ipv6.ts';
import type { NetDevice } from '../../device/net-device.ts';
import type { NetNamespace } from '../../namespace/net-namespace.ts';
import type { Packet } from '../../packet/packet.ts';
import { directionOf } from '../conntrack/conntrack.ts';
import { enableConntrack } from '../conntrack/enable-conntrack.ts';
import type { ConntrackEntry } from '../conntrack/entry.ts';
import { AF_INET, IP_CT_DIR_ORIGINAL, IP_CT_DIR_REPLY, Tuple } from '../conntrack/tuple.ts';
import {
  NF_ACCEPT,
  NF_DROP,
  NF_INET_LOCAL_IN,
  NF_INET_LOCAL_OUT,
  NF_INET_POST_ROUTING,
  NF_INET_PRE_ROUTING,
  NF_IP_PRI_NAT_DST,
  NF_IP_PRI_NAT_SRC,
  type HookFunction,
} from '../hook.ts';
import { netfilterOf } from '../netfilter-state.ts';
import { watchMasqueradeDevices } from './masquerade.ts';
import { NatHooks } from './nat-hooks.ts';
import { NatTable } from './nat-table.ts';
import { routeMeHarder6 } from './route-me-harder6.ts';

/**
 * Turns address translation on for a family (AF_INET or AF_INET6) in a namespace, and connection tracking with it.
 * Returns what rules are registered with; the second time, the same.
 */
export function enableNat(netns: NetNamespace, family: number = AF_INET): NatHooks {
  const conntrack = enableConntrack(netns, family);
  const state = netfilterOf(netns);
  if (state.nat === null) {
    state.nat = new NatTable(netns, conntrack);
    watchMasqueradeDevices(netns, conntrack);
  }
  const existing = state.nat.hooks.get(family);
  if (existing !== undefined) return existing;
  const nat = new NatHooks(netns, family, conntrack, state.nat);
  state.nat.hooks.set(family, nat);
  const hooks = family === AF_INET ? netns.hooks4 : netns.hooks6;
  hooks.register(NF_INET_PRE_ROUTING, new PreRoutingHook(nat, family));
  hooks.register(NF_INET_LOCAL_IN, new LocalInHook(nat));
  hooks.register(NF_INET_LOCAL_OUT, new LocalOutHook(nat, netns, family));
  hooks.register(NF_INET_POST_ROUTING, new PostRoutingHook(nat, netns));
  return nat;
}

/** nf_nat_ipv4_pre_routing: what has a new destination needs a new route. */
class PreRoutingHook implements HookFunction {
  readonly priority = NF_IP_PRI_NAT_DST;
  private readonly nat: NatHooks;
  private readonly family: number;

  constructor(nat: NatHooks, family: number) {
    this.nat = nat;
    this.family = family;
  }

  run(packet: Packet, inDev: NetDevice | null, outDev: NetDevice | null): number {
    if (packet.nfct === null) return NF_ACCEPT;
    if (this.family !== AF_INET) return this.run6(packet, inDev, outDev);
    const before = ipv4Destination(packet.buf, packet.networkOffset);
    const verdict = this.nat.run(packet, NF_INET_PRE_ROUTING, inDev, outDev);
    if (verdict === NF_ACCEPT && ipv4Destination(packet.buf, packet.networkOffset) !== before) {
      packet.route = null;
    }
    return verdict;
  }

  private run6(packet: Packet, inDev: NetDevice | null, outDev: NetDevice | null): number {
    const at = packet.networkOffset + IPV6.DESTINATION;
    const w0 = get32(packet.buf, at);
    const w1 = get32(packet.buf, at + 4);
    const w2 = get32(packet.buf, at + 8);
    const w3 = get32(packet.buf, at + 12);
    const verdict = this.nat.run(packet, NF_INET_PRE_ROUTING, inDev, outDev);
    if (verdict !== NF_ACCEPT) return verdict;
    const same =
      get32(packet.buf, at) === w0 &&
      get32(packet.buf, at + 4) === w1 &&
      get32(packet.buf, at + 8) === w2 &&
      get32(packet.buf, at + 12) === w3;
    if (!same) packet.route6 = null;
    return NF_ACCEPT;
  }
}

class LocalInHook implements HookFunction {
  readonly priority = NF_IP_PRI_NAT_SRC;
  private readonly nat: NatHooks;

  constructor(nat: NatHooks) {
    this.nat = nat;
  }

  run(packet: Packet, inDev: NetDevice | null, outDev: NetDevice | null): number {
    return this.nat.run(packet, NF_INET_LOCAL_IN, inDev, outDev);
  }
}

/** nf_nat_ipv4_local_fn: a packet of this machine with a new destination is routed again. */
class LocalOutHook implements HookFunction {
  readonly priority = NF_IP_PRI_NAT_DST;
  private readonly nat: NatHooks;
  private readonly netns: NetNamespace;
  private readonly family: number;
  private readonly tuple = new Tuple();
  private readonly other = new Tuple();

  constructor(nat: NatHooks, netns: NetNamespace, family: number) {
    this.nat = nat;
    this.netns = netns;
    this.family = family;
  }

  run(packet: Packet, inDev: NetDevice | null, outDev: NetDevice | null): number {
    const verdict = this.nat.run(packet, NF_INET_LOCAL_OUT, inDev, outDev);
    if (verdict !== NF_ACCEPT || packet.nfct === null) return verdict;
    const entry = packet.nfct;
    const dir = directionOf(packet.ctInfo);
    if (this.hasOtherDestination(entry, dir)) return this.reroute(packet);
    const isOtherPort = entry.destinationPart(dir) !== entry.sourcePart(1 - dir) && !isIcmp(entry);
    return isOtherPort ? lookupXfrm(this.netns, packet) : NF_ACCEPT;
  }

  private reroute(packet: Packet): number {
    const error =
      this.family === AF_INET ? this.netns.ipv4.routeMeHarder(packet) : routeMeHarder6(this.netns, packet);
    return error >= 0 ? NF_ACCEPT : NF_DROP;
  }

  private hasOtherDestination(entry: ConntrackEntry, dir: number): boolean {
    if (this.family === AF_INET) return entry.destinationWord(dir) !== entry.sourceWord(1 - dir);
    const { tuple, other } = this;
    entry.readTuple(dir, tuple);
    entry.readTuple(1 - dir, other);
    return (
      tuple.dst !== other.src ||
      tuple.dst0 !== other.src0 ||
      tuple.dst1 !== other.src1 ||
      tuple.dst2 !== other.src2
    );
  }
}

/** nf_nat_ipv4_out: a new source may be one that an IPsec policy is for. */
class PostRoutingHook implements HookFunction {
  readonly priority = NF_IP_PRI_NAT_SRC;
  private readonly nat: NatHooks;
  private readonly netns: NetNamespace;

  constructor(nat: NatHooks, netns: NetNamespace) {
    this.nat = nat;
    this.netns = netns;
  }

  run(packet: Packet, inDev: NetDevice | null, outDev: NetDevice | null): number {
    const verdict = this.nat.run(packet, NF_INET_POST_ROUTING, inDev, outDev);
    const entry = packet.nfct;
    if (verdict !== NF_ACCEPT || entry === null || this.netns.xfrm === null) return verdict;
    const dir = directionOf(packet.ctInfo);
    const other = dir === IP_CT_DIR_ORIGINAL ? IP_CT_DIR_REPLY : IP_CT_DIR_ORIGINAL;
    const isChanged =
      entry.sourceWord(dir) !== entry.destinationWord(other) ||
      (!isIcmp(entry) && entry.sourcePart(dir) !== entry.destinationPart(other));
    return isChanged ? lookupXfrm(this.netns, packet) : NF_ACCEPT;
  }
}

/** nf_xfrm_me_harder. */
function lookupXfrm(netns: NetNamespace, packet: Packet): number {
  if (netns.xfrm === null || packet.xfrmTransformed) return NF_ACCEPT;
  return netns.xfrm.resolveOutput(packet) === 0 ? NF_ACCEPT : NF_DROP;
}

function isIcmp(entry: ConntrackEntry): boolean {
  return entry.protocol === 1 || entry.protocol === 58;
}
