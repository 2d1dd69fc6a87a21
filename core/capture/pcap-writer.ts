import { Batch, DEFAULT_BATCH_BYTES } from './batch.ts';
import type { ByteSink } from './byte-sink.ts';
import type { CaptureWriter } from './capture-writer.ts';
import { LINKTYPE_ETHERNET, MAXIMUM_SNAPLEN } from './link-type.ts';

/** Magic number of a pcap file with nanosecond stamps. */
export const PCAP_MAGIC_NS = 0xa1b23c4d;
const FILE_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;
const NS_PER_S = 1_000_000_000;

export interface PcapWriterOptions {
  linkType?: number;
  snaplen?: number;
  /** Wall-clock time of simulated time 0, in nanoseconds since 1970. Default 0: frames show 1970. */
  epochNs?: bigint;
  /** Buffer size, 64 KiB to 1 MiB. */
  batchBytes?: number;
}

/** Writes classic pcap (draft-ietf-opsawg-pcap): one interface a file, nanosecond stamps, little-endian. */
export class PcapWriter implements CaptureWriter {
  /** Packets written so far. */
  packets = 0;
  private readonly batch: Batch;
  private readonly epochSeconds: number;
  private readonly epochRestNs: number;
  private closed = false;

  constructor(sink: ByteSink, options: PcapWriterOptions = {}) {
    const epochNs = options.epochNs ?? 0n;
    this.epochSeconds = Number(epochNs / BigInt(NS_PER_S));
    this.epochRestNs = Number(epochNs % BigInt(NS_PER_S));
    this.batch = new Batch(sink, options.batchBytes ?? DEFAULT_BATCH_BYTES);
    this.writeFileHeader(options.linkType ?? LINKTYPE_ETHERNET, options.snaplen ?? MAXIMUM_SNAPLEN);
  }

  private writeFileHeader(linkType: number, snaplen: number): void {
    const batch = this.batch;
    batch.reserve(FILE_HEADER_BYTES);
    batch.put32(PCAP_MAGIC_NS);
    batch.put16(2);
    batch.put16(4);
    batch.put32(0);
    batch.put32(0);
    batch.put32(snaplen);
    batch.put32(linkType);
  }

  /** Appends one packet; see CaptureWriter. Allocates nothing. */
  writePacket(
    timeNs: number,
    buf: Uint8Array,
    offset: number,
    length: number,
    originalLength: number = length,
  ): void {
    const batch = this.batch;
    const recordBytes = RECORD_HEADER_BYTES + length;
    if (batch.used + recordBytes > batch.bytes.length) batch.flush();
    const at = batch.used;
    const stampNs = timeNs + this.epochRestNs;
    const seconds = Math.floor(stampNs / NS_PER_S);
    const view = batch.view;
    view.setUint32(at, seconds + this.epochSeconds, true);
    view.setUint32(at + 4, stampNs - seconds * NS_PER_S, true);
    view.setUint32(at + 8, length, true);
    view.setUint32(at + 12, originalLength, true);
    batch.used = at + RECORD_HEADER_BYTES;
    this.packets++;
    if (recordBytes > batch.bytes.length) batch.passThrough(buf, offset, length);
    else batch.appendBytes(buf, offset, length);
  }

  flush(): void {
    this.batch.flush();
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.batch.close();
  }
}
