/** Where the embedded DNS looks names up, and in which order (libnetwork sandbox.go ResolveName, resolveName). */
import { canonicalDnsName } from '../../protocols/dns/index.ts';
import type { IpAddress } from '../../protocols/ip-address.ts';

export type AddressFamily = 4 | 6;

/** The names of one network. Names are given in lower case without a last dot. */
export interface NetworkNames {
  /** The network's name. */
  readonly name: string;
  /** The name's addresses of a family: empty when it has only others, null when the network does not know it. */
  lookup(name: string, family: AddressFamily): readonly IpAddress[] | null;
  /** The name behind an address, without the network's; null when there is none. */
  reverse(address: IpAddress): string | null;
}

/** One endpoint of the container that asks. */
export interface NameEndpoint {
  readonly network: NetworkNames;
  /** `--link name:alias` on this endpoint, from alias to name. */
  readonly linkAliases: ReadonlyMap<string, string>;
}

/** The endpoints of the container that asks, in the order their networks are searched. */
export interface NameSource {
  readonly endpoints: readonly NameEndpoint[];
}

/**
 * The addresses of a name: null when no network knows it, empty when it has none of the family. `a.b.c` is tried
 * as itself on every network, then as `a.b` on a network `c`, then as `a` on a network `b.c`.
 */
export function resolveName(
  source: NameSource,
  queryName: string,
  family: AddressFamily,
): readonly IpAddress[] | null {
  const name = canonicalDnsName(queryName);
  let end = name.length;
  while (end > 0) {
    const network = end === name.length ? null : name.slice(end + 1);
    const found = resolveOn(source, name.slice(0, end), network, family);
    if (found !== null) return found;
    end = name.lastIndexOf('.', end - 1);
  }
  return null;
}

/** One candidate: link aliases first, then names. */
function resolveOn(
  source: NameSource,
  name: string,
  network: string | null,
  family: AddressFamily,
): readonly IpAddress[] | null {
  const endpoints = source.endpoints.filter(
    (endpoint) => network === null || canonicalDnsName(endpoint.network.name) === network,
  );
  const linked = firstWithAddresses(endpoints, (endpoint) => {
    const target = endpoint.linkAliases.get(name);
    return target === undefined ? null : endpoint.network.lookup(canonicalDnsName(target), family);
  });
  if (linked !== null) return linked;
  return firstWithAddresses(endpoints, (endpoint) =>
    endpoint.linkAliases.has(name) ? null : endpoint.network.lookup(name, family),
  );
}

/** The first answer with addresses; else an empty one when any network knows the name. */
function firstWithAddresses(
  endpoints: readonly NameEndpoint[],
  lookup: (endpoint: NameEndpoint) => readonly IpAddress[] | null,
): readonly IpAddress[] | null {
  let known: readonly IpAddress[] | null = null;
  for (const endpoint of endpoints) {
    const addresses = lookup(endpoint);
    if (addresses !== null && addresses.length > 0) return addresses;
    known ??= addresses;
  }
  return known;
}

/** The name of an address, `name.network`; null when no network knows it. */
export function resolveAddress(source: NameSource, address: IpAddress): string | null {
  for (const { network } of source.endpoints) {
    const name = network.reverse(address);
    if (name !== null) return `${name}.${network.name}`;
  }
  return null;
}
