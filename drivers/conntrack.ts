/** The one place where the Docker layer removes conntrack entries (libnetwork iptables/conntrack.go). */
import { PROTO } from '../protocols/ipv4.ts';
import type { NetNamespace } from '../core/namespace/net-namespace.ts';
import { AF_INET, IP_CT_DIR_ORIGINAL, IP_CT_DIR_REPLY } from '../core/netfilter/conntrack/tuple.ts';

/** Takes away the flows whose replies come from or go to a container's address, and those to published UDP ports. */
export function flushConntrackOf(netns: NetNamespace, address: number, udpPorts: readonly number[]): void {
  const table = netns.netfilter?.conntrack ?? null;
  if (table === null) return;
  table.removeWhere((entry) => {
    if (entry.family !== AF_INET) return false;
    const reply =
      entry.sourceWord(IP_CT_DIR_REPLY) === address || entry.destinationWord(IP_CT_DIR_REPLY) === address;
    return (
      reply || (entry.protocol === PROTO.UDP && udpPorts.includes(entry.destinationPart(IP_CT_DIR_ORIGINAL)))
    );
  });
}
