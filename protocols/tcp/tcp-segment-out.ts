import { put16, put32 } from '../bytes.ts';
import type { ByteRing } from './byte-ring.ts';
import {
  MAX_SACK_BLOCKS,
  putAlignedTimestamps,
  TCP_ACKNOWLEDGEMENT,
  TCP_CHECKSUM,
  TCP_DATA_OFFSET,
  TCP_FLAGS,
  TCP_HEADER_BYTES,
  TCP_SEQUENCE,
  TCP_URGENT,
  TCP_WINDOW,
  TIMESTAMPS_BYTES,
} from './tcp-header.ts';

/** Which part of the kernel would send a segment: it decides the IP identification. */
export const SegmentOrigin = {
  /** A full socket: identification from the socket's counter. */
  CONNECTION: 0,
  /** A request socket's SYN-ACK: identification 0. */
  REQUEST: 1,
  /** A reset or ACK sent for no full socket (ip_send_unicast_reply): identification 0. */
  CONTROL: 2,
} as const;

export type SegmentOrigin = (typeof SegmentOrigin)[keyof typeof SegmentOrigin];

/** A segment to send: scratch memory that its connection fills anew for every transmission. */
export class TcpSegmentOut {
  sequence = 0;
  acknowledgement = 0;
  flags = 0;
  /** As on the wire, already scaled down. */
  window = 0;
  origin: SegmentOrigin = SegmentOrigin.CONNECTION;
  /** ECT(0) belongs into the IP header (RFC 3168 section 6.1). */
  ecnCapable = false;
  mssBytes = 0;
  windowScale = -1;
  sackPermitted = false;
  hasTimestamps = false;
  tsVal = 0;
  tsEcr = 0;
  sackCount = 0;
  readonly sackEdges = new Uint32Array(2 * MAX_SACK_BLOCKS);
  payloadLength = 0;
  /** Larger than 0 when the payload is to be cut into pieces of this size by the device (GSO). */
  gsoSizeBytes = 0;
  private ring: ByteRing | null = null;
  private ringOffset = 0;

  /** Clears everything but what every segment sets. */
  reset(): void {
    this.origin = SegmentOrigin.CONNECTION;
    this.ecnCapable = false;
    this.mssBytes = 0;
    this.windowScale = -1;
    this.sackPermitted = false;
    this.hasTimestamps = false;
    this.sackCount = 0;
    this.payloadLength = 0;
    this.gsoSizeBytes = 0;
  }

  /** The payload is `length` bytes of `ring` at `offset`. */
  setPayload(ring: ByteRing, offset: number, length: number): void {
    this.ring = ring;
    this.ringOffset = offset;
    this.payloadLength = length;
  }

  get headerBytes(): number {
    let bytes = TCP_HEADER_BYTES;
    if (this.mssBytes > 0) bytes += 4;
    if (this.hasTimestamps) bytes += TIMESTAMPS_BYTES;
    else if (this.sackPermitted) bytes += 4;
    if (this.windowScale >= 0) bytes += 4;
    if (this.sackCount > 0) bytes += 4 + 8 * this.sackCount;
    return bytes;
  }

  /** Into how many the device cuts it. */
  get segments(): number {
    return this.gsoSizeBytes === 0 ? 1 : Math.ceil(this.payloadLength / this.gsoSizeBytes);
  }

  get lengthBytes(): number {
    return this.headerBytes + this.payloadLength;
  }

  /**
   * Writes ports, header and options at `offset` in the order of Linux (tcp_options_write) with a checksum of
   * zero, then the payload. Returns the segment's length.
   */
  write(buf: Uint8Array, offset: number, sourcePort: number, destinationPort: number): number {
    const headerBytes = this.headerBytes;
    put16(buf, offset, sourcePort);
    put16(buf, offset + 2, destinationPort);
    put32(buf, offset + TCP_SEQUENCE, this.sequence);
    put32(buf, offset + TCP_ACKNOWLEDGEMENT, this.acknowledgement);
    buf[offset + TCP_DATA_OFFSET] = (headerBytes / 4) << 4;
    buf[offset + TCP_FLAGS] = this.flags;
    put16(buf, offset + TCP_WINDOW, this.window);
    put16(buf, offset + TCP_CHECKSUM, 0);
    put16(buf, offset + TCP_URGENT, 0);
    if (headerBytes > TCP_HEADER_BYTES) this.writeOptions(buf, offset + TCP_HEADER_BYTES);
    if (this.payloadLength > 0) this.copyPayload(0, buf, offset + headerBytes, this.payloadLength);
    return headerBytes + this.payloadLength;
  }

  /** Copies part of the payload, for a device that cuts a super-segment. */
  copyPayload(from: number, buf: Uint8Array, offset: number, length: number): void {
    this.ring?.copyOut(this.ringOffset + from, buf, offset, length);
  }

  private writeOptions(buf: Uint8Array, start: number): void {
    let at = start;
    if (this.mssBytes > 0) {
      put32(buf, at, 0x02040000 | this.mssBytes);
      at += 4;
    }
    if (this.hasTimestamps) {
      at = putAlignedTimestamps(buf, at, this.tsVal, this.tsEcr);
      // On a SYN, SACK-permitted takes the place of the two NOPs.
      if (this.sackPermitted) put16(buf, at - TIMESTAMPS_BYTES, 0x0402);
    } else if (this.sackPermitted) {
      put32(buf, at, 0x01010402);
      at += 4;
    }
    if (this.windowScale >= 0) {
      put32(buf, at, 0x01030300 | this.windowScale);
      at += 4;
    }
    if (this.sackCount > 0) this.writeSack(buf, at);
  }

  private writeSack(buf: Uint8Array, start: number): void {
    put32(buf, start, 0x01010500 | (2 + 8 * this.sackCount));
    for (let i = 0; i < 2 * this.sackCount; i++) put32(buf, start + 4 + 4 * i, this.sackEdges[i]!);
  }
}
