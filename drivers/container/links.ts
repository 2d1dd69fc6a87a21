/** Legacy links of the default bridge: names, variables (moby daemon/links, container_operations_unix.go). */
import { formatIp } from '../../protocols/ip-address.ts';
import { DockerError } from '../docker-error.ts';
import type { LinkedPeer } from '../driver.ts';
import { linkNames, type ExtraHost } from '../names/hosts-file.ts';
import { comparePortKeys, parsePortKey } from '../ports/port-request.ts';
import type { Container } from './container.ts';

/** `name:alias` or `name` (opts.ParseLink). */
export function parseLink(text: string): { name: string; alias: string } {
  const parts = text.split(':');
  if (text === '' || parts.length > 2) throw new DockerError('invalid', `bad format for links: ${text}`);
  const [name = '', alias = name] = parts;
  return { name, alias: alias.replace(/^.*\//, '') };
}

/** The linked container's address on the default bridge, which it must be on, running. */
function linkedAddress(parent: Container, alias: string, child: Container): number {
  const address = child.endpointOn('bridge')?.lease4?.address;
  if (!child.isRunning || typeof address !== 'number') {
    throw new DockerError(
      'invalid',
      `Cannot link to a non running container: /${child.name} AS /${parent.name}/${alias}`,
    );
  }
  return address;
}

/** The entries of /etc/hosts. */
export function linkHosts(container: Container): ExtraHost[] {
  return [...container.links].map(([alias, child]) => ({
    names: linkNames(alias, child.hostname, child.name),
    address: linkedAddress(container, alias, child),
  }));
}

/** What icc=false must let through. */
export function linkedPeers(container: Container): LinkedPeer[] {
  return [...container.links].map(([alias, child]) => ({
    address: linkedAddress(container, alias, child),
    ports: child.exposedPorts.map(parsePortKey),
  }));
}

/** The variables that tell a container of those it is linked to. */
export function linkEnvironment(container: Container): string[] {
  return [...container.links].flatMap(([alias, child]) => {
    const address = formatIp(linkedAddress(container, alias, child));
    return oneLinkEnvironment(container.name, alias, child, address);
  });
}

function oneLinkEnvironment(parentName: string, alias: string, child: Container, address: string): string[] {
  const prefix = alias.replaceAll('-', '_').toUpperCase();
  const ports = [...child.exposedPorts].sort(comparePortKeys).map(parsePortKey);
  const url = ({ port, protocol }: { port: number; protocol: string }) => `${protocol}://${address}:${port}`;
  const variables: string[] = [];
  if (ports[0] !== undefined) variables.push(`${prefix}_PORT=${url(ports[0])}`);
  for (const each of ports) {
    const name = `${prefix}_PORT_${each.port}_${each.protocol.toUpperCase()}`;
    variables.push(
      `${name}=${url(each)}`,
      `${name}_ADDR=${address}`,
      `${name}_PORT=${each.port}`,
      `${name}_PROTO=${each.protocol}`,
    );
  }
  variables.push(`${prefix}_NAME=/${parentName}/${alias}`);
  for (const variable of [...child.image.environment, ...child.config.environment]) {
    const [name = '', ...value] = variable.split('=');
    if (name !== 'HOME' && name !== 'PATH') variables.push(`${prefix}_ENV_${name}=${value.join('=')}`);
  }
  return variables;
}
