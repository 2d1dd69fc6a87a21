import { ipLocalDeliverFinish, routeInputReason } from '../../namespace/ipv4-input.ts';
import type { NetNamespace } from '../../namespace/net-namespace.ts';
import {
  NF_ACCEPT,
  NF_INET_LOCAL_IN,
  NF_IP_PRI_CONNTRACK_CONFIRM,
  NF_STOLEN,
  type HookFunction,
} from '../../netfilter/hook.ts';
import type { Packet } from '../../packet/packet.ts';
import type { L3Receiver } from '../l3-receiver.ts';
import type { NetDevice } from '../net-device.ts';
import type { IpvlanPort } from './ipvlan-port.ts';

/**
 * Reception in mode l3s (ipvlan_l3s.c): a packet for an ipvlan is taken for one to the lower device's namespace,
 * passes that namespace's PREROUTING and INPUT hooks, and changes over when they are done. Not modelled: IPv6 in
 * this mode, and moving the lower device to another namespace while it lasts.
 */
export class IpvlanL3sReceiver implements L3Receiver, HookFunction {
  readonly priority = NF_IP_PRI_CONNTRACK_CONFIRM;
  private readonly port: IpvlanPort;
  private readonly netns: NetNamespace;

  constructor(port: IpvlanPort) {
    this.port = port;
    this.netns = port.lower.netns;
    port.lower.l3Receiver = this;
    this.netns.hooks4.register(NF_INET_LOCAL_IN, this);
  }

  remove(): void {
    this.port.lower.l3Receiver = null;
    this.netns.hooks4.unregister(NF_INET_LOCAL_IN, this);
  }

  /** ipvlan_l3_rcv. */
  route(packet: Packet): void {
    const child = this.childOf(packet);
    if (child !== null) routeInputReason(child.netns, child, packet);
  }

  /** ipvlan_nf_input: the last function of the hook. */
  run(packet: Packet, inDev: NetDevice | null): number {
    if (inDev !== this.port.lower) return NF_ACCEPT;
    const child = this.childOf(packet);
    if (child === null) return NF_ACCEPT;
    packet.dev = child;
    packet.iif = child.ifindex;
    child.stats.rxPackets++;
    child.stats.rxBytes += packet.tail - packet.networkOffset + child.hardHeaderLength;
    ipLocalDeliverFinish(child.netns, child, packet);
    return NF_STOLEN;
  }

  private childOf(packet: Packet): NetDevice | null {
    const { buf, networkOffset, tail, protocol } = packet;
    return this.port.addresses.find(buf, networkOffset, tail, protocol, false);
  }
}
