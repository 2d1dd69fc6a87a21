import type { Simulator } from '../../core/sim/simulator.ts';
import type { Engine } from '../engine/engine.ts';
import type { Cluster } from './cluster.ts';
import { SwarmNode } from './swarm-node.ts';

const clusters = new WeakMap<Simulator, Map<string, Cluster>>();

/** Makes a swarm known, so that a node which was admitted to it by message finds what its managers share. */
export function registerCluster(cluster: Cluster): void {
  const known = clusters.get(cluster.sim);
  if (known === undefined) clusters.set(cluster.sim, new Map([[cluster.id, cluster]]));
  else known.set(cluster.id, cluster);
}

export function findCluster(sim: Simulator, id: string): Cluster | undefined {
  return clusters.get(sim)?.get(id);
}

/** The swarm node that an engine is; null when it is none. */
export function swarmNodeOf(engine: Engine): SwarmNode | null {
  return engine.swarm instanceof SwarmNode ? engine.swarm : null;
}
