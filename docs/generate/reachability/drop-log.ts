import type { Host } from '../../../core/host/host.ts';
import type { NetNamespace } from '../../../core/namespace/net-namespace.ts';
import { DROP_REASONS, type DropReasonName } from '../../../core/packet/drop-reason.ts';
import type { Packet } from '../../../core/packet/packet.ts';
import type { TraceStep } from '../../../core/trace/trace-step.ts';
import type { Tracer } from '../../../core/trace/tracer.ts';
import { ARP } from '../../../protocols/arp.ts';
import { get16, get32 } from '../../../protocols/bytes.ts';
import { ETHERNET_HEADER_LENGTH, ETHERTYPE } from '../../../protocols/ethernet.ts';
import { formatIpv4 } from '../../../protocols/ipv4-address.ts';
import { IPV4 } from '../../../protocols/ipv4.ts';
import { VLAN, VLAN_TAG_LENGTH } from '../../../protocols/vlan.ts';

/** In place of an IPv4 protocol number. */
export const ARP_PACKET = -1;

/** An IPv4 or ARP packet that a machine dropped. */
export interface LoggedDrop {
  readonly timeNs: number;
  readonly host: string;
  readonly reason: DropReasonName;
  /** The IPv4 protocol number, or ARP_PACKET. */
  readonly protocol: number;
  readonly source: string;
  readonly destination: string;
  /** The rule that said so, `filter:FORWARD:rule:3 -i a -j DROP`; '' when it was none. */
  readonly rule: string;
}

/** Keeps what is dropped, and the rule that did it: the one that the packet matched last. */
export class DropLog implements Tracer {
  readonly drops: LoggedDrop[] = [];
  private lastPacket = -1;
  private lastRule = '';

  step(_netns: NetNamespace, packet: Packet, step: TraceStep): void {
    if (step.kind !== 'matched') return;
    this.lastPacket = packet.id;
    this.lastRule = ruleText(step);
  }

  dropped(host: Host, packet: Packet, reason: number): void {
    const { buf, macOffset, networkOffset } = packet;
    if (networkOffset < 0) return;
    const isTagged = packet.protocol === ETHERTYPE.VLAN;
    const type = isTagged ? get16(buf, macOffset + VLAN.TYPE) : packet.protocol;
    const start = isTagged ? macOffset + ETHERNET_HEADER_LENGTH + VLAN_TAG_LENGTH : networkOffset;
    const isArp = type === ETHERTYPE.ARP;
    if (!isArp && type !== ETHERTYPE.IPV4) return;
    const address = (at: number) => formatIpv4(get32(buf, start + at));
    const name = DROP_REASONS[reason]!;
    const byRule = name === 'NETFILTER_DROP' && packet.id === this.lastPacket;
    this.drops.push({
      timeNs: host.sim.nowNs,
      host: host.name,
      reason: name,
      protocol: isArp ? ARP_PACKET : buf[start + IPV4.PROTOCOL]!,
      source: address(isArp ? ARP.SPA : IPV4.SOURCE),
      destination: address(isArp ? ARP.TPA : IPV4.DESTINATION),
      rule: byRule ? this.lastRule : '',
    });
  }
}

function ruleText({ table, chain, rule, number }: TraceStep & { kind: 'matched' }): string {
  if (rule !== null) return `${table}:${chain.name}:rule:${number} ${rule.text.trim()}`;
  const [comment, text] = chain.isBuiltin ? ['policy', `policy ${chain.policy}`] : ['return', 'end of chain'];
  return `${table}:${chain.name}:${comment}:${number} ${text}`;
}
