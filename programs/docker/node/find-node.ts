import type { Cluster, ClusterMember } from '../../../drivers/swarm/cluster.ts';
import type { SwarmNode } from '../../../drivers/swarm/swarm-node.ts';
import { CliError } from '../cli-error.ts';
import { DockerError } from '../../../drivers/docker-error.ts';

/** A node by id, host name or the beginning of an id; `self` is the one that is asked. */
export function findNode(asked: SwarmNode, term: string): ClusterMember {
  if (term === 'self') return asked.member;
  const { cluster } = asked;
  const exact = cluster.members.get(term) ?? byHostname(cluster, term);
  if (exact !== undefined) return exact;
  const matching = [...cluster.members.values()].filter(({ id }) => term !== '' && id.startsWith(term));
  if (matching.length === 1) return matching[0]!;
  if (matching.length > 1) {
    throw new DockerError('internal', `node ${term} is ambiguous (${matching.length} matches found)`);
  }
  throw new CliError(`Error: No such node: ${term}`);
}

function byHostname(cluster: Cluster, name: string): ClusterMember | undefined {
  const matching = [...cluster.members.values()].filter(({ hostname }) => hostname === name);
  if (matching.length > 1) {
    throw new DockerError('internal', `node ${name} is ambiguous (${matching.length} matches found)`);
  }
  return matching[0];
}
