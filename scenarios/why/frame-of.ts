import type { Packet } from '../../core/packet/packet.ts';
import { ETHERNET_HEADER_LENGTH } from '../../protocols/ethernet.ts';

/** Bytes from an Ethernet header on. */
export interface Frame {
  readonly buf: Uint8Array;
  readonly offset: number;
  readonly length: number;
}

/** The frame of a packet whose `head` is at its Ethernet header. */
export function frameAtHead({ buf, head, tail }: Packet): Frame {
  return { buf, offset: head, length: tail - head };
}

/**
 * The frame of a packet wherever it is in the stack: with its own Ethernet header when it has one, else with one of
 * zeros that says what is in it. The ciphertext of ESP is not worked out for this.
 */
export function frameOf(packet: Packet): Frame {
  const { buf, head, tail, macOffset, networkOffset, protocol } = packet;
  if (networkOffset < 0) return frameAtHead(packet);
  const hasHeader = macOffset >= 0 && macOffset + ETHERNET_HEADER_LENGTH === networkOffset;
  if (hasHeader) return { buf, offset: macOffset, length: tail - macOffset };
  if (head + ETHERNET_HEADER_LENGTH === networkOffset) return frameAtHead(packet);
  const frame = new Uint8Array(ETHERNET_HEADER_LENGTH + tail - networkOffset);
  frame[12] = protocol >>> 8;
  frame[13] = protocol & 0xff;
  frame.set(buf.subarray(networkOffset, tail), ETHERNET_HEADER_LENGTH);
  return { buf: frame, offset: 0, length: frame.length };
}
