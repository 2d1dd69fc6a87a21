import type { NetNamespace } from '../namespace/net-namespace.ts';
import type { ConntrackTable } from './conntrack/conntrack-table.ts';
import type { IpSet } from './ipset/ip-set.ts';
import type { NatTable } from './nat/nat-table.ts';
import type { Table } from './tables/table.ts';
import type { NflogListener } from './targets/tracking.ts';

/** Netfilter of one namespace: what attaches to its hooks, each null or empty until it is first used. */
export class NetfilterState {
  readonly netns: NetNamespace;
  /** Set by enableConntrack. */
  conntrack: ConntrackTable | null = null;
  /** Set by enableNat. */
  nat: NatTable | null = null;
  /** Tables of iptables and ip6tables by name, in the order they were first used. */
  readonly tables4 = new Map<string, Table>();
  readonly tables6 = new Map<string, Table>();
  /** Sets of ipset by name. */
  readonly sets = new Map<string, IpSet>();
  /** Who hears of packets that NFLOG rules match. */
  readonly nflogListeners: NflogListener[] = [];

  constructor(netns: NetNamespace) {
    this.netns = netns;
  }
}

/** The netfilter state of a namespace, made when it is first asked for. */
export function netfilterOf(netns: NetNamespace): NetfilterState {
  netns.netfilter ??= new NetfilterState(netns);
  return netns.netfilter;
}
