/** The ports that services publish (swarmkit manager/allocator/portallocator.go, controlapi/service.go). */
import { DockerError } from '../../docker-error.ts';
import type { Service } from './service.ts';
import type { PortConfig, ServiceSpec } from './service-spec.ts';

/** From where the swarm chooses. */
const FIRST_DYNAMIC_PORT = 30000;
const LAST_DYNAMIC_PORT = 32767;

/** Docker's error when a port that the spec names is another service's, or named twice. */
export function checkPortConflicts(spec: ServiceSpec, own: Service | null, others: Iterable<Service>): void {
  for (const port of spec.endpoint.ports) {
    if (port.publishedPort === 0) continue;
    for (const other of others) {
      if (other === own) continue;
      const taken = other.ports.find((each) => clashes(port, each));
      if (taken === undefined) continue;
      const kind = taken.publishMode === 'ingress' ? 'an ingress port' : 'a host-published port';
      throw invalid(
        `port '${port.publishedPort}' is already in use by service '${other.spec.name}' (${other.id}) as ${kind}`,
      );
    }
  }
}

/** Two host-mode ports may be the same: the scheduler keeps them apart. */
function clashes(a: PortConfig, b: PortConfig): boolean {
  if (a.publishedPort !== b.publishedPort || a.protocol !== b.protocol) return false;
  return a.publishMode === 'ingress' || b.publishMode === 'ingress';
}

/** What is wrong with the ports of a spec by themselves (validateEndpointSpec). */
export function checkPorts({ endpoint }: ServiceSpec): void {
  const published = new Set<string>();
  const targets = new Set<string>();
  for (const port of endpoint.ports) {
    if (endpoint.mode === 'dnsrr' && port.publishMode === 'ingress') {
      throw invalid("EndpointSpec: port published with ingress mode can't be used with dnsrr mode");
    }
    const target = `${port.targetPort}/${port.protocol}/${port.publishedPort}`;
    const outer = `${port.publishedPort}/${port.protocol}`;
    if (targets.has(target) || (port.publishedPort !== 0 && published.has(outer))) {
      throw invalid('EndpointSpec: duplicate published ports provided');
    }
    targets.add(target);
    published.add(outer);
  }
}

/** The ports with numbers for those that the swarm is to choose; a service keeps what it had. */
export function allocatePorts(
  spec: ServiceSpec,
  own: Service | null,
  others: Iterable<Service>,
): PortConfig[] {
  const used = new Set<string>();
  for (const { ports } of others) {
    for (const { publishedPort, protocol } of ports) used.add(`${publishedPort}/${protocol}`);
  }
  const kept = [...(own?.ports ?? [])];
  return spec.endpoint.ports.map((port) => {
    if (port.publishedPort !== 0 || port.publishMode === 'host') return port;
    const known = kept.find(
      (each) =>
        each.targetPort === port.targetPort &&
        each.protocol === port.protocol &&
        each.publishedPort >= FIRST_DYNAMIC_PORT,
    );
    const publishedPort = known?.publishedPort ?? firstFree(used, port.protocol);
    used.add(`${publishedPort}/${port.protocol}`);
    return { ...port, publishedPort };
  });
}

function firstFree(used: ReadonlySet<string>, protocol: string): number {
  for (let port = FIRST_DYNAMIC_PORT; port <= LAST_DYNAMIC_PORT; port++) {
    if (!used.has(`${port}/${protocol}`)) return port;
  }
  throw new DockerError('internal', 'dynamic port allocation failed');
}

function invalid(text: string): DockerError {
  return new DockerError('invalid', `rpc error: code = InvalidArgument desc = ${text}`);
}
