/** States of the TCP tracker (enum tcp_conntrack). */
export const TCP_CONNTRACK = {
  NONE: 0,
  SYN_SENT: 1,
  SYN_RECV: 2,
  ESTABLISHED: 3,
  FIN_WAIT: 4,
  CLOSE_WAIT: 5,
  LAST_ACK: 6,
  TIME_WAIT: 7,
  CLOSE: 8,
  SYN_SENT2: 9,
  /** Not states: the packet is invalid, or to be let through without a change. */
  INVALID: 10,
  IGNORE: 11,
} as const;

/** The states as listings name them. */
export const TCP_STATE_NAMES: readonly string[] = [
  'NONE',
  'SYN_SENT',
  'SYN_RECV',
  'ESTABLISHED',
  'FIN_WAIT',
  'CLOSE_WAIT',
  'LAST_ACK',
  'TIME_WAIT',
  'CLOSE',
  'SYN_SENT2',
];

/** Indexes of `tcpTimeoutS` past the states. */
export const TCP_TIMEOUT_RETRANS = 10;
export const TCP_TIMEOUT_UNACK = 11;

/** What a segment is to the table below (enum tcp_bit_set). */
export const TCP_SET = { SYN: 0, SYNACK: 1, FIN: 2, ACK: 3, RST: 4, NONE: 5 } as const;

const STATES = 10;
const SETS = 6;

const sSS = TCP_CONNTRACK.SYN_SENT;
const sSR = TCP_CONNTRACK.SYN_RECV;
const sES = TCP_CONNTRACK.ESTABLISHED;
const sFW = TCP_CONNTRACK.FIN_WAIT;
const sCW = TCP_CONNTRACK.CLOSE_WAIT;
const sLA = TCP_CONNTRACK.LAST_ACK;
const sTW = TCP_CONNTRACK.TIME_WAIT;
const sCL = TCP_CONNTRACK.CLOSE;
const sS2 = TCP_CONNTRACK.SYN_SENT2;
const sIV = TCP_CONNTRACK.INVALID;
const sIG = TCP_CONNTRACK.IGNORE;

/** tcp_conntracks of nf_conntrack_proto_tcp.c: [direction][set][state]. Columns: NO SS SR ES FW CW LA TW CL S2. */
// prettier-ignore
const TRANSITIONS = Uint8Array.of(
  // Original direction: SYN, SYN/ACK, FIN, ACK, RST, none.
  sSS, sSS, sIG, sIG, sIG, sIG, sIG, sSS, sSS, sS2,
  sIV, sIV, sSR, sIV, sIV, sIV, sIV, sIV, sIV, sSR,
  sIV, sIV, sFW, sFW, sLA, sLA, sLA, sTW, sCL, sIV,
  sES, sIV, sES, sES, sCW, sCW, sTW, sTW, sCL, sIV,
  sIV, sCL, sCL, sCL, sCL, sCL, sCL, sCL, sCL, sCL,
  sIV, sIV, sIV, sIV, sIV, sIV, sIV, sIV, sIV, sIV,
  // Reply direction.
  sIV, sS2, sIV, sIV, sIV, sIV, sIV, sSS, sIV, sS2,
  sIV, sSR, sIG, sIG, sIG, sIG, sIG, sIG, sIG, sSR,
  sIV, sIV, sFW, sFW, sLA, sLA, sLA, sTW, sCL, sIV,
  sIV, sIG, sSR, sES, sCW, sCW, sTW, sTW, sCL, sIG,
  sIV, sCL, sCL, sCL, sCL, sCL, sCL, sCL, sCL, sCL,
  sIV, sIV, sIV, sIV, sIV, sIV, sIV, sIV, sIV, sIV,
);

/** The state after a segment of kind `set` (TCP_SET) in direction `dir`; INVALID or IGNORE when there is none. */
export function nextTcpState(dir: number, set: number, state: number): number {
  return TRANSITIONS[(dir * SETS + set) * STATES + state]!;
}
