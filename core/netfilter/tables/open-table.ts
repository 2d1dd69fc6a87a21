import { get32 } from '../../../protocols/bytes.ts';
import { IPV4 } from '../../../protocols/ipv4.ts';
import { IPV6 } from '../../../protocols/ipv6.ts';
import type { NetDevice } from '../../device/net-device.ts';
import type { NetNamespace } from '../../namespace/net-namespace.ts';
import type { Packet } from '../../packet/packet.ts';
import { AF_INET } from '../conntrack/tuple.ts';
import {
  NF_ACCEPT,
  NF_DROP,
  NF_INET_FORWARD,
  NF_INET_LOCAL_IN,
  NF_INET_LOCAL_OUT,
  NF_INET_POST_ROUTING,
  NF_INET_PRE_ROUTING,
  NF_IP_PRI_FILTER,
  NF_IP_PRI_MANGLE,
  NF_IP_PRI_RAW,
  NF_IP_PRI_SECURITY,
  NF_STOLEN,
  type HookFunction,
} from '../hook.ts';
import { enableNat } from '../nat/enable-nat.ts';
import { routeMeHarder6 } from '../nat/route-me-harder6.ts';
import { netfilterOf } from '../netfilter-state.ts';
import { Table } from './table.ts';

/** The tables there are, with their hooks and priority; nat runs inside the hooks of the NAT instead. */
const TABLES: Readonly<Record<string, { hooks: readonly number[]; priority: number | null }>> = {
  raw: { hooks: [NF_INET_PRE_ROUTING, NF_INET_LOCAL_OUT], priority: NF_IP_PRI_RAW },
  mangle: {
    hooks: [NF_INET_PRE_ROUTING, NF_INET_LOCAL_IN, NF_INET_FORWARD, NF_INET_LOCAL_OUT, NF_INET_POST_ROUTING],
    priority: NF_IP_PRI_MANGLE,
  },
  nat: {
    hooks: [NF_INET_PRE_ROUTING, NF_INET_LOCAL_IN, NF_INET_LOCAL_OUT, NF_INET_POST_ROUTING],
    priority: null,
  },
  filter: { hooks: [NF_INET_LOCAL_IN, NF_INET_FORWARD, NF_INET_LOCAL_OUT], priority: NF_IP_PRI_FILTER },
  security: { hooks: [NF_INET_LOCAL_IN, NF_INET_FORWARD, NF_INET_LOCAL_OUT], priority: NF_IP_PRI_SECURITY },
};

/** The tables of a family that are in use, by name in the order of their first use. */
export function tablesOf(netns: NetNamespace, family: number): Map<string, Table> {
  const state = netfilterOf(netns);
  return family === AF_INET ? state.tables4 : state.tables6;
}

/**
 * A table of a namespace; its first use registers its hooks, as loading the kernel's module does. Undefined when
 * there is no table of that name.
 */
export function openTable(netns: NetNamespace, family: number, name: string): Table | undefined {
  const tables = tablesOf(netns, family);
  const existing = tables.get(name);
  if (existing !== undefined) return existing;
  const kind = Object.hasOwn(TABLES, name) ? TABLES[name] : undefined;
  if (kind === undefined) return undefined;
  const table = new Table(netns, family, name, kind.hooks);
  tables.set(name, table);
  if (kind.priority === null) {
    const source = {
      evaluate: (packet: Packet, hook: number, inDev: NetDevice | null, outDev: NetDevice | null) =>
        table.run(hook, packet, inDev, outDev),
    };
    enableNat(netns, family).sources.push(source);
    return table;
  }
  const hooks = family === AF_INET ? netns.hooks4 : netns.hooks6;
  for (const hook of kind.hooks) {
    const reroutes = name === 'mangle' && hook === NF_INET_LOCAL_OUT;
    hooks.register(
      hook,
      reroutes ? new MangleOutputHook(table, kind.priority) : new TableHook(table, hook, kind.priority),
    );
  }
  return table;
}

/** A table at one hook. */
class TableHook implements HookFunction {
  readonly priority: number;
  private readonly table: Table;
  private readonly hook: number;

  constructor(table: Table, hook: number, priority: number) {
    this.table = table;
    this.hook = hook;
    this.priority = priority;
  }

  run(packet: Packet, inDev: NetDevice | null, outDev: NetDevice | null): number {
    return this.table.run(this.hook, packet, inDev, outDev);
  }
}

/** mangle in OUTPUT: a packet whose addresses, TOS or mark it changed is routed again (ipt_mangle_out). */
class MangleOutputHook implements HookFunction {
  readonly priority: number;
  private readonly table: Table;

  constructor(table: Table, priority: number) {
    this.table = table;
    this.priority = priority;
  }

  run(packet: Packet, inDev: NetDevice | null, outDev: NetDevice | null): number {
    const { table } = this;
    const isIpv4 = table.family === AF_INET;
    const mark = packet.mark;
    const before = fingerprint(packet, isIpv4);
    const verdict = table.run(NF_INET_LOCAL_OUT, packet, inDev, outDev);
    if (verdict !== NF_ACCEPT) return verdict;
    if (packet.mark === mark && fingerprint(packet, isIpv4) === before) return NF_ACCEPT;
    const error = isIpv4 ? table.netns.ipv4.routeMeHarder(packet) : routeMeHarder6(table.netns, packet);
    if (error >= 0) return NF_ACCEPT;
    // An IPsec policy that refuses the packet has dropped it.
    return packet.inPool ? NF_STOLEN : NF_DROP;
  }
}

/** The first word's TOS or class and label, and a sum of the address words: addresses are not changed by mangle's targets. */
function fingerprint(packet: Packet, isIpv4: boolean): number {
  const { buf, networkOffset: at } = packet;
  if (isIpv4) return buf[at + IPV4.TOS]!;
  return get32(buf, at) * 256 + buf[at + IPV6.HOP_LIMIT]!;
}
