import { isIpv4Fragment } from '../../../protocols/ipv4.ts';
import type { NetDevice } from '../../device/net-device.ts';
import {
  DEFRAG_CONNTRACK_BRIDGE_IN,
  DEFRAG_CONNTRACK_IN,
  DEFRAG_CONNTRACK_OUT,
} from '../../namespace/ipv4-defragmenter.ts';
import {
  DEFRAG6_CONNTRACK_BRIDGE_IN,
  DEFRAG6_CONNTRACK_IN,
  DEFRAG6_CONNTRACK_OUT,
} from '../../namespace/ipv6-defragmenter.ts';
import type { NetNamespace } from '../../namespace/net-namespace.ts';
import type { Packet } from '../../packet/packet.ts';
import {
  NF_ACCEPT,
  NF_INET_LOCAL_IN,
  NF_INET_LOCAL_OUT,
  NF_INET_POST_ROUTING,
  NF_INET_PRE_ROUTING,
  NF_IP_PRI_CONNTRACK,
  NF_IP_PRI_CONNTRACK_CONFIRM,
  NF_IP_PRI_CONNTRACK_DEFRAG,
  NF_STOLEN,
  type HookFunction,
  type HookTable,
} from '../hook.ts';
import { netfilterOf } from '../netfilter-state.ts';
import { Conntrack } from './conntrack.ts';
import { ConntrackTable } from './conntrack-table.ts';
import { addConntrackSysctls } from './sysctls.ts';
import { AF_INET } from './tuple.ts';

/**
 * The table of a namespace's connections, made the first time it is asked for. With a family (AF_INET or AF_INET6) its
 * packets are tracked from now on: the first rule or extension of that family that needs it does this
 * (nf_ct_netns_get). With null nothing is tracked yet.
 */
export function enableConntrack(netns: NetNamespace, family: number | null = AF_INET): ConntrackTable {
  const state = netfilterOf(netns);
  if (state.conntrack === null) {
    state.conntrack = new ConntrackTable(netns);
    addConntrackSysctls(netns, state.conntrack);
  }
  if (family !== null) track(netns, state.conntrack, family);
  return state.conntrack;
}

function track(netns: NetNamespace, table: ConntrackTable, family: number): void {
  if (table.trackedFamilies.has(family)) return;
  table.trackedFamilies.add(family);
  const hooks = family === AF_INET ? netns.hooks4 : netns.hooks6;
  registerTracking(netns, hooks, new Conntrack(table, family));
  for (const hook of [NF_INET_PRE_ROUTING, NF_INET_LOCAL_OUT]) {
    hooks.register(hook, family === AF_INET ? new DefragHook(netns, hook) : new Defrag6Hook(netns, hook));
  }
}

function registerTracking(netns: NetNamespace, hooks: HookTable, conntrack: Conntrack): void {
  hooks.register(NF_INET_PRE_ROUTING, new TrackHook(netns, conntrack, NF_INET_PRE_ROUTING));
  hooks.register(NF_INET_LOCAL_OUT, new TrackHook(netns, conntrack, NF_INET_LOCAL_OUT));
  hooks.register(NF_INET_LOCAL_IN, new ConfirmHook(conntrack));
  hooks.register(NF_INET_POST_ROUTING, new ConfirmHook(conntrack));
}

/** ipv4_conntrack_defrag: connections are made of whole datagrams. */
class DefragHook implements HookFunction {
  readonly priority = NF_IP_PRI_CONNTRACK_DEFRAG;
  private readonly netns: NetNamespace;
  private readonly hook: number;

  constructor(netns: NetNamespace, hook: number) {
    this.netns = netns;
    this.hook = hook;
  }

  run(packet: Packet): number {
    // Tracked before (over loopback): it was whole then.
    if (packet.nfct !== null || !isIpv4Fragment(packet.buf, packet.networkOffset)) return NF_ACCEPT;
    return this.netns.ipv4.defragment(packet, this.user(packet)) ? NF_ACCEPT : NF_STOLEN;
  }

  /** nf_ct_defrag_user: what is bridged is collected apart from what is routed. */
  private user(packet: Packet): number {
    if (packet.nfBridge !== null) return DEFRAG_CONNTRACK_BRIDGE_IN;
    return this.hook === NF_INET_PRE_ROUTING ? DEFRAG_CONNTRACK_IN : DEFRAG_CONNTRACK_OUT;
  }
}

/** ipv6_defrag. */
class Defrag6Hook implements HookFunction {
  readonly priority = NF_IP_PRI_CONNTRACK_DEFRAG;
  private readonly netns: NetNamespace;
  private readonly hook: number;

  constructor(netns: NetNamespace, hook: number) {
    this.netns = netns;
    this.hook = hook;
  }

  run(packet: Packet): number {
    if (packet.nfct !== null || this.netns.ipv6 === null) return NF_ACCEPT;
    return this.netns.ipv6.defragment(packet, this.user(packet)) ? NF_ACCEPT : NF_STOLEN;
  }

  private user(packet: Packet): number {
    if (packet.nfBridge !== null) return DEFRAG6_CONNTRACK_BRIDGE_IN;
    return this.hook === NF_INET_PRE_ROUTING ? DEFRAG6_CONNTRACK_IN : DEFRAG6_CONNTRACK_OUT;
  }
}

class TrackHook implements HookFunction {
  readonly priority = NF_IP_PRI_CONNTRACK;
  private readonly netns: NetNamespace;
  private readonly conntrack: Conntrack;
  private readonly hook: number;

  constructor(netns: NetNamespace, conntrack: Conntrack, hook: number) {
    this.netns = netns;
    this.conntrack = conntrack;
    this.hook = hook;
  }

  run(packet: Packet, _inDev: NetDevice | null, _outDev: NetDevice | null): number {
    const verdict = this.conntrack.track(packet, this.hook);
    const { tracer } = this.netns.host.env;
    if (tracer !== null && verdict === NF_ACCEPT) tracer.step(this.netns, packet, { kind: 'tracked' });
    return verdict;
  }
}

class ConfirmHook implements HookFunction {
  readonly priority = NF_IP_PRI_CONNTRACK_CONFIRM;
  private readonly conntrack: Conntrack;

  constructor(conntrack: Conntrack) {
    this.conntrack = conntrack;
  }

  run(packet: Packet): number {
    return this.conntrack.confirm(packet);
  }
}
