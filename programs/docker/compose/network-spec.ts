import { DEFAULT_NETWORK_SPEC } from '../../../drivers/network/network-manager.ts';
import type { NetworkSpec } from '../../../drivers/network/network.ts';
import type { IpamConfig as ComposeIpam, Network } from '../../compose-file/schema/network.ts';
import { parseIp, parseIpPrefix } from '../../../protocols/ip-address.ts';

/** A Compose network as the daemon is asked for it (docker/compose pkg/compose/create.go ensureNetwork). */
export function networkSpec(
  name: string,
  network: Network,
  labels: ReadonlyMap<string, string> = new Map(),
): NetworkSpec {
  const own = Object.entries(network.labels).map(([key, value]): [string, string] => [key, value ?? '']);
  return {
    ...DEFAULT_NETWORK_SPEC,
    name,
    driver: network.driver ?? DEFAULT_NETWORK_SPEC.driver,
    driverOptions: new Map(Object.entries(network.driverOpts)),
    ipam: network.ipam.map(ipamConfig),
    internal: network.internal,
    attachable: network.attachable,
    enableIpv6: network.enableIpv6,
    labels: new Map([...own, ...labels]),
  };
}

function ipamConfig({ subnet, ip_range, gateway, aux_addresses }: ComposeIpam) {
  return {
    ...(subnet === undefined ? {} : { subnet: parseIpPrefix(subnet) }),
    ...(ip_range === undefined ? {} : { ipRange: parseIpPrefix(ip_range) }),
    ...(gateway === undefined ? {} : { gateway: parseIp(gateway) }),
    auxAddresses: new Map(
      Object.entries(aux_addresses ?? {}).map(([name, address]) => [name, parseIp(address)]),
    ),
  };
}
