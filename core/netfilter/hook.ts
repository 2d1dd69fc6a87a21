import type { NetDevice } from '../device/net-device.ts';
import type { Packet } from '../packet/packet.ts';

/** The five hooks (include/uapi/linux/netfilter.h). */
export const NF_INET_PRE_ROUTING = 0;
export const NF_INET_LOCAL_IN = 1;
export const NF_INET_FORWARD = 2;
export const NF_INET_LOCAL_OUT = 3;
export const NF_INET_POST_ROUTING = 4;
export const NF_INET_NUMHOOKS = 5;
export const HOOK_NAMES = ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'] as const;

/** The caller drops the packet. */
export const NF_DROP = 0;
/** The next hook function sees the packet. */
export const NF_ACCEPT = 1;
/** The hook function keeps the packet (queued, sent elsewhere, or dropped with a reason of its own). */
export const NF_STOLEN = 2;
/** The rest of the hook's functions are skipped and the packet goes on. */
export const NF_STOP = 5;

/** Priorities (include/uapi/linux/netfilter_ipv4.h). Lower runs first. */
export const NF_IP_PRI_FIRST = -0x80000000;
export const NF_IP_PRI_CONNTRACK_DEFRAG = -400;
export const NF_IP_PRI_RAW = -300;
export const NF_IP_PRI_CONNTRACK = -200;
export const NF_IP_PRI_MANGLE = -150;
export const NF_IP_PRI_NAT_DST = -100;
export const NF_IP_PRI_FILTER = 0;
export const NF_IP_PRI_SECURITY = 50;
export const NF_IP_PRI_NAT_SRC = 100;
export const NF_IP_PRI_CONNTRACK_HELPER = 300;
export const NF_IP_PRI_CONNTRACK_CONFIRM = 0x7fffffff;

/** One function on one hook of one namespace. */
export interface HookFunction {
  readonly priority: number;
  /** Judges a packet: NF_DROP, NF_ACCEPT, NF_STOLEN or NF_STOP. `inDev`/`outDev` are null where there is none. */
  run(packet: Packet, inDev: NetDevice | null, outDev: NetDevice | null): number;
}

/** The hook functions of one family in one namespace, each list in priority order. */
export class HookTable {
  private readonly lists: HookFunction[][] = [[], [], [], [], []];

  /** Adds a function; among equal priorities the one registered first runs first. */
  register(hook: number, fn: HookFunction): void {
    const list = this.lists[hook]!;
    let index = list.length;
    while (index > 0 && list[index - 1]!.priority > fn.priority) index--;
    list.splice(index, 0, fn);
  }

  unregister(hook: number, fn: HookFunction): void {
    const list = this.lists[hook]!;
    const index = list.indexOf(fn);
    if (index >= 0) list.splice(index, 1);
  }

  /**
   * Runs a hook. Returns NF_ACCEPT when the packet may go on, NF_DROP when the caller must drop it (reason
   * NETFILTER_DROP), NF_STOLEN when it is no longer the caller's. `above`: only functions whose priority is
   * greater run (the kernel's NF_HOOK_THRESH, used by the bridge).
   */
  run(
    hook: number,
    packet: Packet,
    inDev: NetDevice | null,
    outDev: NetDevice | null,
    above = -Infinity,
  ): number {
    const list = this.lists[hook]!;
    for (let i = 0; i < list.length; i++) {
      const fn = list[i]!;
      if (fn.priority <= above) continue;
      const verdict = fn.run(packet, inDev, outDev);
      if (verdict === NF_ACCEPT) continue;
      return verdict === NF_STOP ? NF_ACCEPT : verdict;
    }
    return NF_ACCEPT;
  }

  /** Whether a hook has any function: lets a caller skip building what only hooks need. */
  isEmpty(hook: number): boolean {
    return this.lists[hook]!.length === 0;
  }
}
