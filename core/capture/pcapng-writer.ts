import { Batch, DEFAULT_BATCH_BYTES } from './batch.ts';
import type { ByteSink } from './byte-sink.ts';
import { CAPTURE_OUT, type CaptureWriter } from './capture-writer.ts';
import { LINKTYPE_ETHERNET, MAXIMUM_SNAPLEN } from './link-type.ts';
import * as ng from './pcapng-format.ts';

const TWO_32 = 0x1_0000_0000;
/** epb_flags: bits 0–1 are the direction, 1 inbound and 2 outbound. */
const EPB_INBOUND = 1;
const EPB_OUTBOUND = 2;
/** Fixed part of an EPB with its flags and packet id options, end of options and trailing length. */
const EPB_FIXED_BYTES = 28 + 8 + 12 + 4 + 4;

export interface PcapngWriterOptions {
  /** opt_comment of the section: scenario, seed, run, epoch. */
  comment?: string;
  /** shb_os */
  os?: string;
  /** shb_userappl: program and version. */
  application?: string;
  /** Wall-clock time of simulated time 0, in nanoseconds since 1970. Default 0: frames show 1970. */
  epochNs?: bigint;
  /** Buffer size, 64 KiB to 1 MiB. */
  batchBytes?: number;
}

/** Counts that end up in the interface statistics block of one interface. */
export interface InterfaceCounts {
  /** Packets that passed the tap, whether kept or not. */
  readonly seen: number;
  /** Packets written to the file. */
  readonly captured: number;
}

export interface PcapngInterface {
  /** if_name, as a user knows the device: `host1/eth0`. */
  name: string;
  /** if_description: the role, such as `underlay`. */
  description?: string;
  /** if_filter: the capture filter's text. */
  filter?: string;
  linkType?: number;
  snaplen?: number;
  /** Read when the file is closed. */
  counts?: InterfaceCounts;
}

/**
 * Writes pcapng (draft-ietf-opsawg-pcapng): one section, an interface block per tap as it appears, nanosecond
 * stamps, and interface statistics at the end. Not written: name resolution and decryption secrets blocks.
 */
export class PcapngWriter implements CaptureWriter {
  /** Packets written so far. */
  packets = 0;
  private readonly batch: Batch;
  private readonly epochHigh: number;
  private readonly epochLow: number;
  private readonly interfaces: PcapngInterface[] = [];
  private lastTimeNs = 0;
  private closed = false;

  constructor(sink: ByteSink, options: PcapngWriterOptions = {}) {
    const epochNs = options.epochNs ?? 0n;
    this.epochHigh = Number(epochNs / BigInt(TWO_32));
    this.epochLow = Number(epochNs % BigInt(TWO_32));
    this.batch = new Batch(sink, options.batchBytes ?? DEFAULT_BATCH_BYTES);
    this.writeBlock(ng.sectionHeaderBlock(options.comment, options.os, options.application));
  }

  /** Adds an interface and returns its index, the number that packets refer to it by. */
  addInterface(iface: PcapngInterface): number {
    this.writeBlock(
      ng.interfaceDescriptionBlock(
        iface.linkType ?? LINKTYPE_ETHERNET,
        iface.snaplen ?? MAXIMUM_SNAPLEN,
        iface.name,
        iface.description,
        iface.filter,
      ),
    );
    return this.interfaces.push(iface) - 1;
  }

