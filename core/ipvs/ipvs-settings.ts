import type { NetNamespace } from '../namespace/net-namespace.ts';
import { numberEntry, type SysctlEntry } from '../namespace/sysctl-entry.ts';

/**
 * net.ipv4.vs.* of a namespace with the kernel's defaults. Not modelled, and so not there: connection
 * synchronisation (sync_*), drop_entry, drop_packet, am_droprate, amemthresh, cache_bypass, secure_tcp, schedule_icmp,
 * ignore_tunneled, backup_only.
 */
export class IpvsSettings {
  conntrack = 0;
  snatReroute = 1;
  pmtuDisc = 1;
  natIcmpSend = 0;
  expireNodestConn = 0;
  expireQuiescentTemplate = 0;
  sloppyTcp = 0;
  connReuseMode = 1;
}

const NAMES = [
  ['conntrack', 'conntrack'],
  ['snat_reroute', 'snatReroute'],
  ['pmtu_disc', 'pmtuDisc'],
  ['nat_icmp_send', 'natIcmpSend'],
  ['expire_nodest_conn', 'expireNodestConn'],
  ['expire_quiescent_template', 'expireQuiescentTemplate'],
  ['sloppy_tcp', 'sloppyTcp'],
  ['conn_reuse_mode', 'connReuseMode'],
] as const;

/** Adds the settings to a namespace. */
export function addIpvsSysctls(netns: NetNamespace, settings: IpvsSettings): void {
  for (const [name, key] of NAMES) {
    const entry: SysctlEntry = numberEntry<IpvsSettings>(settings, key);
    netns.sysctlEntries.set(`net/ipv4/vs/${name}`, entry);
  }
}

export function removeIpvsSysctls(netns: NetNamespace): void {
  for (const [name] of NAMES) netns.sysctlEntries.delete(`net/ipv4/vs/${name}`);
}
