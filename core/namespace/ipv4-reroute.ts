import { IPV4, ipv4Destination, ipv4Source } from '../../protocols/ipv4.ts';
import type { Packet } from '../packet/packet.ts';
import { EHOSTUNREACH, ENETUNREACH } from '../socket/errno.ts';
import { routeError } from './ipv4-output.ts';
import type { NetNamespace } from './net-namespace.ts';

/**
 * ip_route_me_harder (net/ipv4/netfilter.c): a new route for a packet of this machine whose addresses, TOS or
 * mark netfilter changed, and the xfrm policy that goes with it. Returns 0 or a negative error number.
 */
export function routeMeHarder(netns: NetNamespace, packet: Packet): number {
  const at = packet.networkOffset;
  const source = ipv4Source(packet.buf, at);
  const destination = ipv4Destination(packet.buf, at);
  const tos = packet.buf[at + IPV4.TOS]! & 0x1c;
  const route = netns.ipv4.fib.lookup(destination, null, source, null, packet.mark, tos);
  if (route === null) return -ENETUNREACH;
  if (routeError(route) !== 0) return -EHOSTUNREACH;
  packet.route = route;
  const { tracer } = netns.host.env;
  if (tracer !== null) tracer.step(netns, packet, { kind: 'routed', route, again: true });
  if (netns.xfrm !== null && !packet.xfrmTransformed) return -netns.xfrm.resolveOutput(packet);
  return 0;
}
