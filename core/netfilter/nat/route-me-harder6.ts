import { IPV6 } from '../../../protocols/ipv6.ts';
import { Ipv6Address } from '../../../protocols/ipv6-address.ts';
import { RTN_LOCAL, RTN_UNICAST } from '../../namespace/ipv4-route.ts';
import type { NetNamespace } from '../../namespace/net-namespace.ts';
import type { Packet } from '../../packet/packet.ts';
import { EHOSTUNREACH, ENETUNREACH } from '../../socket/errno.ts';

/**
 * ip6_route_me_harder (net/ipv6/netfilter.c): a new route for a packet of this machine whose destination netfilter
 * changed. Returns 0 or a negative error number.
 */
export function routeMeHarder6(netns: NetNamespace, packet: Packet): number {
  if (netns.ipv6 === null) return -ENETUNREACH;
  const destination = Ipv6Address.read(packet.buf, packet.networkOffset + IPV6.DESTINATION);
  const route = netns.ipv6.fib.lookup(destination);
  if (route === null) return -ENETUNREACH;
  if (route.type !== RTN_UNICAST && route.type !== RTN_LOCAL) return -EHOSTUNREACH;
  packet.route6 = route;
  const { tracer } = netns.host.env;
  if (tracer !== null) tracer.step(netns, packet, { kind: 'routed', route, again: true });
  return 0;
}
