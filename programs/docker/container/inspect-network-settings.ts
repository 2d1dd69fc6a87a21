/** `NetworkSettings` of `docker inspect`. */
import { formatIp, type IpAddress } from '../../../protocols/ip-address.ts';
import {
  shownAliases,
  registeredNames,
  endpointAliases,
} from '../../../drivers/container/container-aliases.ts';
import type { Container, ContainerNetwork } from '../../../drivers/container/container.ts';
import { isAtLeast } from '../../../drivers/engine-release.ts';
import type { Engine } from '../../../drivers/engine/engine.ts';
import type { AddressLease } from '../../../drivers/ipam/network-ipam.ts';
import type { Endpoint, EndpointConfig } from '../../../drivers/network/endpoint.ts';
import type { GoStruct } from '../format/go-value.ts';
import { portMap } from './published-ports.ts';

export function networkSettings(engine: Engine, container: Container): GoStruct {
  const { sandbox } = container;
  const networks = new Map(
    [...container.networks].map(([name, attached]) => [name, endpointSettings(engine, container, attached)]),
  );
  const ports = container.isRunning && sandbox?.usesHost === false ? portMap(container) : new Map();
  const sandboxId = sandbox?.id ?? '';
  const sandboxKey = sandbox?.key ?? '';
  if (isAtLeast(engine.release, 29)) {
    return { SandboxID: sandboxId, SandboxKey: sandboxKey, Ports: ports, Networks: networks };
  }
  const address = addressFields(container.endpointOn('bridge'));
  return {
    Bridge: '',
    SandboxID: sandboxId,
    ...(isAtLeast(engine.release, 25) && { SandboxKey: sandboxKey, Ports: ports }),
    HairpinMode: false,
    LinkLocalIPv6Address: '',
    LinkLocalIPv6PrefixLen: 0,
    ...(!isAtLeast(engine.release, 25) && { Ports: ports, SandboxKey: sandboxKey }),
    SecondaryIPAddresses: null,
    SecondaryIPv6Addresses: null,
    EndpointID: address.EndpointID,
    Gateway: address.Gateway,
    GlobalIPv6Address: address.GlobalIPv6Address,
    GlobalIPv6PrefixLen: address.GlobalIPv6PrefixLen,
    IPAddress: address.IPAddress,
    IPPrefixLen: address.IPPrefixLen,
    IPv6Gateway: address.IPv6Gateway,
    MacAddress: address.MacAddress,
    Networks: networks,
  };
}

/** One entry of `Networks`; what only a running container has is empty otherwise. */
function endpointSettings(engine: Engine, container: Container, attached: ContainerNetwork): GoStruct {
  const { release } = engine;
  const { config } = attached;
  const network = engine.networks.find(attached.networkId === '' ? attached.name : attached.networkId);
  const started = container.state.startedNs !== null;
  const aliases =
    network === undefined || !started ? null : shownAliases(release, container, network, config);
  const address = addressFields(attached.endpoint);
  const given = {
    IPAMConfig: ipamConfig(config),
    Links: config.links.length > 0 ? config.links : null,
    Aliases: aliases ?? (config.aliases.length > 0 ? config.aliases : null),
  };
  const options = config.driverOptions.size > 0 ? config.driverOptions : null;
  const located = {
    NetworkID: attached.networkId,
    EndpointID: address.EndpointID,
    Gateway: address.Gateway,
    IPAddress: address.IPAddress,
  };
  const lengths = { IPPrefixLen: address.IPPrefixLen };
  const ipv6 = {
    IPv6Gateway: address.IPv6Gateway,
    GlobalIPv6Address: address.GlobalIPv6Address,
    GlobalIPv6PrefixLen: address.GlobalIPv6PrefixLen,
  };
  const mac = { MacAddress: address.MacAddress };
  if (!isAtLeast(release, 25))
    return { ...given, ...located, ...lengths, ...ipv6, ...mac, DriverOpts: options };
  const names = {
    DNSNames:
      network?.hasResolver === true
        ? registeredNames(container, endpointAliases(container, network, config))
        : null,
  };
  const priority = isAtLeast(release, 28) ? { GwPriority: config.gatewayPriority } : {};
  if (isAtLeast(release, 29)) {
    return { ...given, DriverOpts: options, ...priority, ...located, ...mac, ...lengths, ...ipv6, ...names };
  }
  return { ...given, ...mac, DriverOpts: options, ...priority, ...located, ...lengths, ...ipv6, ...names };
}

function ipamConfig(config: EndpointConfig): GoStruct | null {
  const { ipv4, ipv6, linkLocalIps, hasIpamConfig } = config;
  if (!hasIpamConfig && ipv4 === '' && ipv6 === '' && linkLocalIps.length === 0) return null;
  return {
    ...(ipv4 !== '' && { IPv4Address: ipv4 }),
    ...(ipv6 !== '' && { IPv6Address: ipv6 }),
    ...(linkLocalIps.length > 0 && { LinkLocalIPs: linkLocalIps }),
  };
}

function addressFields(endpoint: Endpoint | null) {
  return {
    EndpointID: endpoint?.id ?? '',
    Gateway: gatewayText(endpoint?.joined?.gateway ?? 0),
    IPAddress: leaseText(endpoint?.lease4 ?? null),
    IPPrefixLen: endpoint?.lease4?.prefixLength ?? 0,
    IPv6Gateway: gatewayText(endpoint?.joined?.gateway6 ?? 0),
    GlobalIPv6Address: leaseText(endpoint?.lease6 ?? null),
    GlobalIPv6PrefixLen: endpoint?.lease6?.prefixLength ?? 0,
    MacAddress: endpoint?.macText ?? '',
  };
}

function leaseText(lease: AddressLease | null): string {
  return lease === null ? '' : formatIp(lease.address);
}

function gatewayText(gateway: IpAddress): string {
  return gateway === 0 ? '' : formatIp(gateway);
}
