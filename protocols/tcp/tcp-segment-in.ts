import { get16, get32 } from '../bytes.ts';
import {
  FIN,
  MAX_SACK_BLOCKS,
  MAX_WINDOW_SCALE,
  OPTION_END,
  OPTION_MSS,
  OPTION_NOP,
  OPTION_SACK,
  OPTION_SACK_PERMITTED,
  OPTION_TIMESTAMPS,
  OPTION_WINDOW_SCALE,
  SYN,
  TCP_ACKNOWLEDGEMENT,
  TCP_DATA_OFFSET,
  TCP_FLAGS,
  TCP_HEADER_BYTES,
  TCP_SEQUENCE,
  TCP_WINDOW,
} from './tcp-header.ts';

/**
 * A received segment, parsed over the bytes of its packet. The object is reused: parse() overwrites everything.
 * Options are read as Linux reads them (tcp_parse_options): a broken option ends the list, the segment stands.
 */
export class TcpSegmentIn {
  buf: Uint8Array = new Uint8Array(0);
  sourcePort = 0;
  destinationPort = 0;
  sequence = 0;
  acknowledgement = 0;
  flags = 0;
  /** The window field, not scaled. */
  window = 0;
  headerBytes = 0;
  payloadOffset = 0;
  payloadLength = 0;
  /** The IP header carried CE (RFC 3168); set by whoever parsed it. */
  congestionExperienced = false;
  /** The IP header carried ECT(0), ECT(1) or CE. */
  ecnCapable = false;
  /** The payload size of each segment merged into this one by GRO; 0 when it came alone. */
  gsoSizeBytes = 0;
  /** 0 when absent. */
  mssBytes = 0;
  /** −1 when absent. */
  windowScale = -1;
  sackPermitted = false;
  hasTimestamps = false;
  tsVal = 0;
  tsEcr = 0;
  sackCount = 0;
  /** Left and right edges in turn, in the order received. */
  readonly sackEdges = new Uint32Array(2 * MAX_SACK_BLOCKS);

  /** The sequence after this segment: payload and one each for SYN and FIN. */
  get endSequence(): number {
    const flags = this.flags;
    return (this.sequence + this.payloadLength + ((flags & SYN) >> 1) + (flags & FIN)) >>> 0;
  }

  /** Parses `length` bytes at `offset`. False when the header does not fit: such a packet is dropped and counted. */
  parse(buf: Uint8Array, offset: number, length: number): boolean {
    if (length < TCP_HEADER_BYTES || offset + length > buf.length) return false;
    const headerBytes = (buf[offset + TCP_DATA_OFFSET]! >>> 4) * 4;
    if (headerBytes < TCP_HEADER_BYTES || headerBytes > length) return false;
    this.buf = buf;
    this.sourcePort = get16(buf, offset);
    this.destinationPort = get16(buf, offset + 2);
    this.sequence = get32(buf, offset + TCP_SEQUENCE);
    this.acknowledgement = get32(buf, offset + TCP_ACKNOWLEDGEMENT);
    this.flags = buf[offset + TCP_FLAGS]!;
    this.window = get16(buf, offset + TCP_WINDOW);
    this.headerBytes = headerBytes;
    this.payloadOffset = offset + headerBytes;
    this.payloadLength = length - headerBytes;
    this.congestionExperienced = false;
    this.ecnCapable = false;
    this.gsoSizeBytes = 0;
    this.mssBytes = 0;
    this.windowScale = -1;
    this.sackPermitted = false;
    this.hasTimestamps = false;
    this.sackCount = 0;
    if (headerBytes > TCP_HEADER_BYTES) this.parseOptions(offset + TCP_HEADER_BYTES, offset + headerBytes);
    return true;
  }

  private parseOptions(start: number, end: number): void {
    const buf = this.buf;
    // The layout of nearly every segment: NOP NOP TIMESTAMPS and nothing else.
    if (end - start === 12 && get32(buf, start) === 0x0101080a) {
      this.readTimestamps(start + 4);
      return;
    }
    let at = start;
    while (at < end) {
      const kind = buf[at]!;
      if (kind === OPTION_END) return;
      if (kind === OPTION_NOP) {
        at += 1;
        continue;
      }
      if (at + 1 >= end) return;
      const size = buf[at + 1]!;
      if (size < 2 || at + size > end) return;
      this.readOption(kind, size, at + 2);
      at += size;
    }
  }

  private readOption(kind: number, size: number, at: number): void {
    const isSyn = (this.flags & SYN) !== 0;
    if (kind === OPTION_TIMESTAMPS && size === 10) this.readTimestamps(at);
    else if (kind === OPTION_SACK) this.readSack(size, at);
    else if (!isSyn) return;
    else if (kind === OPTION_MSS && size === 4) this.mssBytes = get16(this.buf, at);
    else if (kind === OPTION_SACK_PERMITTED && size === 2) this.sackPermitted = true;
    else if (kind === OPTION_WINDOW_SCALE && size === 3) {
      this.windowScale = Math.min(this.buf[at]!, MAX_WINDOW_SCALE);
    }
  }

  private readTimestamps(at: number): void {
    this.hasTimestamps = true;
    this.tsVal = get32(this.buf, at);
    this.tsEcr = get32(this.buf, at + 4);
  }

  private readSack(size: number, at: number): void {
    if (size < 10 || (size - 2) % 8 !== 0) return;
    this.sackCount = Math.min((size - 2) / 8, MAX_SACK_BLOCKS);
    for (let i = 0; i < 2 * this.sackCount; i++) this.sackEdges[i] = get32(this.buf, at + 4 * i);
  }
}
