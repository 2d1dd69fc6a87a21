/**
 * The text of a container's /etc/resolv.conf (libnetwork resolvconf and sandbox_dns_unix.go; from 26 moby
 * internal/resolvconf, moby#47041). Not modelled: the search for systemd-resolved's file, which the caller does, and the
 * notes that 26 and later add about malformed host files and missing name servers.
 */
import { isIpv4Text } from '../../protocols/ipv4-address.ts';
import { isAtLeast, type EngineRelease } from '../engine-release.ts';

/** What a resolv.conf says. */
export interface ResolvConf {
  readonly nameservers: readonly string[];
  readonly search: readonly string[];
  readonly options: readonly string[];
}

/** `--dns`, `--dns-search` and `--dns-option`, or the daemon's; an empty list leaves the host's in place. */
export type DnsOverrides = ResolvConf;

export const NO_OVERRIDES: DnsOverrides = { nameservers: [], search: [], options: [] };

/** The embedded DNS server's address in every container that has one. */
export const EMBEDDED_DNS_ADDRESS = '127.0.0.11';

const DEFAULT_NAMESERVERS = ['8.8.8.8', '8.8.4.4'];
const DEFAULT_NAMESERVERS_IPV6 = ['2001:4860:4860::8888', '2001:4860:4860::8844'];

