import { generateName } from '../../../drivers/container/container-names.ts';
import type { Cluster } from '../../../drivers/swarm/cluster.ts';

/** A name for a service that was given none: it is one like those of containers. */
export function generateServiceName(cluster: Cluster): string {
  const isTaken = (name: string) => cluster.services.list().some(({ spec }) => spec.name === name);
  return generateName(cluster.random('service-names'), isTaken);
}
