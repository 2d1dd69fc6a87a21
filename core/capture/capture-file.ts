/** A file that is not a capture, or a damaged one. */
export class CaptureFormatError extends Error {
  /** Byte offset in the file. */
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(`${message} (at byte ${offset})`);
    this.name = 'CaptureFormatError';
    this.offset = offset;
  }
}

/** A packet of a capture file; its bytes are `length` bytes of `buf` from `offset`. */
export interface CapturedPacket {
  /** Nanoseconds since 1970: beyond what a number holds exactly when it is a present-day date. */
  timeNs: bigint;
  buf: Uint8Array;
  offset: number;
  length: number;
  /** Length on the wire; longer than `length` when a snapshot length cut it. */
  originalLength: number;
  interfaceIndex: number;
  /** CAPTURE_IN, CAPTURE_OUT, or null when the file does not say. */
  direction: number | null;
  packetId: number | null;
  comment: string | null;
}

export interface CaptureInterface {
  name: string | null;
  description: string | null;
  filter: string | null;
  linkType: number;
  snaplen: number;
  /** From the interface statistics block. */
  statistics: { received: number | null; accepted: number | null } | null;
}

export interface CaptureFile {
  format: 'pcap' | 'pcapng';
  /** Stamps are finer than microseconds. */
  nanoseconds: boolean;
  comment: string | null;
  application: string | null;
  os: string | null;
  interfaces: CaptureInterface[];
  packets: CapturedPacket[];
  /** The file ends in the middle of a record, as when its writer was killed. */
  truncated: boolean;
}

export function readWord(bytes: Uint8Array, at: number, littleEndian: boolean): number {
  const [a, b, c, d] = [bytes[at]!, bytes[at + 1]!, bytes[at + 2]!, bytes[at + 3]!];
  if (littleEndian) return ((d << 24) | (c << 16) | (b << 8) | a) >>> 0;
  return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
}

export function readHalf(bytes: Uint8Array, at: number, littleEndian: boolean): number {
  return littleEndian ? bytes[at]! | (bytes[at + 1]! << 8) : (bytes[at]! << 8) | bytes[at + 1]!;
}
