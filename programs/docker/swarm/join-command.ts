import { formatIpv4 } from '../../../protocols/ipv4-address.ts';
import type { NodeRole } from '../../../drivers/swarm/cluster.ts';
import { CONTROL_PORT } from '../../../drivers/swarm/manager-server.ts';
import type { SwarmNode } from '../../../drivers/swarm/swarm-node.ts';

/** What to type on a node to be, with the words around it. */
export function joinCommand(node: SwarmNode, role: NodeRole): string {
  const { workerToken, managerToken } = node.cluster;
  const token = role === 'worker' ? workerToken : managerToken;
  const address = `${formatIpv4(node.advertiseAddress)}:${CONTROL_PORT}`;
  return `To add a ${role} to this swarm, run the following command:\n\n    docker swarm join --token ${token} ${address}\n\n`;
}
