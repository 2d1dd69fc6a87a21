/** What the daemon reads of its host. */
import type { Host } from '../../core/host/host.ts';
import { RT_SCOPE_LINK } from '../../core/device/ipv4-configuration.ts';
import { RTN_UNICAST, RT_TABLE_MAIN } from '../../core/namespace/ipv4-route.ts';
import { isIpText, parseIp, type IpAddress } from '../../protocols/ip-address.ts';
import type { HostRoute } from '../ipam/reserved-prefixes.ts';
import { parseResolvConf } from '../names/resolv-conf.ts';

const SYSTEMD_STUB = '127.0.0.53';

/** The host's resolv.conf; where systemd-resolved's stub is the only server, the file with the real ones. */
export function hostResolvConf(host: Host): string {
  const text = host.fileSystem.readText('/etc/resolv.conf') ?? '';
  const { nameservers } = parseResolvConf(text);
  if (nameservers.length !== 1 || nameservers[0] !== SYSTEMD_STUB) return text;
  return host.fileSystem.readText('/run/systemd/resolve/resolv.conf') ?? text;
}

export function hostNameservers(host: Host): IpAddress[] {
  return parseResolvConf(hostResolvConf(host)).nameservers.filter(isIpText).map(parseIp);
}

/** The IPv4 routes of the host's main table. */
export function hostRoutes(host: Host): HostRoute[] {
  const table = host.initNamespace.ipv4.fib.table(RT_TABLE_MAIN);
  return table
    .routes()
    .filter((route) => route.type === RTN_UNICAST)
    .map((route) => ({
      destination:
        route.prefixLength === 0 ? null : { address: route.destination, length: route.prefixLength },
      onLink: route.scope === RT_SCOPE_LINK,
    }));
}
