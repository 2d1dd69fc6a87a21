/** The services on a network as the gossip has them (libnetwork agent.go Services): `docker network inspect -v`. */
import { formatIpv4 } from '../../protocols/ipv4-address.ts';
import { isServiceEndpoint } from './service-bindings.ts';
import type { NameRow } from './swarm-name-table.ts';
import type { SwarmNode } from './swarm-node.ts';

export interface NetworkServiceTask {
  readonly name: string;
  readonly endpointId: string;
  readonly address: string;
  /** Where tunnels to it end; '' when that is not known. */
  readonly hostAddress: string;
}

export interface NetworkService {
  /** Null without one. */
  readonly virtualIp: string | null;
  readonly ports: readonly string[];
  /** The mark that this node's load balancer knows it by; 0 for containers of no service. */
  readonly mark: number;
  readonly tasks: NetworkServiceTask[];
}

/** By the services' names; '' holds the containers that are no tasks. */
export function networkServices(node: SwarmNode, networkId: string): Map<string, NetworkService> {
  const { db } = node.gossip;
  const hosts = new Map(
    db
      .allEntries('overlay_peer_table', networkId)
      .map(({ key, value }) => [key, formatIpv4((value as { vtep: number }).vtep)]),
  );
  const services = new Map<string, NetworkService>();
  for (const { key, value } of db.allEntries('endpoint_table', networkId)) {
    const { name, service } = isServiceEndpoint(value)
      ? {
          name: value.serviceName,
          service: {
            virtualIp: value.virtualIp === 0 ? null : formatIpv4(value.virtualIp),
            ports: value.ingressPorts.map(
              ({ targetPort, publishedPort }) => `Target: ${targetPort}, Publish: ${publishedPort}`,
            ),
            mark: node.services.markOf(networkId, value),
          },
        }
      : { name: '', service: { virtualIp: null, ports: [], mark: 0 } };
    const known: NetworkService = services.get(name) ?? { ...service, tasks: [] };
    services.set(name, known);
    known.tasks.push({
      name: isServiceEndpoint(value) ? value.name : ((value as NameRow).names[0] ?? ''),
      endpointId: key,
      address: isServiceEndpoint(value) ? formatIpv4(value.address) : ((value as NameRow).addresses[0] ?? ''),
      hostAddress: hosts.get(key) ?? '',
    });
  }
  return services;
}
