/** `-p` and `--expose` (docker/go-connections nat/nat.go, parse.go; docker/cli opts/port.go). */
import { isIpText } from '../../../protocols/ip-address.ts';
import type { PortBinding } from '../../../drivers/ports/port-request.ts';
import { splitPair } from '../flags.ts';
import { OptionError } from './option-error.ts';

/** Published ports by the container's port, as `80/tcp`. */
export function parsePublishOptions(texts: readonly string[]): Map<string, PortBinding[]> {
  const bindings = new Map<string, PortBinding[]>();
  for (const text of texts) {
    for (const [key, binding] of parsePublish(text.includes('=') ? shortForm(text) : text)) {
      bindings.set(key, [...(bindings.get(key) ?? []), binding]);
    }
  }
  return bindings;
}

/** `target=80,published=8080,protocol=tcp` in the other notation. */
function shortForm(text: string): string {
  const fields = new Map(text.split(',').map(splitPair));
  for (const name of fields.keys()) {
    if (!['target', 'published', 'protocol', 'mode', 'host_ip'].includes(name)) {
      throw new OptionError(`invalid publish opts format (should be name=value but got '${name}')`);
    }
  }
  const hostIp = fields.get('host_ip');
  const published = fields.get('published') ?? '';
  return `${hostIp === undefined ? '' : `${hostIp}:`}${published}:${fields.get('target') ?? ''}/${fields.get('protocol') ?? 'tcp'}`;
}

/** `[ip:][hostPort[-end]:]port[-end][/protocol]` */
function parsePublish(text: string): [string, PortBinding][] {
  const parts = text.split(':');
  const target = parts.pop()!;
  const hostPort = parts.pop() ?? '';
  const hostIp = parts.join(':').replace(/^\[(.*)\]$/, '$1');
  const [ports = '', protocol = ''] = target.split('/');
  if (hostIp !== '' && !isIpText(hostIp)) throw new OptionError(`Invalid ip address: ${hostIp}`);
  if (ports === '') throw new OptionError(`No port specified: ${text}<empty>`);
  const container = portRange(ports, `Invalid containerPort: ${ports}`);
  const host = hostPort === '' ? null : portRange(hostPort, `Invalid hostPort: ${hostPort}`);
  const extra = container[1] - container[0];
  if (host !== null && host[1] - host[0] !== extra && extra > 0) {
    throw new OptionError(`Invalid ranges specified for container and host Ports: ${ports} and ${hostPort}`);
  }
  const proto = protocolName(protocol);
  return Array.from({ length: extra + 1 }, (_, i): [string, PortBinding] => [
    `${container[0] + i}/${proto}`,
    { hostIp, hostPort: host === null ? '' : hostPortText(host, extra, i) },
  ]);
}

/** One container port with a range of host ports takes any of them. */
function hostPortText(host: readonly [number, number], extra: number, i: number): string {
  return extra === 0 && host[0] !== host[1] ? `${host[0]}-${host[1]}` : String(host[0] + i);
}

/** `80`, `8000-8005`, `53/udp`: the ports as `80/tcp`. */
export function parseExposeOptions(texts: readonly string[]): string[] {
  return texts.flatMap((text) => {
    if (text.includes(':')) throw new OptionError(`invalid port format for --expose: ${text}`);
    const [ports = '', protocol = ''] = text.split('/');
    const [first, last] = portRange(ports, `invalid range format for --expose: ${ports}`);
    const proto = protocolName(protocol);
    return Array.from({ length: last - first + 1 }, (_, i) => `${first + i}/${proto}`);
  });
}

function portRange(text: string, complaint: string): [number, number] {
  const match = /^(\d+)(?:-(\d+))?$/.exec(text);
  const first = Number(match?.[1]);
  const last = Number(match?.[2] ?? match?.[1]);
  if (match === null || last > 65535 || first > last) throw new OptionError(complaint);
  return [first, last];
}

function protocolName(text: string): string {
  const name = text.toLowerCase();
  if (name === '') return 'tcp';
  if (!['tcp', 'udp', 'sctp'].includes(name)) throw new OptionError(`Invalid proto: ${text}`);
  return name;
}
