import type { NetNamespace } from '../../namespace/net-namespace.ts';
import { numberEntry, parseNumber, type SysctlEntry } from '../../namespace/sysctl-entry.ts';
import type { ConntrackTable } from './conntrack-table.ts';
import { SCTP_STATE_NAMES } from './sctp-tracker.ts';

const DIRECTORY = 'net/netfilter/nf_conntrack';

/** By index of `tcpTimeoutS`; '' where there is no setting. */
const TCP_TIMEOUTS = [
  '',
  'syn_sent',
  'syn_recv',
  'established',
  'fin_wait',
  'close_wait',
  'last_ack',
  'time_wait',
  'close',
  '',
  'max_retrans',
  'unacknowledged',
];

/** Adds net.netfilter.nf_conntrack_* to a namespace (nf_conntrack_standalone.c). */
export function addConntrackSysctls(netns: NetNamespace, table: ConntrackTable): void {
  const settings = table.settings;
  const add = (name: string, entry: SysctlEntry): void =>
    void netns.sysctlEntries.set(`${DIRECTORY}_${name}`, entry);
  add('max', numberEntry(settings, 'max'));
  add('count', { read: () => String(table.liveCount()), write: null });
  add('checksum', numberEntry(settings, 'checksum'));
  add('generic_timeout', numberEntry(settings, 'genericTimeoutS'));
  add('icmp_timeout', numberEntry(settings, 'icmpTimeoutS'));
  add('icmpv6_timeout', numberEntry(settings, 'icmpv6TimeoutS'));
  add('udp_timeout', numberEntry(settings, 'udpTimeoutS'));
  add('udp_timeout_stream', numberEntry(settings, 'udpTimeoutStreamS'));
  add('gre_timeout', numberEntry(settings, 'greTimeoutS'));
  add('gre_timeout_stream', numberEntry(settings, 'greTimeoutStreamS'));
  add('tcp_loose', numberEntry(settings, 'tcpLoose'));
  add('tcp_be_liberal', numberEntry(settings, 'tcpBeLiberal'));
  add('tcp_max_retrans', numberEntry(settings, 'tcpMaxRetrans'));
  add('tcp_ignore_invalid_rst', numberEntry(settings, 'tcpIgnoreInvalidRst'));
  addTimeouts(netns, 'tcp', TCP_TIMEOUTS, settings.tcpTimeoutS);
  const sctp = SCTP_STATE_NAMES.map((name, i) => (i === 0 ? '' : name.toLowerCase()));
  addTimeouts(netns, 'sctp', sctp, settings.sctpTimeoutS);
}

function addTimeouts(
  netns: NetNamespace,
  protocol: string,
  names: readonly string[],
  timeouts: number[],
): void {
  for (const [index, name] of names.entries()) {
    if (name === '') continue;
    netns.sysctlEntries.set(`${DIRECTORY}_${protocol}_timeout_${name}`, {
      read: () => String(timeouts[index]),
      write: (value) => void (timeouts[index] = parseNumber(value)),
    });
  }
}