/** Reads a resolv.conf: the last `search` or `domain` line wins, as in resolv.conf(5). */
export function parseResolvConf(text: string): ResolvConf {
  const nameservers: string[] = [];
  let search: string[] = [];
  const options: string[] = [];
  for (const line of text.split('\n')) {
    const [keyword = '', ...words] = line
      .replace(/[#;].*/, '')
      .trim()
      .split(/\s+/);
    if (keyword === 'nameserver' && words[0] !== undefined) nameservers.push(words[0]);
    if (keyword === 'search' || keyword === 'domain') search = words;
    if (keyword === 'options') options.push(...words);
  }
  return { nameservers, search, options };
}

/** True for name servers that a container cannot reach: they listen on the host's loopback. */
export function isLoopbackNameserver(address: string): boolean {
  return address.startsWith('127.') || address === '::1';
}

export interface ResolvConfOptions {
  readonly release: EngineRelease;
  /** The host's file. */
  readonly hostText: string;
  readonly overrides?: DnsOverrides;
  /** True when the container has an IPv6 address: IPv6 name servers are then kept. */
  readonly hasIpv6?: boolean;
}

function overridden(options: ResolvConfOptions): ResolvConf {
  const host = parseResolvConf(options.hostText);
  const { nameservers, search, options: words } = options.overrides ?? NO_OVERRIDES;
  return {
    nameservers: nameservers.length > 0 ? nameservers : host.nameservers,
    search: (search.length > 0 ? search : host.search).filter((domain) => domain !== '.'),
    options: words.length > 0 ? words : host.options,
  };
}

/** The name servers that a container may use without the embedded one; Google's when none is left. */
function reachableNameservers(options: ResolvConfOptions, nameservers: readonly string[]): readonly string[] {
  if ((options.overrides?.nameservers.length ?? 0) > 0) return nameservers;
  const hasIpv6 = options.hasIpv6 ?? false;
  const kept = nameservers.filter((each) => !isLoopbackNameserver(each) && (hasIpv6 || isIpv4Text(each)));
  if (kept.length > 0) return kept;
  return hasIpv6 ? [...DEFAULT_NAMESERVERS, ...DEFAULT_NAMESERVERS_IPV6] : DEFAULT_NAMESERVERS;
}

/** The file of a container on the default bridge: the host's, without what cannot work there. */
export function defaultBridgeResolvConf(options: ResolvConfOptions): string {
  const merged = overridden(options);
  const conf = { ...merged, nameservers: reachableNameservers(options, merged.nameservers) };
  if (!isAtLeast(options.release, 26)) return classicText(conf);
  return commentedText(conf, [
    "# Based on host file: '/etc/resolv.conf' (legacy)",
    `# Overrides: ${overridesNote(options.overrides)}`,
  ]);
}

/** A name server that the embedded DNS forwards to, and whether it is asked from the host's namespace. */
export interface ExternalServer {
  readonly address: string;
  readonly fromHost: boolean;
}

/**
 * The name servers that the embedded DNS forwards to. The user's are asked from the container's namespace; the
 * host's from the host's, up to release 27 only those on its loopback.
 */
export function externalServers(options: ResolvConfOptions): ExternalServer[] {
  const { nameservers } = overridden(options);
  if ((options.overrides?.nameservers.length ?? 0) > 0) {
    return nameservers.map((address) => ({ address, fromHost: false }));
  }
  if (isAtLeast(options.release, 28)) return nameservers.map((address) => ({ address, fromHost: true }));
  const usable = nameservers.filter((each) => isIpv4Text(each) || (options.hasIpv6 ?? false));
  const servers = usable.map((address) => ({ address, fromHost: isLoopbackNameserver(address) }));
  return servers.length > 0 ? servers : DEFAULT_NAMESERVERS.map((address) => ({ address, fromHost: false }));
}

/** Whether a user's or the host's options set ndots: names without a dot are then never forwarded. */
export function isNdotsSet(options: ResolvConfOptions): boolean {
  return overridden(options).options.some((option) => /^ndots:\d+$/.test(option));
}

/** The file of a container with the embedded DNS server. */
export function embeddedDnsResolvConf(options: ResolvConfOptions): string {
  const merged = overridden(options);
  const ndotsSet = isNdotsSet(options);
  const conf: ResolvConf = {
    nameservers: [EMBEDDED_DNS_ADDRESS],
    search: merged.search,
    options: ndotsSet ? merged.options : [...merged.options, 'ndots:0'],
  };
  if (!isAtLeast(options.release, 26)) return classicText(conf);
  const servers = externalServers(options).map(({ address, fromHost }) =>
    fromHost ? `host(${address})` : address,
  );
  const userSetsOptions = (options.overrides?.options.length ?? 0) > 0;
  return commentedText(conf, [
    "# Based on host file: '/etc/resolv.conf' (internal resolver)",
    `# ExtServers: [${servers.join(' ')}]`,
    `# Overrides: ${overridesNote(options.overrides)}`,
    `# Option ndots from: ${ndotsSet ? (userSetsOptions ? 'override' : 'host') : 'internal'}`,
  ]);
}

/** Up to release 25: search, name servers, options, without comments (resolvconf.Build). */
function classicText(conf: ResolvConf): string {
  const lines = conf.search.length > 0 ? [`search ${conf.search.join(' ')}`] : [];
  for (const address of conf.nameservers) lines.push(`nameserver ${address}`);
  if (conf.options.length > 0) lines.push(`options ${conf.options.join(' ')}`);
  return lines.map((line) => line + '\n').join('');
}

/** From release 26: name servers, search, options, between comments. */
function commentedText(conf: ResolvConf, notes: readonly string[]): string {
  const lines = [
    '# Generated by Docker Engine.',
    '# This file can be edited; Docker Engine will not make further changes once it',
    '# has been modified.',
    '',
    ...conf.nameservers.map((address) => `nameserver ${address}`),
  ];
  if (conf.search.length > 0) lines.push(`search ${conf.search.join(' ')}`);
  if (conf.options.length > 0) lines.push(`options ${conf.options.join(' ')}`);
  return [...lines, '', ...notes].join('\n') + '\n';
}

function overridesNote(overrides: DnsOverrides = NO_OVERRIDES): string {
  const names: string[] = [];
  if (overrides.nameservers.length > 0) names.push('nameservers');
  if (overrides.search.length > 0) names.push('search');
  if (overrides.options.length > 0) names.push('options');
  return `[${names.join(' ')}]`;
}
