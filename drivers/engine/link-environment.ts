import { formatIpv4 } from '../../protocols/ipv4-address.ts';
import type { PortProtocol } from '../ports/port-mapping.ts';
import type { Container } from './container.ts';

/** The environment variables of a legacy link (daemon/links/links.go). */
export function linkEnvironment(
  containerName: string,
  alias: string,
  target: Container,
  address: number,
  exposed: readonly { port: number; protocol: PortProtocol }[],
): [string, string][] {
  const prefix = alias.toUpperCase().replace(/-/g, '_');
  const ip = formatIpv4(address);
  const variables: [string, string][] = [[`${prefix}_NAME`, `/${containerName}/${alias}`]];
  const sorted = [...exposed].sort((a, b) => a.port - b.port);
  const first = sorted[0];
  if (first !== undefined) variables.push([`${prefix}_PORT`, `${first.protocol}://${ip}:${first.port}`]);
  for (const { port, protocol } of sorted) {
    const base = `${prefix}_PORT_${port}_${protocol.toUpperCase()}`;
    variables.push(
      [base, `${protocol}://${ip}:${port}`],
      [`${base}_ADDR`, ip],
      [`${base}_PORT`, String(port)],
      [`${base}_PROTO`, protocol],
    );
  }
  for (const [name, value] of target.config.environment ?? []) {
    if (name !== 'PATH' && name !== 'HOME') variables.push([`${prefix}_ENV_${name}`, value]);
  }
  return variables;
}
