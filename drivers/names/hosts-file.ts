/** The text of a container's /etc/hosts (libnetwork etchosts/etchosts.go, sandbox_dns_unix.go). */
import { formatIp, type IpAddress } from '../../protocols/ip-address.ts';
import { isAtLeast, type EngineRelease } from '../engine-release.ts';

/** An entry of `--add-host`, or of a link: several names then stand in one, parted by spaces. */
export interface ExtraHost {
  readonly names: string;
  readonly address: IpAddress;
}

export interface HostsFileOptions {
  readonly release: EngineRelease;
  readonly hostname: string;
  readonly domainname?: string;
  readonly extraHosts?: readonly ExtraHost[];
  /** The container's addresses in the order its interfaces came up; swarm's ingress and gateway bridge left out. */
  readonly addresses: readonly IpAddress[];
  /** False when the container's lo has no ::1: releases from 26 then leave the IPv6 lines out. */
  readonly hasIpv6Loopback?: boolean;
}

/** The file as Docker writes it: the fixed lines, the extra hosts, a line for each address. */
export function hostsFileText(options: HostsFileOptions): string {
  const lines = ['127.0.0.1\tlocalhost', ...ipv6Lines(options)];
  for (const { names, address } of options.extraHosts ?? []) lines.push(`${formatIp(address)}\t${names}`);
  const names = ownNames(options.hostname, options.domainname ?? '');
  for (const address of options.addresses) lines.push(`${formatIp(address)}\t${names}`);
  return lines.join('\n') + '\n';
}

function ipv6Lines(options: HostsFileOptions): string[] {
  const { release, hasIpv6Loopback = true } = options;
  if (!hasIpv6Loopback && isAtLeast(release, 26)) return [];
  const zero = isAtLeast(release, 28) ? '' : '0';
  return [
    '::1\tlocalhost ip6-localhost ip6-loopback',
    `fe00::${zero}\tip6-localnet`,
    `ff00::${zero}\tip6-mcastprefix`,
    'ff02::1\tip6-allnodes',
    'ff02::2\tip6-allrouters',
  ];
}

/** The full name first, then the bare hostname, when there is a domain. */
function ownNames(hostname: string, domainname: string): string {
  const full = domainname === '' ? hostname : `${hostname}.${domainname}`;
  const dot = full.indexOf('.');
  return dot === -1 ? full : `${full} ${full.slice(0, dot)}`;
}

/** A legacy link's names: the alias, the other's hostname, and its container name unless that is the alias. */
export function linkNames(alias: string, hostname: string, containerName: string): string {
  return alias === containerName ? `${alias} ${hostname}` : `${alias} ${hostname} ${containerName}`;
}
