/** A swarm as the rest of the engine sees it: what its host's node does for networks. */
import type { Engine } from './engine.ts';
import type { Network, NetworkSpec } from '../network/network.ts';

export interface SwarmMembership {
  readonly nodeId: string;
  readonly isManager: boolean;
  /** Makes a network of the whole swarm; Docker's error on a worker. */
  createNetwork(spec: NetworkSpec): Network;
  /** Takes one away on every node. */
  removeNetwork(network: Network): void;
  /**
   * A network of the swarm for a container of this node, by name or id, or null when the swarm has none. A worker
   * gets to know it by this. Docker's error when containers that are no tasks may not be on it.
   */
  attachableNetwork(term: string): Network | null;
  /** Calls once the node can ask a manager: now, or when it can. */
  whenReady(action: () => void): void;
  /** The host has lost its power. */
  powerLost(): void;
  /** The daemon that starts when the power is back is the same node again. */
  resume(engine: Engine): void;
}
