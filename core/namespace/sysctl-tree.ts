import type { Ipv4Configuration } from '../device/ipv4-configuration.ts';
import type { NetDevice } from '../device/net-device.ts';
import type { DeviceConf, NamespaceSysctls } from './namespace-sysctls.ts';
import { addIpv6Entries } from './ipv6-sysctls.ts';
import { addNeighbourEntries, type NeighbourSettings } from './neighbour-sysctls.ts';
import type { NetNamespace } from './net-namespace.ts';
import {
  constantEntry,
  numberEntry,
  parseNumber,
  rangeEntry,
  type NumberKey,
  type SysctlEntry,
} from './sysctl-entry.ts';

const NS_PER_S = 1e9;

/**
 * Every setting under net/ that a process in `netns` sees, by its path with slashes (`net/ipv4/ip_forward`),
 * sorted. Modules add their own to `netns.sysctlEntries` (net/netfilter/… of conntrack).
 * Not modelled: settings that nothing here reads.
 */
export function sysctlEntries(netns: NetNamespace): Map<string, SysctlEntry> {
  const entries = entriesOf(netns, netns.devices);
  return new Map([...entries].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}

/** One setting; null when there is none of that path. */
export function findSysctl(netns: NetNamespace, path: string): SysctlEntry | null {
  const name = /^net\/ipv[46]\/(?:conf|neigh)\/([^/]+)\//.exec(path)?.[1];
  const dev = name === undefined ? undefined : netns.device(name);
  return entriesOf(netns, dev === undefined ? [] : [dev]).get(path) ?? null;
}

/** The settings of a namespace and of some of its devices. */
function entriesOf(netns: NetNamespace, devices: readonly NetDevice[]): Map<string, SysctlEntry> {
  const entries = new Map<string, SysctlEntry>();
  addNamespaceEntries(entries, netns);
  addBridgeEntries(entries, netns);
  const { confAll, confDefault } = netns.sysctl;
  addConfEntries(entries, netns, 'all', confAll);
  addConfEntries(entries, netns, 'default', confDefault);
  const neighbours = arpSettings(netns);
  addNeighbourEntries(entries, neighbours, 'default', netns.ipv4.arp.defaultParameters);
  for (const dev of devices) {
    addConfEntries(entries, netns, dev.name, dev.ipv4);
    addNeighbourEntries(entries, neighbours, dev.name, netns.ipv4.arp.parametersOf(dev));
  }
  if (netns.ipv6 !== null) addIpv6Entries(entries, netns.ipv6, devices);
  for (const [path, entry] of netns.sysctlEntries) entries.set(path, entry);
  return entries;
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

function arpSettings({ ipv4, devices }: NetNamespace): NeighbourSettings {
  return {
    directory: 'net/ipv4/neigh',
    // ARP's reachable time is its base, see arp.ts.
    takeBaseTime: (parameters) => (parameters.reachableTimeNs = parameters.baseReachableTimeNs),
    ofDevices: () => devices.map((dev) => ipv4.arp.parametersOf(dev)),
  };
}
