import {
  ipPrefixContains,
  isIpv4Prefix,
  parseIp,
  parseIpPrefix,
  formatIpPrefix,
  type IpPrefix,
} from '../../../protocols/ip-address.ts';
import { DRIVERS } from '../../../programs/compose-file/schema/network.ts';
import type { Path } from '../../../programs/compose-file/yaml-source.ts';
import { suggestion } from '../../../programs/compose-file/suggest.ts';
import { dockerHosts, type Draft, type Report } from './draft.ts';

/** A subnet that Docker's IPAM is asked for, in one address space (local to a host, or the swarm's). */
interface Pool {
  readonly prefix: IpPrefix;
  readonly owner: string;
  readonly path: Path | undefined;
  /** Hosts that have it; undefined: the swarm's address space. */
  readonly hosts: readonly string[] | undefined;
}

/** Drivers exist; addresses lie in their subnets; subnets of one address space do not overlap. */
export function checkNetworks(draft: Draft, report: Report): void {
  const pools = dockerHosts(draft).flatMap((host) => defaultBridgePool(draft, host));
  for (const [key, network] of Object.entries(draft.networks)) {
    const base = ['networks', key];
    if (network.driver !== undefined && !DRIVERS.includes(network.driver as (typeof DRIVERS)[number])) {
      report(
        [...base, 'driver'],
        `there is no network driver "${network.driver}"`,
        suggestion(network.driver, DRIVERS),
      );
    }
    if (network.driver === 'overlay' && draft.swarm === undefined && !network.external) {
      report([...base, 'driver'], 'an overlay network needs a swarm', 'add swarm: { managers: [HOST] }');
    }
    if (network.host !== undefined && !Object.hasOwn(draft.hosts, network.host)) {
      report(
        [...base, 'x-host'],
        `there is no host "${network.host}"`,
        suggestion(network.host, Object.keys(draft.hosts)),
      );
    }
    network.ipam.forEach((config, i) => checkIpam(config, [...base, 'ipam', 'config', i], report));
    pools.push(...networkPools(draft, key));
  }
  pools.forEach((pool, i) => {
    const clash = pools.slice(0, i).find((other) => overlap(pool, other));
    if (clash === undefined || pool.path === undefined) return;
    const text = formatIpPrefix(pool.prefix);
    report(
      pool.path,
      `subnet ${text} overlaps ${formatIpPrefix(clash.prefix)} of ${clash.owner}`,
      'choose another subnet',
    );
  });
}

function defaultBridgePool(draft: Draft, host: string): Pool[] {
  const config = draft.hosts[host]!.docker!;
  if (config.bridge === 'none' || (config.bip === undefined && config['default-address-pools'] !== undefined))
    return [];
  const prefix = config.bip ?? parseIpPrefix('172.17.0.0/16');
  return [{ prefix, owner: `the default bridge of ${host}`, path: undefined, hosts: [host] }];
}

function networkPools(draft: Draft, key: string): Pool[] {
  const network = draft.networks[key]!;
  const isSwarm = network.driver === 'overlay';
  return network.ipam.flatMap((config, i): Pool[] => {
    if (config.subnet === undefined) return [];
    return [
      {
        prefix: parseIpPrefix(config.subnet),
        owner: `network "${key}"`,
        path: ['networks', key, 'ipam', 'config', i, 'subnet'],
        hosts: isSwarm ? undefined : hostsOf(draft, key),
      },
    ];
  });
}

/** The hosts on which Compose would make this network: those of the services on it, or all when there is none. */
function hostsOf(draft: Draft, key: string): readonly string[] {
  const own = draft.networks[key]!.host;
  if (own !== undefined) return [own];
  const users = Object.values(draft.services).filter(
    (service) => service.networks && Object.hasOwn(service.networks, key),
  );
  const hosts = users.map((service) => service.host);
  return hosts.length === 0 || hosts.includes(undefined) ? dockerHosts(draft) : (hosts as string[]);
}

function overlap(a: Pool, b: Pool): boolean {
  const sharesSpace =
    a.hosts === undefined || b.hosts === undefined
      ? a.hosts === b.hosts
      : a.hosts.some((host) => b.hosts!.includes(host));
  if (!sharesSpace || isIpv4Prefix(a.prefix) !== isIpv4Prefix(b.prefix)) return false;
  return ipPrefixContains(a.prefix, b.prefix.address) || ipPrefixContains(b.prefix, a.prefix.address);
}

function checkIpam(config: Draft['networks'][string]['ipam'][number], path: Path, report: Report): void {
  if (config.subnet === undefined) {
    for (const key of ['ip_range', 'gateway', 'aux_addresses'] as const) {
      if (config[key] !== undefined) report([...path, key], `${key} needs a subnet`, 'add subnet: beside it');
    }
    return;
  }
  const subnet = parseIpPrefix(config.subnet);
  const inside = (text: string) => ipPrefixContains(subnet, parseIp(text));
  const hint = `it must lie in ${config.subnet}`;
  if (config.gateway !== undefined && !inside(config.gateway)) {
    report([...path, 'gateway'], `the gateway ${config.gateway} is outside the subnet`, hint);
  }
  if (config.ip_range !== undefined) {
    const range = parseIpPrefix(config.ip_range);
    if (!ipPrefixContains(subnet, range.address) || range.length < subnet.length) {
      report([...path, 'ip_range'], `ip_range ${config.ip_range} is outside the subnet`, hint);
    }
  }
  for (const [name, address] of Object.entries(config.aux_addresses ?? {})) {
    if (!inside(address)) report([...path, 'aux_addresses', name], `${address} is outside the subnet`, hint);
  }
}
