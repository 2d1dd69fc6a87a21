import type { CaptureWriter } from './capture-writer.ts';
import type { PacketFilter } from './filter/packet-filter.ts';
import { MAXIMUM_SNAPLEN } from './link-type.ts';

/** What a device holds for each capture on it: called with every packet that passes. */
export interface Tap {
  /**
   * @param timeNs time the packet passes, in simulated nanoseconds
   * @param direction CAPTURE_IN or CAPTURE_OUT
   * @param packetId Packet.id; the bytes are only valid during the call
   */
  capture(
    timeNs: number,
    buf: Uint8Array,
    offset: number,
    length: number,
    direction: number,
    packetId: number,
  ): void;
}

export interface CaptureTapOptions {
  filter?: PacketFilter | null;
  /** Bytes kept of each packet, as tcpdump -s. */
  snaplen?: number;
  /** Stop taking packets after this many, as tcpdump -c. */
  count?: number;
  /** The interface's number in the file, for pcapng; see PcapngWriter.addInterface. */
  interfaceIndex?: number;
}

/** A tap that writes what passes its filter to a file. Any number of taps may share one writer. */
export class CaptureTap implements Tap {
  /** Packets that came by. */
  seen = 0;
  /** Packets written. */
  captured = 0;
  /** Packets the filter refused. */
  filtered = 0;
  /** Packets that came after the count was reached or the tap was stopped. */
  late = 0;
  /** Set after pcapng's addInterface, when the writer needs the tap's counts first. */
  interfaceIndex: number;
  private readonly writer: CaptureWriter;
  private readonly filter: PacketFilter | null;
  private readonly snaplen: number;
  private readonly count: number;
  private stopped = false;

  constructor(writer: CaptureWriter, options: CaptureTapOptions = {}) {
    this.writer = writer;
    this.filter = options.filter ?? null;
    this.snaplen = options.snaplen ?? MAXIMUM_SNAPLEN;
    this.count = options.count ?? Infinity;
    this.interfaceIndex = options.interfaceIndex ?? 0;
  }

  /** The tap has taken the packets it was asked for. */
  get done(): boolean {
    return this.stopped || this.captured >= this.count;
  }

  capture(
    timeNs: number,
    buf: Uint8Array,
    offset: number,
    length: number,
    direction: number,
    packetId: number,
  ): void {
    this.seen++;
    if (this.stopped || this.captured >= this.count) {
      this.late++;
      return;
    }
    if (this.filter !== null && !this.filter.matches(buf, offset, length)) {
      this.filtered++;
      return;
    }
    this.captured++;
    const kept = length > this.snaplen ? this.snaplen : length;
    this.writer.writePacket(timeNs, buf, offset, kept, length, this.interfaceIndex, direction, packetId);
  }

  /** Takes no more packets. The writer stays open: other taps may share it. */
  stop(): void {
    this.stopped = true;
  }
}