  /** Appends one packet; see CaptureWriter. Allocates nothing unless a comment is given. */
  writePacket(
    timeNs: number,
    buf: Uint8Array,
    offset: number,
    capturedLength: number,
    originalLength: number,
    interfaceIndex: number,
    direction: number,
    packetId: number,
    comment: string | null = null,
  ): void {
    if (interfaceIndex < 0 || interfaceIndex >= this.interfaces.length) {
      throw new RangeError(`interface ${interfaceIndex}: ${this.interfaces.length} were added`);
    }
    const batch = this.batch;
    const commentOption = comment === null ? null : ng.textOption(ng.OPT_COMMENT, comment);
    const commentBytes = commentOption === null ? 0 : commentOption.length;
    const paddedLength = (capturedLength + 3) & ~3;
    const blockBytes = EPB_FIXED_BYTES + paddedLength + commentBytes;
    if (batch.used + blockBytes > batch.bytes.length) batch.flush();
    this.putPacketHeader(timeNs, blockBytes, capturedLength, originalLength, interfaceIndex);
    if (blockBytes > batch.bytes.length) batch.passThrough(buf, offset, capturedLength);
    else batch.appendBytes(buf, offset, capturedLength);
    for (let i = capturedLength; i < paddedLength; i++) batch.bytes[batch.used++] = 0;
    if (commentOption !== null) this.putAll(commentOption);
    this.putPacketOptions(direction, packetId);
    batch.put32(blockBytes);
    this.packets++;
    this.lastTimeNs = timeNs;
  }

  private putPacketHeader(
    timeNs: number,
    blockBytes: number,
    capturedLength: number,
    originalLength: number,
    interfaceIndex: number,
  ): void {
    const batch = this.batch;
    batch.put32(ng.BLOCK_ENHANCED_PACKET);
    batch.put32(blockBytes);
    batch.put32(interfaceIndex);
    this.putTime(timeNs);
    batch.put32(capturedLength);
    batch.put32(originalLength);
  }

  private putPacketOptions(direction: number, packetId: number): void {
    const batch = this.batch;
    batch.put16(ng.EPB_FLAGS);
    batch.put16(4);
    batch.put32(direction === CAPTURE_OUT ? EPB_OUTBOUND : EPB_INBOUND);
    batch.put16(ng.EPB_PACKETID);
    batch.put16(8);
    batch.put32(packetId % TWO_32);
    batch.put32(Math.floor(packetId / TWO_32));
    batch.put32(ng.OPT_ENDOFOPT);
  }

  /** A 64-bit stamp as two 32-bit words, upper first. */
  private putTime(timeNs: number): void {
    const high = Math.floor(timeNs / TWO_32);
    const low = timeNs - high * TWO_32 + this.epochLow;
    const carry = low >= TWO_32 ? 1 : 0;
    this.batch.put32(high + this.epochHigh + carry);
    this.batch.put32(low - carry * TWO_32);
  }

  private writeBlock(block: Uint8Array): void {
    if (block.length > this.batch.bytes.length) return this.batch.passThrough(block, 0, block.length);
    this.batch.reserve(block.length);
    this.putAll(block);
  }

  private putAll(bytes: Uint8Array): void {
    if (this.batch.used + bytes.length > this.batch.bytes.length) this.batch.flush();
    if (bytes.length > this.batch.bytes.length) return this.batch.passThrough(bytes, 0, bytes.length);
    this.batch.bytes.set(bytes, this.batch.used);
    this.batch.used += bytes.length;
  }

  private writeStatistics(index: number, counts: InterfaceCounts): void {
    const batch = this.batch;
    batch.reserve(64);
    const start = batch.used;
    batch.put32(ng.BLOCK_INTERFACE_STATISTICS);
    batch.put32(0);
    batch.put32(index);
    this.putTime(this.lastTimeNs);
    this.putCount(ng.ISB_IFRECV, counts.seen);
    this.putCount(ng.ISB_IFDROP, 0);
    this.putCount(ng.ISB_FILTERACCEPT, counts.captured);
    batch.put32(ng.OPT_ENDOFOPT);
    batch.put32(batch.used + 4 - start);
    batch.view.setUint32(start + 4, batch.used - start, true);
  }

  private putCount(option: number, count: number): void {
    this.batch.put16(option);
    this.batch.put16(8);
    this.batch.put32(count % TWO_32);
    this.batch.put32(Math.floor(count / TWO_32));
  }

  flush(): void {
    this.batch.flush();
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    for (const [index, iface] of this.interfaces.entries()) {
      if (iface.counts !== undefined) this.writeStatistics(index, iface.counts);
    }
    this.batch.close();
  }
}
