/** Ports of a container as docker shows them. */
import { formatIp } from '../../../protocols/ip-address.ts';
import type { Container } from '../../../drivers/container/container.ts';
import { isAtLeast, type EngineRelease } from '../../../drivers/engine-release.ts';
import type { PortMapping } from '../../../drivers/ports/port-mapping.ts';
import { comparePortKeys, parsePortKey } from '../../../drivers/ports/port-request.ts';
import type { GoStruct } from '../format/go-value.ts';

/** What is published now, by the container's port as `80/tcp`. */
export function publishedPorts(container: Container): Map<string, PortMapping[]> {
  const ports = new Map<string, PortMapping[]>();
  for (const { portMappings } of container.endpoints) {
    for (const mapping of portMappings) {
      const key = `${mapping.containerPort}/${mapping.protocol}`;
      ports.set(key, [...(ports.get(key) ?? []), mapping]);
    }
  }
  return new Map([...ports].sort(([a], [b]) => comparePortKeys(a, b)));
}

/** `NetworkSettings.Ports`: exposed ports that are not published are null. */
export function portMap(container: Container): Map<string, GoStruct[] | null> {
  const published = publishedPorts(container);
  const keys = new Set([...container.exposedPorts, ...published.keys()]);
  return new Map(
    [...keys].map((key) => [
      key,
      published.get(key)?.map(({ hostIp, hostPort }) => ({
        HostIp: formatIp(hostIp),
        HostPort: String(hostPort),
      })) ?? null,
    ]),
  );
}

/** `0.0.0.0:8080`; IPv6 addresses get brackets from client 28 on. */
export function hostPortText({ hostIp, hostPort }: PortMapping, release: EngineRelease): string {
  const address = formatIp(hostIp);
  return address.includes(':') && isAtLeast(release, 28)
    ? `[${address}]:${hostPort}`
    : `${address}:${hostPort}`;
}

/** One port as the PORTS column has it. */
interface ShownPort {
  readonly protocol: string;
  /** '' for an exposed port that is not published. */
  readonly hostIp: string;
  readonly hostPort: number;
  readonly containerPort: number;
}

/**
 * The PORTS column: `443/tcp, 0.0.0.0:8080->80/tcp, :::8080->80/tcp`. Ports published under their own number, and
 * those not published, come first, runs of them as ranges (formatter.DisplayablePorts).
 */
export function portsColumn(container: Container, release: EngineRelease): string {
  if (!container.isRunning) return '';
  const hostText = (hostIp: string) =>
    hostIp.includes(':') && isAtLeast(release, 28) ? `[${hostIp}]` : hostIp;
  const runs = new Map<string, Run>();
  const finished: string[] = [];
  const others: string[] = [];
  for (const { protocol, hostIp, hostPort, containerPort } of shownPorts(container)) {
    if (hostIp !== '' && hostPort !== containerPort) {
      others.push(`${hostText(hostIp)}:${hostPort}->${containerPort}/${protocol}`);
      continue;
    }
    const key = `${hostIp} ${protocol}`;
    const run = runs.get(key);
    if (run !== undefined && containerPort === run.last + 1) {
      run.last = containerPort;
      continue;
    }
    if (run !== undefined) finished.push(runText(run));
    runs.set(key, { host: hostText(hostIp), protocol, first: containerPort, last: containerPort });
  }
  return [...finished, ...[...runs.values()].map(runText), ...others].join(', ');
}

interface Run {
  readonly host: string;
  readonly protocol: string;
  readonly first: number;
  last: number;
}

function runText({ host, protocol, first, last }: Run): string {
  const range = first === last ? String(first) : `${first}-${last}`;
  return host === '' ? `${range}/${protocol}` : `${host}:${range}->${range}/${protocol}`;
}

function shownPorts(container: Container): ShownPort[] {
  const published = publishedPorts(container);
  const keys = new Set([...container.exposedPorts, ...published.keys()]);
  const ports = [...keys].flatMap((key): ShownPort[] => {
    const { port: containerPort, protocol } = parsePortKey(key);
    const mappings = published.get(key);
    if (mappings === undefined) return [{ protocol, hostIp: '', hostPort: 0, containerPort }];
    return mappings.map(({ hostIp, hostPort }) => ({
      protocol,
      hostIp: formatIp(hostIp),
      hostPort,
      containerPort,
    }));
  });
  const order = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
  return ports.sort(
    (a, b) =>
      a.containerPort - b.containerPort ||
      order(a.hostIp, b.hostIp) ||
      a.hostPort - b.hostPort ||
      order(a.protocol, b.protocol),
  );
}
