import { ACK, FIN, RST, SYN } from './tcp-header.ts';
import type { TcpSegmentIn } from './tcp-segment-in.ts';
import type { TcpSegmentOut } from './tcp-segment-out.ts';
import { SegmentOrigin } from './tcp-segment-out.ts';

/**
 * The RST that answers a segment nobody expects (RFC 9293 section 3.10.7.1, tcp_v4_send_reset). False when the
 * segment is itself a reset, which is never answered.
 */
export function fillReset(segment: TcpSegmentIn, out: TcpSegmentOut): boolean {
  if ((segment.flags & RST) !== 0) return false;
  out.reset();
  out.origin = SegmentOrigin.CONTROL;
  out.window = 0;
  if ((segment.flags & ACK) !== 0) {
    out.sequence = segment.acknowledgement;
    out.acknowledgement = 0;
    out.flags = RST;
    return true;
  }
  const control = ((segment.flags & SYN) !== 0 ? 1 : 0) + ((segment.flags & FIN) !== 0 ? 1 : 0);
  out.sequence = 0;
  out.acknowledgement = (segment.sequence + segment.payloadLength + control) >>> 0;
  out.flags = RST | ACK;
  return true;
}
