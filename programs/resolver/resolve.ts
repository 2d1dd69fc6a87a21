import type { Process } from '../../core/host/process.ts';
import { formatIp, isIpText, parseIp, sameIp, type IpAddress } from '../../protocols/ip-address.ts';
import {
  DNS_RCODE,
  DNS_TYPE,
  canonicalDnsName,
  isDnsName,
  reverseName,
  type DnsMessage,
} from '../../protocols/dns/index.ts';
import type { Ipv6Address } from '../../protocols/ipv6-address.ts';
import type { Run } from '../line-input.ts';
import { exchangeQueries } from './dns-exchange.ts';
import { parseHostsFile } from './hosts-file.ts';
import { parseResolverConfig, type ResolverConfig } from './resolv-conf.ts';

/*
 * Host names as glibc resolves them with `hosts: files dns`: literals, /etc/hosts, then DNS with the search list.
 * The programs of both userlands are linked with it (busybox as Debian's static build is). Not modelled: musl's
 * resolver, which asks all servers at once; nsswitch.conf; DNS over TCP after a truncated answer.
 */

/** Which addresses are asked for: AF_INET, AF_INET6 or AF_UNSPEC. */
export type AddressFamily = 'inet' | 'inet6' | 'unspec';

export interface ResolvedHost {
  canonicalName: string;
  ipv4: number[];
  ipv6: Ipv6Address[];
}

/** Why a name has no address (gai_strerror's texts). */
export type ResolveFailure =
  | 'Name or service not known'
  | 'Temporary failure in name resolution'
  | 'No address associated with hostname'
  | 'Address family for hostname not supported';

const QUERY_TYPES = {
  inet: [DNS_TYPE.A],
  inet6: [DNS_TYPE.AAAA],
  unspec: [DNS_TYPE.A, DNS_TYPE.AAAA],
} as const;

export function resolverConfig(proc: Process): ResolverConfig {
  const { fileSystem, uts } = proc.context;
  return parseResolverConfig(fileSystem.readText('/etc/resolv.conf'), uts.hostname);
}

/** getaddrinfo(3): the addresses of a name, or why there are none. */
export function* resolveHost(
  proc: Process,
  name: string,
  family: AddressFamily = 'unspec',
): Run<ResolvedHost | ResolveFailure> {
  if (isIpText(name)) return literal(name, family);
  const fromFile = lookupHostsFile(proc, name, family);
  if (fromFile !== null) return fromFile;
  if (!isDnsName(name)) return 'Name or service not known';
  return yield* lookupDns(proc, name, family);
}

/** The same for callers that speak IPv4 alone: the first address, or null. */
export function* resolveIpv4(proc: Process, name: string): Run<number | null> {
  const result = yield* resolveHost(proc, name, 'inet');
  return typeof result === 'string' ? null : (result.ipv4[0] ?? null);
}

/** getnameinfo(3): the name of an address, null when it has none. */
export function* resolveAddress(proc: Process, address: IpAddress): Run<string | null> {
  const entry = parseHostsFile(proc.context.fileSystem.readText('/etc/hosts')).find((candidate) =>
    sameIp(candidate.address, address),
  );
  if (entry !== undefined) return entry.names[0]!;
  const replies = yield* exchangeQueries(proc, resolverConfig(proc), reverseName(address), [DNS_TYPE.PTR]);
  const record = replies?.[0]?.answers.find(({ type }) => type === DNS_TYPE.PTR);
  return record?.data.kind === 'name' ? record.data.name : null;
}

function literal(text: string, family: AddressFamily): ResolvedHost | ResolveFailure {
  const address = parseIp(text);
  const isIpv4 = typeof address === 'number';
  if (family === (isIpv4 ? 'inet6' : 'inet')) return 'Address family for hostname not supported';
  return {
    canonicalName: formatIp(address),
    ipv4: typeof address === 'number' ? [address] : [],
    ipv6: typeof address === 'number' ? [] : [address],
  };
}

function lookupHostsFile(proc: Process, name: string, family: AddressFamily): ResolvedHost | null {
  const wanted = canonicalDnsName(name);
  const entries = parseHostsFile(proc.context.fileSystem.readText('/etc/hosts')).filter(({ names }) =>
    names.some((candidate) => canonicalDnsName(candidate) === wanted),
  );
  const ipv4: number[] = [];
  const ipv6: Ipv6Address[] = [];
  for (const { address } of entries) {
    if (typeof address === 'number') {
      if (family !== 'inet6') ipv4.push(address);
    } else if (family !== 'inet') ipv6.push(address);
  }
  if (ipv4.length + ipv6.length === 0) return null;
  return { canonicalName: entries[0]!.names[0]!, ipv4, ipv6 };
}

/** The names that are tried, in order (__res_context_search). */
export function searchNames(name: string, config: ResolverConfig): string[] {
  if (name.endsWith('.')) return [name.slice(0, -1)];
  const dots = name.split('.').length - 1;
  const qualified = config.search.map((domain) => `${name}.${domain.replace(/\.$/, '')}`);
  return dots >= config.ndots ? [name, ...qualified] : [...qualified, name];
}

function* lookupDns(proc: Process, name: string, family: AddressFamily): Run<ResolvedHost | ResolveFailure> {
  const config = resolverConfig(proc);
  let failure: ResolveFailure = 'Name or service not known';
  for (const candidate of searchNames(name, config)) {
    const replies = yield* exchangeQueries(proc, config, candidate, QUERY_TYPES[family]);
    if (replies === null) return 'Temporary failure in name resolution';
    const host = collectAddresses(candidate, replies);
    if (host.ipv4.length + host.ipv6.length > 0) return host;
    if (replies.some(({ rcode }) => rcode === DNS_RCODE.NOERROR))
      failure = 'No address associated with hostname';
  }
  return failure;
}

/** The addresses in the answers, following CNAMEs. */
function collectAddresses(name: string, replies: readonly DnsMessage[]): ResolvedHost {
  const host: ResolvedHost = { canonicalName: name, ipv4: [], ipv6: [] };
  for (const reply of replies) {
    let owner = canonicalDnsName(name);
    for (const record of reply.answers) {
      if (canonicalDnsName(record.name) !== owner) continue;
      if (record.type === DNS_TYPE.CNAME && record.data.kind === 'name') {
        owner = canonicalDnsName(record.data.name);
        host.canonicalName = record.data.name;
      }
      if (record.data.kind === 'A') host.ipv4.push(record.data.address);
      if (record.data.kind === 'AAAA') host.ipv6.push(record.data.address);
    }
  }
  return host;
}
