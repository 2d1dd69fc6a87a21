import { IPV4, PROTO } from '../../protocols/ipv4.ts';
import {
  NF_ACCEPT,
  NF_INET_FORWARD,
  NF_INET_LOCAL_IN,
  NF_INET_LOCAL_OUT,
  NF_INET_PRE_ROUTING,
  NF_IP_PRI_CONNTRACK,
  NF_IP_PRI_NAT_DST,
  NF_IP_PRI_NAT_SRC,
  type HookFunction,
} from '../netfilter/hook.ts';
import type { Packet } from '../packet/packet.ts';
import { Incoming } from './incoming.ts';
import { IpvsHeader } from './ipvs-header.ts';
import { IpvsIcmp } from './ipvs-icmp.ts';
import type { IpvsState } from './ipvs-state.ts';
import { Outgoing } from './outgoing.ts';
import { Transmitter } from './transmit.ts';

/** Not the kernel's: before conntrack looks, what timers would have removed is removed. */
const PRIORITY_EXPIRE = NF_IP_PRI_CONNTRACK - 1;

/** The hook functions of a namespace's IPVS, at the kernel's places (ip_vs_ops4). */
export class IpvsHooks {
  private readonly ipvs: IpvsState;
  private readonly registered: { hook: number; fn: HookFunction }[] = [];

  constructor(ipvs: IpvsState) {
    this.ipvs = ipvs;
    const transmitter = new Transmitter(ipvs);
    const icmp = new IpvsIcmp(ipvs, transmitter);
    const incoming = new Incoming(ipvs, transmitter, icmp);
    const outgoing = new Outgoing(ipvs, icmp);
    this.register(NF_INET_PRE_ROUTING, new ExpireHook(ipvs));
    this.register(NF_INET_LOCAL_OUT, new ExpireHook(ipvs));
    this.register(NF_INET_LOCAL_IN, new ReplyHook(outgoing, NF_INET_LOCAL_IN, NF_IP_PRI_NAT_SRC - 2));
    this.register(NF_INET_LOCAL_IN, new RequestHook(incoming, NF_INET_LOCAL_IN, NF_IP_PRI_NAT_SRC - 1));
    this.register(NF_INET_LOCAL_OUT, new ReplyHook(outgoing, NF_INET_LOCAL_OUT, NF_IP_PRI_NAT_DST + 1));
    this.register(NF_INET_LOCAL_OUT, new RequestHook(incoming, NF_INET_LOCAL_OUT, NF_IP_PRI_NAT_DST + 2));
    this.register(NF_INET_FORWARD, new ForwardIcmpHook(icmp));
    this.register(NF_INET_FORWARD, new ReplyHook(outgoing, NF_INET_FORWARD, NF_IP_PRI_NAT_SRC));
  }

  unregister(): void {
    for (const { hook, fn } of this.registered) this.ipvs.netns.hooks4.unregister(hook, fn);
    this.registered.length = 0;
  }

  private register(hook: number, fn: HookFunction): void {
    this.ipvs.netns.hooks4.register(hook, fn);
    this.registered.push({ hook, fn });
  }
}

class ExpireHook implements HookFunction {
  readonly priority = PRIORITY_EXPIRE;
  private readonly ipvs: IpvsState;

  constructor(ipvs: IpvsState) {
    this.ipvs = ipvs;
  }

  run(): number {
    this.ipvs.connections.expire(this.ipvs.now);
    return NF_ACCEPT;
  }
}

/** ip_vs_remote_request4, ip_vs_local_request4. */
class RequestHook implements HookFunction {
  readonly priority: number;
  private readonly incoming: Incoming;
  private readonly hook: number;

  constructor(incoming: Incoming, hook: number, priority: number) {
    this.incoming = incoming;
    this.hook = hook;
    this.priority = priority;
  }

  run(packet: Packet): number {
    return this.incoming.run(packet, this.hook);
  }
}

/** ip_vs_reply4, ip_vs_local_reply4. */
class ReplyHook implements HookFunction {
  readonly priority: number;
  private readonly outgoing: Outgoing;
  private readonly hook: number;

  constructor(outgoing: Outgoing, hook: number, priority: number) {
    this.outgoing = outgoing;
    this.hook = hook;
    this.priority = priority;
  }

  run(packet: Packet): number {
    return this.outgoing.run(packet, this.hook);
  }
}

/** ip_vs_forward_icmp: errors for an address that only a mark makes virtual. */
class ForwardIcmpHook implements HookFunction {
  readonly priority = 99;
  private readonly icmp: IpvsIcmp;
  private readonly header = new IpvsHeader();

  constructor(icmp: IpvsIcmp) {
    this.icmp = icmp;
  }

  run(packet: Packet): number {
    if (packet.buf[packet.networkOffset + IPV4.PROTOCOL] !== PROTO.ICMP) return NF_ACCEPT;
    if (!this.header.read(packet.buf, packet.networkOffset, packet.tail)) return NF_ACCEPT;
    return this.icmp.fromClient(packet, this.header, NF_INET_FORWARD);
  }
}
