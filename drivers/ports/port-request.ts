/** Ports as `docker run -p` and the API have them (docker/go-connections nat). */
import { DockerError } from '../docker-error.ts';

export type PortProtocol = 'tcp' | 'udp' | 'sctp';

/** A host address and port, or range of ports, of a published port; both may be empty. */
export interface PortBinding {
  readonly hostIp: string;
  readonly hostPort: string;
}

/** A container's port that is to be published once. */
export interface PortRequest {
  readonly protocol: PortProtocol;
  readonly containerPort: number;
  /** '' for the network's default. */
  readonly hostIp: string;
  /** 0 for any; with `hostPortEnd` higher, one of the range. */
  readonly hostPort: number;
  readonly hostPortEnd: number;
}

/** `80/tcp` taken apart. */
export function parsePortKey(key: string): { port: number; protocol: PortProtocol } {
  const [port = '', protocol = 'tcp'] = key.split('/');
  return { port: Number(port), protocol: protocol as PortProtocol };
}

/** Orders `80/tcp` keys: by number, then tcp before udp. */
export function comparePortKeys(a: string, b: string): number {
  const left = parsePortKey(a);
  const right = parsePortKey(b);
  return (
    left.port - right.port || (left.protocol < right.protocol ? -1 : left.protocol > right.protocol ? 1 : 0)
  );
}

/**
 * What is published of a container: every binding, and with `-P` every exposed port without one. Bindings with a
 * host port come first, so that ports picked by Docker do not take them (nat.SortPortMap).
 */
export function portRequests(
  bindings: ReadonlyMap<string, readonly PortBinding[]>,
  exposed: readonly string[],
  publishAll: boolean,
): PortRequest[] {
  const requests: PortRequest[] = [];
  for (const key of [...bindings.keys()].sort(comparePortKeys)) {
    const { port, protocol } = parsePortKey(key);
    for (const binding of bindings.get(key)!) requests.push(requestOf(protocol, port, binding));
  }
  if (publishAll) {
    for (const key of [...exposed].sort(comparePortKeys)) {
      if (bindings.has(key)) continue;
      const { port, protocol } = parsePortKey(key);
      requests.push({ protocol, containerPort: port, hostIp: '', hostPort: 0, hostPortEnd: 0 });
    }
  }
  return [...requests.filter((each) => each.hostPort > 0), ...requests.filter((each) => each.hostPort === 0)];
}

function requestOf(protocol: PortProtocol, containerPort: number, binding: PortBinding): PortRequest {
  const [first, last] = parsePortRange(binding.hostPort);
  return { protocol, containerPort, hostIp: binding.hostIp, hostPort: first, hostPortEnd: last };
}

/** `8000` or `8000-8005`; '' is 0. */
export function parsePortRange(text: string): [number, number] {
  if (text === '') return [0, 0];
  const [first = '', last = first] = text.split('-');
  const range: [number, number] = [Number(first), Number(last)];
  if (!/^\d+(-\d+)?$/.test(text) || range[1] > 65535 || range[1] < range[0]) {
    throw new DockerError('invalid', `invalid port specification: "${text}"`);
  }
  return range;
}
