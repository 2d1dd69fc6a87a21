import type { NetDevice } from '../device/net-device.ts';
import type { Vxlan } from '../device/vxlan/vxlan.ts';
import type { Process } from '../host/process.ts';
import type { IpvsConnection } from '../ipvs/ipvs-connection.ts';
import type { Ipv4Route } from '../namespace/ipv4-route.ts';
import type { Ipv6Route } from '../namespace/ipv6-route.ts';
import type { Neighbour } from '../namespace/neighbour.ts';
import type { Tuple } from '../netfilter/conntrack/tuple.ts';
import type { Chain, Rule } from '../netfilter/tables/rule.ts';
import type { SecurityAssociation } from '../xfrm/security-association.ts';

/**
 * What happened to a packet. The objects are the machine's own and change after the call, as the packet does: a
 * listener takes out of them what it wants to keep. Not told: what a queueing discipline, a macvlan or an ipvlan
 * decides (the devices crossed show it), and what a program does with what it has read.
 */
export type TraceStep =
  /** It was handed to a device to be sent; `packet.head` is at the link header. */
  | { readonly kind: 'sent'; readonly dev: NetDevice }
  /** A device received it; `packet.head` is at the link header. */
  | { readonly kind: 'received'; readonly dev: NetDevice }
  /** A bridge knows the port that its destination is behind. */
  | { readonly kind: 'bridged'; readonly bridge: NetDevice; readonly to: NetDevice }
  /** A bridge sends it to all ports: a group address, or one that it does not know. */
  | { readonly kind: 'flooded'; readonly bridge: NetDevice; readonly isGroup: boolean }
  /** The IP layer of this machine sends it (ip_local_out); `packet.route` or `route6` is where to. */
  | { readonly kind: 'output' }
  /** A route was found for what came in, or another one for what netfilter changed (`again`). */
  | { readonly kind: 'routed'; readonly route: Ipv4Route | Ipv6Route; readonly again: boolean }
  /** A rule matched; `rule` is null at the end of a chain: its policy, or the return of a user chain. */
  | {
      readonly kind: 'matched';
      readonly table: string;
      readonly hook: number;
      readonly chain: Chain;
      readonly rule: Rule | null;
      readonly number: number;
    }
  /** Connection tracking has seen it: `packet.nfct` and `ctInfo` say as what. */
  | { readonly kind: 'tracked' }
  /** NAT is about to write one side of `to` into it. */
  | { readonly kind: 'translated'; readonly side: 'source' | 'destination'; readonly to: Tuple }
  /** IPVS is about to send it to a connection's real server, or back to its client. */
  | { readonly kind: 'balanced'; readonly connection: IpvsConnection; readonly isReply: boolean }
  /** A VXLAN device is about to put headers around it; `remote` is the VTEP. */
  | { readonly kind: 'encapsulated'; readonly dev: Vxlan; readonly vni: number; readonly remote: number }
  /** A VXLAN device took the headers away; `packet.head` is at the inner frame. */
  | { readonly kind: 'decapsulated'; readonly dev: Vxlan; readonly vni: number }
  /** A VXLAN device is about to answer it with "fragmentation needed", which takes its place. */
  | { readonly kind: 'refused-by-tunnel'; readonly dev: Vxlan; readonly mtu: number }
  | { readonly kind: 'encrypted'; readonly association: SecurityAssociation }
  | { readonly kind: 'decrypted'; readonly association: SecurityAssociation }
  /** It is about to be cut to pieces of at most `mtu` bytes, which keep its number. */
  | { readonly kind: 'fragmented'; readonly mtu: number }
  /** A fragment waits for the others. */
  | { readonly kind: 'collected' }
  /** It was put together of so many fragments, and has the number of the first. */
  | { readonly kind: 'reassembled'; readonly fragments: number }
  /** A super-packet is about to be cut to segments, which keep its number. */
  | { readonly kind: 'segmented'; readonly segments: number }
  /** Its payload went into another packet of its flow (GRO), whose number is `into`. */
  | { readonly kind: 'merged'; readonly into: number }
  /** It waits until its next hop's link address is known. */
  | { readonly kind: 'waiting'; readonly neighbour: Neighbour }
  /** Its next hop did not answer; the packet is about to be dropped and its sender told. */
  | { readonly kind: 'unresolved'; readonly neighbour: Neighbour }
  /** It reached its end: a socket, whose process is `owner`, or a protocol of the machine itself. */
  | { readonly kind: 'delivered'; readonly to: DeliveredTo; readonly owner: Process | null };

/** What takes a packet at its end. */
export type DeliveredTo =
  | 'udp socket'
  | 'tcp socket'
  | 'tcp listener'
  | 'raw socket'
  | 'icmp'
  | 'icmpv6'
  | 'arp'
  | 'arp proxy'
  | 'neighbour discovery';
