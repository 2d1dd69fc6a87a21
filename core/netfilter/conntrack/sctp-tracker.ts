import { get16 } from '../../../protocols/bytes.ts';
import type { Packet } from '../../packet/packet.ts';
import { markAssured } from './simple-trackers.ts';
import { TRACK_ACCEPT, TRACK_INVALID, type Tracker } from './tracker.ts';
import { IP_CT_DIR_REPLY } from './tuple.ts';

/** Names of the states, as listings print them (enum sctp_conntrack). */
export const SCTP_STATE_NAMES: readonly string[] = [
  'NONE',
  'CLOSED',
  'COOKIE_WAIT',
  'COOKIE_ECHOED',
  'ESTABLISHED',
  'SHUTDOWN_SENT',
  'SHUTDOWN_RECD',
  'SHUTDOWN_ACK_SENT',
  'HEARTBEAT_SENT',
];

const sCL = 1;
const sCW = 2;
const sCE = 3;
const sES = 4;
const sSS = 5;
const sSR = 6;
const sSA = 7;
const sHS = 8;
const sIV = 9;
const STATES = 9;
const ROWS = 11;
const COMMON_HEADER_LENGTH = 12;
const CHUNK_HEADER_LENGTH = 4;
const CHUNK_INIT = 1;
const CHUNK_HEARTBEAT = 4;

/** sctp_conntracks of nf_conntrack_proto_sctp.c: [direction][row][state]. Columns: NO CL CW CE ES SS SR SA HS. */
// prettier-ignore
const TRANSITIONS = Uint8Array.of(
  // Original direction: INIT, INIT ACK, ABORT, SHUTDOWN, SHUTDOWN ACK, ERROR, COOKIE ECHO, COOKIE ACK,
  // SHUTDOWN COMPLETE, HEARTBEAT, HEARTBEAT ACK.
  sCL, sCL, sCW, sCE, sES, sCL, sCL, sSA, sCW,
  sCL, sCL, sCW, sCE, sES, sSS, sSR, sSA, sCL,
  sCL, sCL, sCL, sCL, sCL, sCL, sCL, sCL, sCL,
  sCL, sCL, sCW, sCE, sSS, sSS, sSR, sSA, sCL,
  sSA, sCL, sCW, sCE, sES, sSA, sSA, sSA, sSA,
  sCL, sCL, sCW, sCE, sES, sSS, sSR, sSA, sCL,
  sCL, sCL, sCE, sCE, sES, sSS, sSR, sSA, sCL,
  sCL, sCL, sCW, sES, sES, sSS, sSR, sSA, sCL,
  sCL, sCL, sCW, sCE, sES, sSS, sSR, sCL, sCL,
  sHS, sCL, sCW, sCE, sES, sSS, sSR, sSA, sHS,
  sCL, sCL, sCW, sCE, sES, sSS, sSR, sSA, sHS,
  // Reply direction.
  sIV, sCL, sCW, sCE, sES, sCL, sCL, sSA, sIV,
  sIV, sCW, sCW, sCE, sES, sCL, sCL, sSA, sIV,
  sIV, sCL, sCL, sCL, sCL, sCL, sCL, sCL, sIV,
  sIV, sCL, sCW, sCE, sSR, sSS, sSR, sSA, sIV,
  sIV, sCL, sCW, sCE, sES, sSA, sSA, sSA, sIV,
  sIV, sCL, sCW, sCL, sES, sSS, sSR, sSA, sIV,
  sIV, sCL, sCE, sCE, sES, sSS, sSR, sSA, sIV,
  sIV, sCL, sCW, sES, sES, sSS, sSR, sSA, sIV,
  sIV, sCL, sCW, sCE, sES, sSS, sSR, sCL, sIV,
  sIV, sCL, sCW, sCE, sES, sSS, sSR, sSA, sHS,
  sIV, sCL, sCW, sCE, sES, sSS, sSR, sSA, sES,
);

/** The row of a chunk type (RFC 9260 section 3.2), −1 for chunks that change nothing. */
function rowOf(chunkType: number): number {
  switch (chunkType) {
    case 1:
      return 0;
    case 2:
      return 1;
    case 4:
      return 9;
    case 5:
      return 10;
    case 6:
      return 2;
    case 7:
      return 3;
    case 8:
      return 4;
    case 9:
      return 5;
    case 10:
      return 6;
    case 11:
      return 7;
    case 14:
      return 8;
    default:
      return -1;
  }
}

/** The chunk at `at` is followed by the next at the returned offset; −1 when it is malformed. */
function nextChunk(packet: Packet, at: number): number {
  const length = get16(packet.buf, at + 2);
  return length < CHUNK_HEADER_LENGTH ? -1 : at + ((length + 3) & ~3);
}

/**
 * SCTP (nf_conntrack_proto_sctp.c): the state table over the chunks of each packet. Not modelled: verification tags
 * and the CRC32c.
 */
export const sctpTracker: Tracker = {
  allowClash: false,
  packet(table, entry, packet, at, dir) {
    let chunk = at + COMMON_HEADER_LENGTH;
    if (chunk + CHUNK_HEADER_LENGTH > packet.tail) return TRACK_INVALID;
    if (!entry.isConfirmed) {
      const first = packet.buf[chunk]!;
      if (first !== CHUNK_INIT && first !== CHUNK_HEARTBEAT) return TRACK_INVALID;
      entry.protoState = 0;
    }
    const before = entry.protoState;
    let state = before;
    while (chunk >= 0 && chunk + CHUNK_HEADER_LENGTH <= packet.tail) {
      const row = rowOf(packet.buf[chunk]!);
      if (row >= 0) state = TRANSITIONS[(dir * ROWS + row) * STATES + state]!;
      if (state === sIV) return TRACK_INVALID;
      chunk = nextChunk(packet, chunk);
    }
    if (chunk < 0) return TRACK_INVALID;
    entry.protoState = state;
    if (state !== before) table.changed = true;
    table.refresh(entry, table.settings.sctpTimeoutS[state]!);
    if (before === sCE && state === sES && dir === IP_CT_DIR_REPLY) markAssured(table, entry);
    return TRACK_ACCEPT;
  },
};
