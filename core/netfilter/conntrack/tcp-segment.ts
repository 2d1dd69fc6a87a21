import { get16, get32 } from '../../../protocols/bytes.ts';
import {
  ACK,
  CWR,
  ECE,
  FIN,
  MAX_WINDOW_SCALE,
  OPTION_END,
  OPTION_NOP,
  OPTION_SACK,
  OPTION_SACK_PERMITTED,
  OPTION_WINDOW_SCALE,
  PSH,
  RST,
  SYN,
  TCP_ACKNOWLEDGEMENT,
  TCP_DATA_OFFSET,
  TCP_FLAGS,
  TCP_HEADER_BYTES,
  TCP_SEQUENCE,
  TCP_WINDOW,
  URG,
} from '../../../protocols/tcp/tcp-header.ts';
import { TCP_SET } from './tcp-states.ts';
import type { TcpPeer } from './tcp-tracking.ts';

/** Flags of a TcpPeer (IP_CT_TCP_FLAG_* and the two of last_flags). */
export const TCP_FLAG_WINDOW_SCALE = 0x01;
export const TCP_FLAG_SACK_PERM = 0x02;
export const TCP_FLAG_CLOSE_INIT = 0x04;
export const TCP_FLAG_BE_LIBERAL = 0x08;
export const TCP_FLAG_DATA_UNACKNOWLEDGED = 0x10;
export const TCP_FLAG_MAXACK_SET = 0x20;
export const TCP_EXP_CHALLENGE_ACK = 0x40;
export const TCP_SIMULTANEOUS_OPEN = 0x80;

/**
 * The segment under judgement, read once. Sequence numbers are signed 32-bit integers: compare them by the sign of
 * their difference.
 */
export class TcpSegment {
  at = 0;
  headerLength = 0;
  flags = 0;
  seq = 0;
  ack = 0;
  end = 0;
  window = 0;
  set = 0;
  private buf: Uint8Array = new Uint8Array(0);

  /** False when the header is cut short or its flags make no sense (tcp_error). */
  read(buf: Uint8Array, at: number, packetEnd: number): boolean {
    if (packetEnd - at < TCP_HEADER_BYTES) return false;
    this.buf = buf;
    this.at = at;
    this.headerLength = (buf[at + TCP_DATA_OFFSET]! >>> 4) << 2;
    if (this.headerLength < TCP_HEADER_BYTES || this.headerLength > packetEnd - at) return false;
    const flags = buf[at + TCP_FLAGS]!;
    if (!areFlagsValid(flags & ~(ECE | CWR | PSH))) return false;
    this.flags = flags;
    this.seq = get32(buf, at + TCP_SEQUENCE) | 0;
    this.ack = get32(buf, at + TCP_ACKNOWLEDGEMENT) | 0;
    this.window = get16(buf, at + TCP_WINDOW);
    const counted = ((flags & SYN) !== 0 ? 1 : 0) + ((flags & FIN) !== 0 ? 1 : 0);
    this.end = (this.seq + packetEnd - at - this.headerLength + counted) | 0;
    this.set = setOf(flags);
    return true;
  }

  has(flag: number): boolean {
    return (this.flags & flag) !== 0;
  }

  /** tcp_options: the window scale and whether SACK may be used, into `peer`. */
  readOptions(peer: TcpPeer): void {
    const buf = this.buf;
    const end = this.at + this.headerLength;
    peer.scale = 0;
    peer.flags &= TCP_FLAG_BE_LIBERAL;
    let at = this.at + TCP_HEADER_BYTES;
    while (at < end) {
      const kind = buf[at]!;
      if (kind === OPTION_END) return;
      if (kind === OPTION_NOP) {
        at++;
        continue;
      }
      const length = at + 1 < end ? buf[at + 1]! : 0;
      if (length < 2 || at + length > end) return;
      if (kind === OPTION_SACK_PERMITTED && length === 2) peer.flags |= TCP_FLAG_SACK_PERM;
      else if (kind === OPTION_WINDOW_SCALE && length === 3) {
        peer.scale = Math.min(buf[at + 2]!, MAX_WINDOW_SCALE);
        peer.flags |= TCP_FLAG_WINDOW_SCALE;
      }
      at += length;
    }
  }

  /** tcp_sack: the highest sequence number acknowledged, SACK blocks included. */
  highestAcknowledged(): number {
    const buf = this.buf;
    const end = this.at + this.headerLength;
    let highest = this.ack;
    let at = this.at + TCP_HEADER_BYTES;
    while (at < end) {
      const kind = buf[at]!;
      if (kind === OPTION_END) break;
      if (kind === OPTION_NOP) {
        at++;
        continue;
      }
      const length = at + 1 < end ? buf[at + 1]! : 0;
      if (length < 2 || at + length > end) break;
      if (kind === OPTION_SACK && length >= 10 && (length - 2) % 8 === 0) {
        for (let i = 2; i < length; i += 8) {
          const right = get32(buf, at + i + 4) | 0;
          if (((right - highest) | 0) > 0) highest = right;
        }
      }
      at += length;
    }
    return highest;
  }
}

/** get_conntrack_index. */
function setOf(flags: number): number {
  if ((flags & RST) !== 0) return TCP_SET.RST;
  if ((flags & SYN) !== 0) return (flags & ACK) !== 0 ? TCP_SET.SYNACK : TCP_SET.SYN;
  if ((flags & FIN) !== 0) return TCP_SET.FIN;
  return (flags & ACK) !== 0 ? TCP_SET.ACK : TCP_SET.NONE;
}

/** tcp_valid_flags. */
function areFlagsValid(flags: number): boolean {
  switch (flags) {
    case SYN:
    case SYN | URG:
    case SYN | ACK:
    case RST:
    case RST | ACK:
    case FIN | ACK:
    case FIN | ACK | URG:
    case ACK:
    case ACK | URG:
      return true;
    default:
      return false;
  }
}
