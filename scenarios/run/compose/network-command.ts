/** A Compose network as the `docker network create` that makes it. */
import type { Network } from '../../../programs/compose-file/schema/network.ts';
import { shellLine } from './shell-word.ts';

/** The network's name on a host: unlike Compose, the key is not preceded by the project's name. */
export function networkName(key: string, network: Network): string {
  return network.name ?? key;
}

export function networkCommand(key: string, network: Network): string {
  const words = ['docker', 'network', 'create'];
  if (network.driver !== undefined) words.push('--driver', network.driver);
  for (const { subnet, ip_range, gateway, aux_addresses } of network.ipam) {
    if (subnet !== undefined) words.push('--subnet', subnet);
    if (ip_range !== undefined) words.push('--ip-range', ip_range);
    if (gateway !== undefined) words.push('--gateway', gateway);
    for (const [name, address] of Object.entries(aux_addresses ?? {})) {
      words.push('--aux-address', `${name}=${address}`);
    }
  }
  for (const [option, value] of Object.entries(network.driverOpts)) words.push('--opt', `${option}=${value}`);
  for (const [label, value] of Object.entries(network.labels)) words.push('--label', `${label}=${value}`);
  if (network.internal) words.push('--internal');
  if (network.attachable) words.push('--attachable');
  if (network.enableIpv6) words.push('--ipv6');
  return shellLine([...words, networkName(key, network)]);
}
