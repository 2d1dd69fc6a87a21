import type { Ipv4Configuration } from '../device/ipv4-configuration.ts';
import type { DeviceConf, NamespaceSysctls } from './namespace-sysctls.ts';
import { addIpv6Entries } from './ipv6-sysctls.ts';
import type { NeighbourParameters } from './neighbour-parameters.ts';
import type { NetNamespace } from './net-namespace.ts';

/** One setting under /proc/sys: its text without the newline, and how it is set. `write` throws on a bad value. */
export interface SysctlEntry {
  read(): string;
  /** null: the setting cannot be written. */
  write: ((value: string) => void) | null;
  /** Cannot be read, only written (net.ipv4.route.flush). */
  writeOnly?: boolean;
}

const NS_PER_S = 1e9;
const NS_PER_MS = 1e6;

/** The numbers of an object that hold numbers. */
type NumberKey<T> = { [K in keyof T]: T[K] extends number ? K : never }[keyof T];

/** An entry that is a number of an object, in units of `scale`. */
export function numberEntry<T>(owner: T, key: NumberKey<T>, scale = 1): SysctlEntry {
  const record = owner as Record<typeof key, number>;
  return {
    read: () => String(Math.round(record[key] / scale)),
    write: (value) => void (record[key] = parseNumber(value) * scale),
  };
}

/** base_reachable_time: a new base counts at once (neigh_proc_base_reachable_time), so `redraw` makes the time of it. */
export function reachableTimeEntry(
  parameters: NeighbourParameters,
  scale: number,
  redraw: (parameters: NeighbourParameters) => void,
): SysctlEntry {
  const entry = numberEntry(parameters, 'baseReachableTimeNs', scale);
  return {
    read: entry.read,
    write: (value) => {
      entry.write!(value);
      redraw(parameters);
    },
  };
}

/** A fixed entry, for what is the same in every kernel that is modelled. */
export function constantEntry(text: string): SysctlEntry {
  return { read: () => text, write: null };
}

export function parseNumber(value: string): number {
  const text = value.trim();
  if (!/^-?(\d+|0x[0-9a-fA-F]+)$/.test(text)) throw new Error('Invalid argument');
  return Number(text);
}

/** An entry of several numbers, written with tabs between. */
export function rangeEntry(values: number[]): SysctlEntry {
  return {
    read: () => values.join('\t'),
    write: (text) => {
      const numbers = text.trim().split(/\s+/).map(parseNumber);
      if (numbers.length > values.length) throw new Error('Invalid argument');
      numbers.forEach((number, i) => (values[i] = number));
    },
  };
}

/**
 * Every setting under net/ that a process in `netns` sees, by its path with slashes (`net/ipv4/ip_forward`),
 * sorted. Modules add their own to `netns.sysctlEntries` (net/netfilter/… of conntrack).
 * Not modelled: settings that nothing here reads.
 */
