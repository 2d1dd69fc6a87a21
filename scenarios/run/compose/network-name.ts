import type { Network } from '../../../programs/compose-file/schema/network.ts';

/** The network's name on a host: unlike Compose, the key is not preceded by the project's name. */
export function networkName(key: string, network: Network): string {
  return network.name ?? key;
}
