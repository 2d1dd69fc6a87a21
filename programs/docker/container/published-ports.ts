/** Ports of a container as docker shows them. */
import { formatIp } from '../../../protocols/ip-address.ts';
import type { Container } from '../../../drivers/container/container.ts';
import { isAtLeast, type EngineRelease } from '../../../drivers/engine-release.ts';
import type { PortMapping } from '../../../drivers/ports/port-mapping.ts';
import { comparePortKeys } from '../../../drivers/ports/port-request.ts';
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

/** One address of the host with the ports behind it, for runs of ports in a row. */
interface PortRun {
  readonly protocol: string;
  /** '' for an exposed port that is not published. */
  readonly hostIp: string;
  readonly hostPort: number;
  readonly containerPort: number;
}

/** The PORTS column: `0.0.0.0:8080->80/tcp, :::8080->80/tcp, 443/tcp` (formatter.DisplayablePorts). */
export function portsColumn(container: Container, release: EngineRelease): string {
  if (!container.isRunning) return '';
  const ports = [...portMap(container)].flatMap(([key, bindings]): PortRun[] => {
    const [number = '', protocol = ''] = key.split('/');
    const containerPort = Number(number);
    if (bindings === null) return [{ protocol, hostIp: '', hostPort: 0, containerPort }];
    return publishedPorts(container)
      .get(key)!
      .map(({ hostIp, hostPort }) => ({ protocol, hostIp: formatIp(hostIp), hostPort, containerPort }));
  });
  return groupedRuns(ports)
    .map((run) => runText(run, release))
    .join(', ');
}

type Group = PortRun & { last: number };

/** Ports next to each other that are published under the same numbers are shown as one range. */
function groupedRuns(ports: readonly PortRun[]): Group[] {
  const sorted = [...ports].sort(
    (a, b) =>
      a.containerPort - b.containerPort ||
      (a.hostIp === b.hostIp ? 0 : a.hostIp < b.hostIp ? -1 : 1) ||
      (a.protocol < b.protocol ? -1 : 1),
  );
  const groups: Group[] = [];
  for (const port of sorted) {
    const open = groups.find(
      (group) =>
        group.protocol === port.protocol &&
        group.hostIp === port.hostIp &&
        group.last + 1 === port.containerPort &&
        (port.hostIp === '' ||
          (port.hostPort === port.containerPort && group.hostPort === group.containerPort)),
    );
    if (open !== undefined) open.last = port.containerPort;
    else groups.push({ ...port, last: port.containerPort });
  }
  const isPublished = ({ hostIp }: Group) => Number(hostIp !== '');
  return groups.sort((a, b) => isPublished(b) - isPublished(a));
}

function runText(run: Group, release: EngineRelease): string {
  const range =
    run.last === run.containerPort ? String(run.containerPort) : `${run.containerPort}-${run.last}`;
  const inside = `${range}/${run.protocol}`;
  if (run.hostIp === '') return inside;
  const host = run.hostIp.includes(':') && isAtLeast(release, 28) ? `[${run.hostIp}]` : run.hostIp;
  return `${host}:${run.last === run.containerPort ? run.hostPort : range}->${inside}`;
}