export function sysctlEntries(netns: NetNamespace): Map<string, SysctlEntry> {
  const entries = new Map<string, SysctlEntry>();
  addNamespaceEntries(entries, netns);
  addBridgeEntries(entries, netns);
  const { confAll, confDefault } = netns.sysctl;
  addConfEntries(entries, netns, 'all', confAll);
  addConfEntries(entries, netns, 'default', confDefault);
  addNeighbourEntries(entries, 'default', netns.ipv4.arp.defaultParameters);
  for (const dev of netns.devices) {
    addConfEntries(entries, netns, dev.name, dev.ipv4);
    addNeighbourEntries(entries, dev.name, netns.ipv4.arp.parametersOf(dev));
  }
  if (netns.ipv6 !== null) addIpv6Entries(entries, netns.ipv6);
  for (const [path, entry] of netns.sysctlEntries) entries.set(path, entry);
  return new Map([...entries].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}

/** One setting; null when there is none of that path. */
export function findSysctl(netns: NetNamespace, path: string): SysctlEntry | null {
  return sysctlEntries(netns).get(path) ?? null;
}

type PlainKeys = readonly (readonly [name: string, key: NumberKey<NamespaceSysctls>, scale?: number])[];

const IPV4_KEYS: PlainKeys = [
  ['ip_default_ttl', 'ipDefaultTtl'],
  ['ip_no_pmtu_disc', 'ipNoPmtuDisc'],
  ['ip_forward_use_pmtu', 'ipForwardUsePmtu'],
  ['ip_unprivileged_port_start', 'ipUnprivilegedPortStart'],
  ['ip_nonlocal_bind', 'ipNonlocalBind'],
  ['icmp_echo_ignore_all', 'icmpEchoIgnoreAll'],
  ['icmp_echo_ignore_broadcasts', 'icmpEchoIgnoreBroadcasts'],
  ['icmp_ignore_bogus_error_responses', 'icmpIgnoreBogusErrorResponses'],
  ['icmp_errors_use_inbound_ifaddr', 'icmpErrorsUseInboundIfaddr'],
  ['icmp_ratelimit', 'icmpRatelimitMs'],
  ['icmp_ratemask', 'icmpRatemask'],
  ['icmp_msgs_per_sec', 'icmpMsgsPerSec'],
  ['icmp_msgs_burst', 'icmpMsgsBurst'],
  ['ipfrag_time', 'ipfragTimeNs', NS_PER_S],
  ['ipfrag_high_thresh', 'ipfragHighThresh'],
  ['ipfrag_max_dist', 'ipfragMaxDist'],
  ['route/min_pmtu', 'minPmtu'],
  ['route/mtu_expires', 'mtuExpiresNs', NS_PER_S],
  ['tcp_ecn', 'tcpEcn'],
  ['tcp_timestamps', 'tcpTimestamps'],
  ['tcp_sack', 'tcpSack'],
  ['tcp_window_scaling', 'tcpWindowScaling'],
  ['tcp_syn_retries', 'tcpSynRetries'],
  ['tcp_synack_retries', 'tcpSynackRetries'],
  ['tcp_retries2', 'tcpRetries2'],
  ['tcp_fin_timeout', 'tcpFinTimeoutS'],
  ['tcp_keepalive_time', 'tcpKeepaliveTimeS'],
  ['tcp_keepalive_probes', 'tcpKeepaliveProbes'],
  ['tcp_keepalive_intvl', 'tcpKeepaliveIntvlS'],
  ['tcp_max_syn_backlog', 'tcpMaxSynBacklog'],
  ['neigh/default/gc_thresh1', 'neighGcThresh1'],
  ['neigh/default/gc_thresh2', 'neighGcThresh2'],
  ['neigh/default/gc_thresh3', 'neighGcThresh3'],
];

const CORE_KEYS: PlainKeys = [
  ['somaxconn', 'somaxconn'],
  ['rmem_default', 'rmemDefault'],
  ['rmem_max', 'rmemMax'],
  ['wmem_default', 'wmemDefault'],
];

function addNamespaceEntries(entries: Map<string, SysctlEntry>, netns: NetNamespace): void {
  const sysctl = netns.sysctl;
  for (const [name, key, scale] of IPV4_KEYS)
    entries.set(`net/ipv4/${name}`, numberEntry(sysctl, key, scale));
  for (const [name, key, scale] of CORE_KEYS)
    entries.set(`net/core/${name}`, numberEntry(sysctl, key, scale));
  entries.set('net/ipv4/ip_forward', {
    read: () => String(sysctl.ipForward),
    write: (value) => netns.ipv4.setForwarding(parseNumber(value) === 0 ? 0 : 1),
  });
  entries.set('net/ipv4/ip_local_port_range', rangeEntry(sysctl.ipLocalPortRange));
  entries.set('net/ipv4/ping_group_range', rangeEntry(sysctl.pingGroupRange));
  entries.set('net/ipv4/tcp_rmem', rangeEntry(sysctl.tcpRmem));
  entries.set('net/ipv4/tcp_wmem', rangeEntry(sysctl.tcpWmem));
  entries.set('net/ipv4/tcp_congestion_control', {
    read: () => sysctl.tcpCongestionControl,
    write: (value) => {
      if (!['cubic', 'reno'].includes(value.trim())) throw new Error('No such file or directory');
      sysctl.tcpCongestionControl = value.trim();
    },
  });
  entries.set('net/ipv4/route/flush', {
    read: () => '',
    write: () => netns.ipv4.pathMtu.clear(),
    writeOnly: true,
  });
}

/** net.bridge.*: one set for the machine, there once br_netfilter is loaded. */
function addBridgeEntries(entries: Map<string, SysctlEntry>, netns: NetNamespace): void {
  const state = netns.host.bridgeNetfilter;
  if (!state.loaded || netns !== netns.host.initNamespace) return;
  entries.set('net/bridge/bridge-nf-call-iptables', numberEntry(state, 'callIptables'));
  entries.set('net/bridge/bridge-nf-call-ip6tables', numberEntry(state, 'callIp6tables'));
  entries.set('net/bridge/bridge-nf-call-arptables', numberEntry(state, 'callArptables'));
  for (const name of ['filter-pppoe-tagged', 'filter-vlan-tagged', 'pass-vlan-input-dev']) {
    entries.set(`net/bridge/bridge-nf-${name}`, constantEntry('0'));
  }
}

const CONF_KEYS: readonly (readonly [string, NumberKey<DeviceConf>])[] = [
  ['rp_filter', 'rpFilter'],
  ['route_localnet', 'routeLocalnet'],
  ['arp_ignore', 'arpIgnore'],
  ['arp_announce', 'arpAnnounce'],
  ['proxy_arp', 'proxyArp'],
  ['send_redirects', 'sendRedirects'],
  ['accept_redirects', 'acceptRedirects'],
  ['accept_local', 'acceptLocal'],
];

/** Those only a device has. */
const DEVICE_KEYS: readonly (readonly [string, NumberKey<Ipv4Configuration>])[] = [
  ['arp_filter', 'arpFilter'],
  ['arp_accept', 'arpAccept'],
  ['proxy_arp_pvlan', 'proxyArpPvlan'],
  ['src_valid_mark', 'srcValidMark'],
  ['log_martians', 'logMartians'],
];

function addConfEntries(
  entries: Map<string, SysctlEntry>,
  netns: NetNamespace,
  name: string,
  conf: DeviceConf | Ipv4Configuration,
): void {
  const directory = `net/ipv4/conf/${name}`;
  for (const [key, field] of CONF_KEYS)
    entries.set(`${directory}/${key}`, numberEntry<DeviceConf>(conf, field));
  if ('arpFilter' in conf) {
    for (const [key, field] of DEVICE_KEYS) entries.set(`${directory}/${key}`, numberEntry(conf, field));
  }
  entries.set(`${directory}/forwarding`, {
    read: () => String(conf.forwarding),
    write: (value) => {
      const on = parseNumber(value) === 0 ? 0 : 1;
      if (name === 'all') netns.ipv4.setForwarding(on);
      else conf.forwarding = on;
    },
  });
}

function addNeighbourEntries(
  entries: Map<string, SysctlEntry>,
  name: string,
  parameters: NeighbourParameters,
): void {
  const directory = `net/ipv4/neigh/${name}`;
  const add = (key: string, field: NumberKey<NeighbourParameters>, scale = 1) =>
    entries.set(`${directory}/${key}`, numberEntry(parameters, field, scale));
  const base = `${directory}/base_reachable_time`;
  entries.set(base, reachableTimeEntry(parameters, NS_PER_S, takeBaseTime));
  entries.set(`${base}_ms`, reachableTimeEntry(parameters, NS_PER_MS, takeBaseTime));
  add('delay_first_probe_time', 'delayProbeTimeNs', NS_PER_S);
  add('retrans_time_ms', 'retransTimeNs', NS_PER_MS);
  add('gc_stale_time', 'gcStaletimeNs', NS_PER_S);
  add('ucast_solicit', 'ucastProbes');
  add('mcast_solicit', 'mcastProbes');
  add('app_solicit', 'appProbes');
  add('unres_qlen_bytes', 'queueLenBytes');
}

/** ARP's reachable time is its base, see arp.ts. */
function takeBaseTime(parameters: NeighbourParameters): void {
  parameters.reachableTimeNs = parameters.baseReachableTimeNs;
}
