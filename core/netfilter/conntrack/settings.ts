/** net.netfilter.nf_conntrack_* of a namespace, with Linux 6.1's defaults; times in seconds. */
export class ConntrackSettings {
  /** nf_conntrack_max. The kernel's default hangs on the memory; this is what a machine of 4 GiB or more has. */
  max = 262_144;
  /** nf_conntrack_checksum: transport checksums are verified in PREROUTING. */
  checksum = 1;
  genericTimeoutS = 600;
  icmpTimeoutS = 30;
  icmpv6TimeoutS = 30;
  udpTimeoutS = 30;
  udpTimeoutStreamS = 120;
  greTimeoutS = 30;
  greTimeoutStreamS = 180;
  /** By TCP_CONNTRACK_* (see tcp-states.ts): none, syn_sent … syn_sent2, then max_retrans and unacknowledged. */
  readonly tcpTimeoutS = [120, 120, 60, 432_000, 120, 60, 30, 120, 10, 120, 300, 300];
  tcpLoose = 1;
  tcpBeLiberal = 0;
  tcpMaxRetrans = 3;
  tcpIgnoreInvalidRst = 0;
  /** By SCTP_CONNTRACK_* (see sctp-tracker.ts). */
  readonly sctpTimeoutS = [10, 10, 3, 3, 210, 3, 3, 3, 30];
}
