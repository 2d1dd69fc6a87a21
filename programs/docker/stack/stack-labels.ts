import type { ClusterNetwork } from '../../../drivers/swarm/cluster-networks.ts';
import type { Service } from '../../../drivers/swarm/services/service.ts';
import type { SwarmNode } from '../../../drivers/swarm/swarm-node.ts';

/** What ties the parts of a stack together. */
export const STACK_LABEL = 'com.docker.stack.namespace';

export function stackServices({ cluster }: SwarmNode, stack: string): Service[] {
  return cluster.services
    .list()
    .filter(({ spec }) => spec.labels[STACK_LABEL] === stack)
    .sort((a, b) => (a.spec.name < b.spec.name ? -1 : 1));
}

export function stackNetworks({ cluster }: SwarmNode, stack: string): ClusterNetwork[] {
  return cluster.networks
    .list()
    .filter(({ spec }) => spec.labels.get(STACK_LABEL) === stack)
    .sort((a, b) => (a.spec.name < b.spec.name ? -1 : 1));
}
