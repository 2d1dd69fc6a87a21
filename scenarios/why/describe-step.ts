import {
  IP_CT_ESTABLISHED,
  IP_CT_ESTABLISHED_REPLY,
  IP_CT_RELATED,
  IP_CT_RELATED_REPLY,
  IP_CT_UNTRACKED,
  type Packet,
} from '../../core/packet/packet.ts';
import type { Process } from '../../core/host/process.ts';
import { FORWARD_MASQ, FORWARD_ROUTE, FORWARD_TUNNEL } from '../../core/ipvs/ipvs-destination.ts';
import { RTN_BROADCAST, RTN_LOCAL, RTN_MULTICAST, type Ipv4Route } from '../../core/namespace/ipv4-route.ts';
import type { Ipv6Route } from '../../core/namespace/ipv6-route.ts';
import type { TraceStep } from '../../core/trace/trace-step.ts';
import { commandName } from '../../programs/sockets/socket-list.ts';
import { formatIpv4 } from '../../protocols/ipv4-address.ts';
import { formatIp } from '../../protocols/ip-address.ts';
import { rulePlace, ruleText } from './drop-context.ts';
import { destinationNow, sideOf, sourceNow } from './endpoints.ts';
import type { PlaceNames } from './place-names.ts';

/** What happened, for a person. `packet` is as it was at that moment. */
export function describeStep(step: TraceStep, packet: Packet, names: PlaceNames): string {
  switch (step.kind) {
    case 'sent':
      return `sent on ${names.device(step.dev)}`;
    case 'received':
      return `received on ${names.device(step.dev)}`;
    case 'bridged':
      return `bridge ${names.device(step.bridge)}: its MAC address is behind port ${names.device(step.to)}`;
    case 'flooded': {
      const why = step.isGroup ? 'it is for a group or for all' : 'nothing is known of its MAC address';
      return `bridge ${names.device(step.bridge)}: to all ports, as ${why}`;
    }
    case 'output':
      return `sent; route: ${routeText(packet.route ?? packet.route6)}`;
    case 'routed':
      return `${step.again ? 'routed again' : 'routed'}: ${routeText(step.route)}`;
    case 'matched':
      return ruleText(rulePlace(step));
    case 'tracked':
      return `conntrack: ${connectionText(packet)}`;
    case 'translated': {
      const before = step.side === 'source' ? sourceNow(packet) : destinationNow(packet);
      return `NAT: ${step.side} ${before} → ${sideOf(step.to, step.side)}`;
    }
    case 'balanced':
      return balancedText(step);
    case 'encapsulated':
      return `${step.dev.name}: into VXLAN, VNI ${step.vni}, to VTEP ${formatIpv4(step.remote)}`;
    case 'decapsulated':
      return `${step.dev.name}: out of VXLAN, VNI ${step.vni}`;
    case 'refused-by-tunnel':
      return `${step.dev.name}: too long for the tunnel; turned into "fragmentation needed", MTU ${step.mtu}`;
    case 'encrypted':
    case 'decrypted': {
      const { spi, mode } = step.association;
      return `xfrm: ${step.kind} by ESP, SPI 0x${spi.toString(16).padStart(8, '0')}, ${mode} mode`;
    }
    case 'fragmented':
      return `longer than the MTU of ${step.mtu}: cut to fragments`;
    case 'collected':
      return 'the fragment waits for the others';
    case 'reassembled':
      return `put together of ${step.fragments} fragments`;
    case 'segmented':
      return `cut to ${step.segments} TCP segments`;
    case 'merged':
      return `merged into packet ${step.into} (GRO)`;
    case 'waiting':
      return `waits for the MAC address of ${formatIp(step.neighbour.address)} on ${names.device(step.neighbour.dev)}`;
    case 'unresolved':
      return `${formatIp(step.neighbour.address)} did not answer on ${names.device(step.neighbour.dev)}`;
    case 'delivered':
      return deliveredText(step);
  }
}

/** `ping (pid 1003)`. */
export function processText(process: Process): string {
  return `${commandName(process)} (pid ${process.pid})`;
}

function deliveredText({ to, owner }: TraceStep & { kind: 'delivered' }): string {
  return owner === null ? `delivered: ${to}` : `delivered: ${to} of ${processText(owner)}`;
}

/** As `ip route` has it, without what does not matter here. */
function routeText(route: Ipv4Route | Ipv6Route | null): string {
  if (route === null) return 'none';
  const { type, prefixLength, gateway, dev } = route;
  const destination = prefixLength === 0 ? 'default' : `${formatIp(route.destination)}/${prefixLength}`;
  if (type === RTN_LOCAL) return `for this machine (local ${formatIp(route.destination)})`;
  if (type === RTN_BROADCAST || type === RTN_MULTICAST)
    return `for a group or for all, on ${dev?.name ?? '?'}`;
  const via = gateway === 0 || gateway === null ? '' : ` via ${formatIp(gateway)}`;
  return `${destination}${via} dev ${dev?.name ?? '?'}`;
}

function connectionText({ nfct, ctInfo }: Packet): string {
  if (nfct === null) return ctInfo === IP_CT_UNTRACKED ? 'UNTRACKED' : 'INVALID: of no connection';
  switch (ctInfo) {
    case IP_CT_ESTABLISHED:
      return 'ESTABLISHED';
    case IP_CT_ESTABLISHED_REPLY:
      return 'ESTABLISHED, a reply';
    case IP_CT_RELATED:
    case IP_CT_RELATED_REPLY:
      return 'RELATED to a connection';
    default:
      return nfct.isConfirmed ? 'NEW: no answer yet' : 'NEW';
  }
}

function balancedText({ connection, isReply }: TraceStep & { kind: 'balanced' }): string {
  const { virtual, virtualPort, real, realPort, forwarding } = connection;
  const service = `${formatIpv4(virtual >>> 0)}:${virtualPort}`;
  const server = `${formatIpv4(real >>> 0)}:${realPort}`;
  if (isReply) return `IPVS: from real server ${server}, an answer of virtual service ${service}`;
  return `IPVS: virtual service ${service} → real server ${server}, by ${FORWARDING[forwarding] ?? 'itself'}`;
}

const FORWARDING: Readonly<Record<number, string>> = {
  [FORWARD_MASQ]: 'NAT',
  [FORWARD_TUNNEL]: 'tunnel',
  [FORWARD_ROUTE]: 'direct routing',
};
