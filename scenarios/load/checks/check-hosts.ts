import { formatIp, ipPrefixContains, type IpAddress } from '../../../protocols/ip-address.ts';
import { formatMac } from '../../../protocols/mac-address.ts';
import { suggestion } from '../../../programs/compose-file/suggest.ts';
import type { Draft, Report } from './draft.ts';

interface Owner {
  readonly host: string;
  readonly interface: string;
  readonly link: string | undefined;
}

/** Addresses and MACs are used once where they can meet; gateways and routes lead somewhere. */
export function checkHosts(draft: Draft, report: Report): void {
  const links = linkOfEnds(draft);
  const addresses = new Map<string, Owner[]>();
  const macs = new Map<string, Owner[]>();
  for (const [hostName, host] of Object.entries(draft.hosts)) {
    for (const [name, card] of Object.entries(host.interfaces)) {
      const base = ['hosts', hostName, 'interfaces', name];
      const owner: Owner = { host: hostName, interface: name, link: links.get(`${hostName}/${name}`) };
      card.addresses.forEach((prefix, i) => {
        const text = formatIp(prefix.address);
        const clash = claim(addresses, text, owner);
        const path = [...base, ...card.addressPaths[i]!];
        if (clash !== undefined)
          report(path, `${text} is the address of ${clash} already`, 'give each its own address');
      });
      if (card.mac !== undefined) {
        const clash = claim(macs, formatMac(card.mac), owner);
        if (clash !== undefined)
          report(
            [...base, 'mac'],
            `${formatMac(card.mac)} is the MAC of ${clash} already`,
            'give each its own, or leave mac out',
          );
      }
      checkGateways(card.gateways, card.addresses, base, report);
    }
    host.routes.forEach((route, i) => checkRoute(draft, hostName, route, i, report));
  }
}

function linkOfEnds(draft: Draft): Map<string, string> {
  const out = new Map<string, string>();
  for (const [name, link] of Object.entries(draft.links)) {
    for (const end of link.ends) out.set(`${end.host}/${end.interface}`, name);
  }
  return out;
}

/** Takes `key` for `owner`; returns who has it already and could be met: on the same host, or not across links. */
function claim(taken: Map<string, Owner[]>, key: string, owner: Owner): string | undefined {
  const owners = taken.get(key) ?? [];
  const apart = (other: Owner) =>
    other.host !== owner.host &&
    other.link !== undefined &&
    owner.link !== undefined &&
    other.link !== owner.link;
  const clash = owners.find((other) => !apart(other));
  taken.set(key, [...owners, owner]);
  return clash && `${clash.host}/${clash.interface}`;
}

function checkGateways(
  gateways: readonly IpAddress[],
  prefixes: readonly Parameters<typeof ipPrefixContains>[0][],
  base: readonly string[],
  report: Report,
): void {
  const families = new Set<string>();
  gateways.forEach((gateway, i) => {
    const text = formatIp(gateway);
    const family = typeof gateway === 'number' ? 'IPv4' : 'IPv6';
    const path = gateways.length > 1 ? [...base, 'gateway', i] : [...base, 'gateway'];
    if (families.has(family)) report(path, `a second ${family} gateway`, 'add the route under routes');
    families.add(family);
    const isLinkLocal = family === 'IPv6' && text.startsWith('fe80:');
    if (!isLinkLocal && !prefixes.some((prefix) => ipPrefixContains(prefix, gateway))) {
      report(
        path,
        `the gateway ${text} is in no subnet of this interface`,
        'check the gateway and the prefix length',
      );
    }
    if (prefixes.some((prefix) => formatIp(prefix.address) === text)) {
      report(path, `the gateway ${text} is this interface's own address`, 'name the next router');
    }
  });
}

function checkRoute(
  draft: Draft,
  hostName: string,
  route: Draft['hosts'][string]['routes'][number],
  index: number,
  report: Report,
): void {
  const host = draft.hosts[hostName]!;
  const path = ['hosts', hostName, 'routes', index];
  const { via, dev } = route;
  if (via === undefined && dev === undefined)
    report(path, 'a route needs via or dev', 'as { to: default, via: 192.168.99.1 }');
  if (
    dev !== undefined &&
    !Object.hasOwn(host.interfaces, dev) &&
    host.docker === undefined &&
    host.run.length === 0
  ) {
    report(
      [...path, 'dev'],
      `${hostName} has no interface "${dev}"`,
      suggestion(dev, Object.keys(host.interfaces)),
    );
  }
  if (via === undefined || dev !== undefined) return;
  const prefixes = Object.values(host.interfaces).flatMap((card) => card.addresses);
  if (host.docker === undefined && !prefixes.some((prefix) => ipPrefixContains(prefix, via))) {
    report([...path, 'via'], `${formatIp(via)} is in no subnet of ${hostName}`, 'via names a neighbour');
  }
}
