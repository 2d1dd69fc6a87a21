/** Publishing a container's ports (libnetwork drivers/bridge/port_mapping.go, portmapper/mapper.go). */
import { formatIp, parseIp, type IpAddress } from '../../protocols/ip-address.ts';
import { Ipv6Address } from '../../protocols/ipv6-address.ts';
import { DockerError } from '../docker-error.ts';
import type { DriverContext } from '../driver.ts';
import { isAtLeast } from '../engine-release.ts';
import { holdPort, type PortHolder } from '../ports/port-holder.ts';
import type { PortMapping } from '../ports/port-mapping.ts';
import type { PortRequest } from '../ports/port-request.ts';
import type { BridgeEndpoint } from './endpoint.ts';
import type { FirewallLayout, FirewallPort } from './firewall/firewall-layout.ts';
import type { BridgeNetwork } from './network.ts';

/** A port picked by Docker is tried again on another number when something else on the host has it. */
const BIND_ATTEMPTS = 10;

export interface Firewalls {
  readonly ipv4: FirewallLayout | null;
  readonly ipv6: FirewallLayout | null;
}

/** Makes the port mappings of an endpoint, all or none. */
export function publishPorts(
  context: DriverContext,
  firewalls: Firewalls,
  network: BridgeNetwork,
  endpoint: BridgeEndpoint,
): PortMapping[] {
  const made: PortMapping[] = [];
  try {
    for (const request of endpoint.info.portRequests) {
      for (const target of targetsOf(context, network, endpoint, request)) {
        const samePort = made.at(-1);
        made.push(mapPort(context, firewalls, network, follow(context, request, target, samePort), target));
      }
    }
  } catch (error) {
    for (const mapping of made) unmapPort(context, firewalls, network, mapping);
    throw error;
  }
  return made;
}

export function unpublishPorts(
  context: DriverContext,
  firewalls: Firewalls,
  network: BridgeNetwork,
  mappings: readonly PortMapping[],
): void {
  for (const mapping of mappings) unmapPort(context, firewalls, network, mapping);
}

/** Where one request is published: an address of the host, and the container's address behind it. */
interface Target {
  readonly hostIp: IpAddress;
  readonly containerIp: IpAddress;
}

/**
 * A request that names no host address is published for both families; a container without IPv6 is then reached
 * over IPv6 through the userland proxy only. A host without IPv6 publishes nothing over it.
 */
function targetsOf(
  context: DriverContext,
  network: BridgeNetwork,
  endpoint: BridgeEndpoint,
  request: PortRequest,
): Target[] {
  const address4 = endpoint.info.lease4?.address ?? null;
  const address6 = endpoint.info.lease6?.address ?? null;
  const behind6 = address6 ?? (context.config.userlandProxy ? address4 : null);
  const wanted = request.hostIp || network.options.bindingIp;
  const targets: Target[] = [];
  const hostIp = wanted === '' ? null : parseIp(wanted);
  if (address4 !== null && (hostIp === null || typeof hostIp === 'number')) {
    targets.push({ hostIp: hostIp ?? 0, containerIp: address4 });
  }
  if (
    behind6 !== null &&
    context.host.initNamespace.ipv6 !== null &&
    (hostIp === null || typeof hostIp !== 'number')
  ) {
    targets.push({ hostIp: hostIp ?? Ipv6Address.UNSPECIFIED, containerIp: behind6 });
  }
  return targets;
}

/** From release 27 a port that Docker picks is the same for both families (moby#47871). */
function follow(
  context: DriverContext,
  request: PortRequest,
  target: Target,
  before: PortMapping | undefined,
): PortRequest {
  const isSecond = typeof target.hostIp !== 'number' && before?.containerPort === request.containerPort;
  if (!isSecond || before.protocol !== request.protocol || !isAtLeast(context.release, 27)) return request;
  return { ...request, hostPort: before.hostPort, hostPortEnd: before.hostPort };
}

function mapPort(
  context: DriverContext,
  firewalls: Firewalls,
  network: BridgeNetwork,
  request: PortRequest,
  target: Target,
): PortMapping {
  const { protocol, containerPort, hostPort: first, hostPortEnd: last } = request;
  const isFixed = first > 0 && first === last;
  for (let attempt = 1; ; attempt++) {
    const hostPort = context.ports.request(target.hostIp, protocol, first, last);
    const port = { protocol, containerPort, hostPort, ...target };
    try {
      return addMapping(context, firewalls, network, port);
    } catch (error) {
      if (isFixed || attempt === BIND_ATTEMPTS) {
        context.ports.release(target.hostIp, protocol, hostPort);
        throw error;
      }
    }
  }
}

function addMapping(
  context: DriverContext,
  firewalls: Firewalls,
  network: BridgeNetwork,
  port: Omit<PortMapping, 'holder'>,
): PortMapping {
  const firewall = firewallFor(firewalls, port);
  const firewallNetwork = network.firewallNetwork(typeof port.hostIp === 'number' ? 4 : 6);
  const rules = firewall !== null && firewallNetwork !== null ? firewallPort(port) : null;
  if (rules !== null) firewall!.addPort(firewallNetwork!, rules);
  let holder: PortHolder;
  try {
    holder = holdPort(context, port);
  } catch (error) {
    if (rules !== null) firewall!.removePort(firewallNetwork!, rules);
    throw error;
  }
  return { ...port, holder };
}

function unmapPort(
  context: DriverContext,
  firewalls: Firewalls,
  network: BridgeNetwork,
  mapping: PortMapping,
): void {
  mapping.holder.release();
  const firewall = firewallFor(firewalls, mapping);
  const firewallNetwork = network.firewallNetwork(typeof mapping.hostIp === 'number' ? 4 : 6);
  if (firewall !== null && firewallNetwork !== null) {
    firewall.removePort(firewallNetwork, firewallPort(mapping));
  }
  context.ports.release(mapping.hostIp, mapping.protocol, mapping.hostPort);
}

/** The firewall of the mapping's family; null when it crosses families, which only the proxy can do. */
function firewallFor(
  firewalls: Firewalls,
  { hostIp, containerIp }: { hostIp: IpAddress; containerIp: IpAddress },
): FirewallLayout | null {
  if (typeof hostIp !== typeof containerIp) return null;
  return typeof hostIp === 'number' ? firewalls.ipv4 : firewalls.ipv6;
}

function firewallPort(port: Omit<PortMapping, 'holder'>): FirewallPort {
  const any =
    typeof port.hostIp === 'number' ? port.hostIp === 0 : port.hostIp.equals(Ipv6Address.UNSPECIFIED);
  return {
    protocol: port.protocol,
    hostIp: any ? '' : formatIp(port.hostIp),
    hostPort: port.hostPort,
    containerIp: formatIp(port.containerIp),
    containerPort: port.containerPort,
  };
}

/** What a start fails with when a port cannot be had. */
export function connectivityError(endpointName: string, endpointId: string, error: unknown): unknown {
  if (!(error instanceof DockerError)) return error;
  return new DockerError(
    'internal',
    `driver failed programming external connectivity on endpoint ${endpointName} (${endpointId}): ${error.message}`,
  );
}
