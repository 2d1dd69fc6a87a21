const MS = 1e6;
const SECOND = 1e9;

/**
 * The `net.ipv4.tcp_*` sysctls a connection reads, with Linux 6.1's defaults (Documentation/networking/ip-sysctl.rst).
 * One object serves a whole namespace; connections read it when they need it, as the kernel does.
 *
 * Not modelled: SYN cookies (`tcp_syncookies`), fast open, MD5/AO, urgent data beyond ignoring the URG flag.
 */
export interface TcpSettings {
  /** tcp_rmem: minimum, default and maximum of the receive buffer, in bytes of memory, not of window. */
  rmem: readonly [min: number, initial: number, max: number];
  /** tcp_wmem: likewise for the send buffer. */
  wmem: readonly [min: number, initial: number, max: number];
  /** tcp_moderate_rcvbuf: grow the receive buffer to what a reader takes in a round trip. */
  moderateReceiveBuffer: boolean;
  windowScaling: boolean;
  timestamps: boolean;
  sack: boolean;
  dsack: boolean;
  /** tcp_ecn: 0 never, 1 ask and accept, 2 accept only (the default). */
  ecn: 0 | 1 | 2;
  /** tcp_congestion_control. */
  congestionControl: 'cubic' | 'reno';
  synRetries: number;
  synAckRetries: number;
  /** tcp_retries1: after this many timeouts the route is doubted. */
  retries1: number;
  /** tcp_retries2: sets how long unacknowledged data is retried (about 924 s). */
  retries2: number;
  /** tcp_orphan_retries; 0 means 8 as in the kernel. */
  orphanRetries: number;
  finTimeoutNs: number;
  /** TCP_TIMEWAIT_LEN, not a sysctl. */
  timeWaitNs: number;
  keepaliveTimeNs: number;
  keepaliveIntervalNs: number;
  keepaliveProbes: number;
  /** TCP_RTO_MIN. */
  rtoMinNs: number;
  /** TCP_RTO_MAX. */
  rtoMaxNs: number;
  /** TCP_TIMEOUT_INIT. */
  rtoInitialNs: number;
  delayedAckMinNs: number;
  delayedAckMaxNs: number;
  initialCwnd: number;
  slowStartAfterIdle: boolean;
  reordering: number;
  maxReordering: number;
  /** tcp_early_retrans 3: tail loss probes. */
  tailLossProbe: boolean;
  frto: boolean;
  /** tcp_min_snd_mss. */
  minSndMssBytes: number;
  /** tcp_invalid_ratelimit: the least time between two ACKs that answer invalid segments. */
  invalidRateLimitNs: number;
  /** tcp_abort_on_overflow. */
  abortOnOverflow: boolean;
  maxSynBacklog: number;
  /** tcp_comp_sack_delay_ns and tcp_comp_sack_nr: how SACKs are thinned out. */
  compressedSackDelayNs: number;
  compressedSackCount: number;
}

export const DEFAULT_TCP_SETTINGS: Readonly<TcpSettings> = {
  rmem: [4096, 131072, 6291456],
  wmem: [4096, 16384, 4194304],
  moderateReceiveBuffer: true,
  windowScaling: true,
  timestamps: true,
  sack: true,
  dsack: true,
  ecn: 2,
  congestionControl: 'cubic',
  synRetries: 6,
  synAckRetries: 5,
  retries1: 3,
  retries2: 15,
  orphanRetries: 0,
  finTimeoutNs: 60 * SECOND,
  timeWaitNs: 60 * SECOND,
  keepaliveTimeNs: 7200 * SECOND,
  keepaliveIntervalNs: 75 * SECOND,
  keepaliveProbes: 9,
  rtoMinNs: 200 * MS,
  rtoMaxNs: 120 * SECOND,
  rtoInitialNs: SECOND,
  delayedAckMinNs: 40 * MS,
  delayedAckMaxNs: 200 * MS,
  initialCwnd: 10,
  slowStartAfterIdle: true,
  reordering: 3,
  maxReordering: 300,
  tailLossProbe: true,
  frto: true,
  minSndMssBytes: 48,
  invalidRateLimitNs: 500 * MS,
  abortOnOverflow: false,
  maxSynBacklog: 1024,
  compressedSackDelayNs: MS,
  compressedSackCount: 44,
};
