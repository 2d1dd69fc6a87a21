/** `docker network inspect`: the fields of a network in the order of its release. */
import { formatIp, formatIpPrefix } from '../../../protocols/ip-address.ts';
import { rfc3339 } from '../../../drivers/docker-time.ts';
import { reportsOptions } from '../../../drivers/driver.ts';
import { isAtLeast } from '../../../drivers/engine-release.ts';
import type { Engine } from '../../../drivers/engine/engine.ts';
import type { AddressLease, IpamConfig, IpamSubnet } from '../../../drivers/ipam/network-ipam.ts';
import type { Endpoint } from '../../../drivers/network/endpoint.ts';
import type { Network } from '../../../drivers/network/network.ts';
import { networkServices } from '../../../drivers/swarm/network-services.ts';
import { swarmNodeOf } from '../../../drivers/swarm/swarm-registry.ts';
import type { GoStruct, GoValue } from '../format/go-value.ts';

/** With `verbose`, the services on a network of the swarm too. */
export function inspectNetwork(engine: Engine, network: Network, verbose = false): GoStruct {
  const { spec } = network;
  const peers = network.scope === 'swarm' ? (swarmNodeOf(engine)?.peersOf(network.id) ?? []) : null;
  // A manager knows networks of the swarm that it is not on itself.
  const isElsewhere = peers !== null && peers.length === 0;
  const members = new Map([...network.endpoints.values()].map((each) => [each.containerId, member(each)]));
  const containers = isElsewhere ? null : members;
  const options = new Map([...spec.driverOptions, ...reportedOptions(network)]);
  const newest = isAtLeast(engine.release, 29);
  return {
    Name: network.name,
    Id: network.id,
    Created: rfc3339(network.createdNs),
    Scope: network.scope,
    Driver: network.driver?.type ?? '',
    ...(isAtLeast(engine.release, 28) && { EnableIPv4: enablesIpv4(engine, network) }),
    EnableIPv6: spec.enableIpv6,
    IPAM: {
      Driver: spec.ipamDriver,
      Options: spec.ipamOptions,
      Config: ipamConfig(network),
    },
    Internal: spec.internal,
    Attachable: spec.attachable,
    Ingress: spec.ingress,
    ConfigFrom: { Network: spec.configFrom },
    ConfigOnly: spec.configOnly,
    ...(!newest && { Containers: containers }),
    Options: options,
    Labels: isElsewhere && spec.labels.size === 0 ? null : spec.labels,
    ...(peers !== null &&
      !isElsewhere && { Peers: peers.map(({ name, address }) => ({ Name: name, IP: address })) }),
    ...(newest && { Containers: containers }),
    ...(verbose && peers !== null && !isElsewhere && { Services: services(engine, network) }),
  };
}

/** From release 28; of overlays 28.3 was the first to say so (moby#50147). */
function enablesIpv4(engine: Engine, network: Network): boolean {
  return network.scope !== 'swarm' || isAtLeast(engine.release, 28, 3);
}

function services(engine: Engine, network: Network): GoValue {
  const found = networkServices(swarmNodeOf(engine)!, network.id);
  return new Map(
    [...found].map(([name, { virtualIp, ports, mark, tasks }]) => [
      name,
      {
        VIP: virtualIp ?? '<nil>',
        Ports: ports,
        LocalLBIndex: mark,
        Tasks: tasks.map((task) => ({
          Name: task.name,
          EndpointID: task.endpointId,
          EndpointIP: task.address,
          Info: new Map([['Host IP', task.hostAddress]]),
        })),
      },
    ]),
  );
}

function reportedOptions(network: Network): ReadonlyMap<string, string> {
  const { driver } = network;
  return driver !== null && reportsOptions(driver) ? driver.reportedOptions(network) : new Map();
}

function member(endpoint: Endpoint): GoStruct {
  return {
    Name: endpoint.name,
    EndpointID: endpoint.id,
    MacAddress: endpoint.macText,
    IPv4Address: leaseText(endpoint.lease4),
    IPv6Address: leaseText(endpoint.lease6),
  };
}

function leaseText(lease: AddressLease | null): string {
  return lease === null ? '' : `${formatIp(lease.address)}/${lease.prefixLength}`;
}

/** The subnets that were asked for, as they were; of a family that was left to Docker, what it chose. */
function ipamConfig(network: Network): GoValue {
  const { ipam, spec } = network;
  if (ipam === null) return spec.ipam.map(givenConfig);
  if (network.scope === 'swarm') return ipam.subnets.map(chosenConfig);
  return ([4, 6] as const).flatMap((family) => {
    const subnets = ipam.subnetsOf(family);
    const given = subnets.filter(({ isStatic }) => isStatic);
    return given.length > 0 ? given.map(({ config }) => givenConfig(config)) : subnets.map(chosenConfig);
  });
}

function givenConfig(config: IpamConfig): GoStruct {
  const aux = config.auxAddresses ?? new Map();
  return {
    ...(config.subnet !== undefined && { Subnet: formatIpPrefix(config.subnet) }),
    ...(config.ipRange !== undefined && { IPRange: formatIpPrefix(config.ipRange) }),
    ...(config.gateway !== undefined && { Gateway: formatIp(config.gateway) }),
    ...(aux.size > 0 && {
      AuxiliaryAddresses: new Map([...aux].map(([name, address]) => [name, formatIp(address)])),
    }),
  };
}

function chosenConfig(subnet: IpamSubnet): GoStruct {
  return {
    Subnet: formatIpPrefix(subnet.pool.subnet),
    ...(subnet.gateway !== null && { Gateway: formatIp(subnet.gateway) }),
  };
}
