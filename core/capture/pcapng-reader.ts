import {
  type CapturedPacket,
  type CaptureFile,
  CaptureFormatError,
  type CaptureInterface,
  readHalf,
  readWord,
} from './capture-file.ts';
import { CAPTURE_IN, CAPTURE_OUT } from './capture-writer.ts';
import * as ng from './pcapng-format.ts';

const TWO_32 = 0x1_0000_0000;

interface InterfaceClock {
  /** Nanoseconds a unit of the stamps is worth, as a fraction. */
  numerator: bigint;
  denominator: bigint;
  offsetSeconds: bigint;
}

/**
 * Reads pcapng: section header, interface, enhanced and simple packet, and statistics blocks; other blocks are
 * skipped, as the format asks. Interfaces of several sections are numbered on.
 */
export function readPcapng(bytes: Uint8Array): CaptureFile {
  return new PcapngReader(bytes).read();
}

class PcapngReader {
  private readonly bytes: Uint8Array;
  private littleEndian = true;
  /** Index of the first interface of the current section. */
  private sectionInterfaces = 0;
  private readonly clocks: InterfaceClock[] = [];
  private readonly file: CaptureFile = {
    format: 'pcapng',
    nanoseconds: false,
    comment: null,
    application: null,
    os: null,
    interfaces: [],
    packets: [],
    truncated: false,
  };

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  read(): CaptureFile {
    let at = 0;
    while (at < this.bytes.length) {
      const next = this.readBlock(at);
      if (next === null) {
        this.file.truncated = true;
        break;
      }
      at = next;
    }
    return this.file;
  }

  /** Reads the block at `at` and returns where the next starts, or null when the file ends within it. */
  private readBlock(at: number): number | null {
    if (at + 12 > this.bytes.length) return null;
    const type = readWord(this.bytes, at, this.littleEndian);
    if (type === ng.BLOCK_SECTION_HEADER) this.readByteOrder(at);
    const length = readWord(this.bytes, at + 4, this.littleEndian);
    if (length < 12 || length % 4 !== 0) throw new CaptureFormatError(`bad block length ${length}`, at + 4);
    if (at + length > this.bytes.length) return null;
    const end = at + length - 4;
    if (readWord(this.bytes, end, this.littleEndian) !== length) {
      throw new CaptureFormatError('the two lengths of a block differ', end);
    }
    this.readBody(type, at + 8, end);
    return at + length;
  }

  private readByteOrder(at: number): void {
    if (readWord(this.bytes, at + 8, true) === ng.BYTE_ORDER_MAGIC) this.littleEndian = true;
    else if (readWord(this.bytes, at + 8, false) === ng.BYTE_ORDER_MAGIC) this.littleEndian = false;
    else throw new CaptureFormatError('bad byte-order magic in a section header', at + 8);
  }

  private readBody(type: number, at: number, end: number): void {
    switch (type) {
      case ng.BLOCK_SECTION_HEADER:
        return this.readSection(at, end);
      case ng.BLOCK_INTERFACE_DESCRIPTION:
        return this.readInterface(at, end);
      case ng.BLOCK_ENHANCED_PACKET:
        return this.readPacket(at, end);
      case ng.BLOCK_SIMPLE_PACKET:
        return this.readSimplePacket(at, end);
      case ng.BLOCK_INTERFACE_STATISTICS:
        return this.readStatistics(at, end);
      case ng.BLOCK_PACKET_OBSOLETE:
        throw new CaptureFormatError('the obsolete packet block is not supported', at);
    }
  }

  private readSection(at: number, end: number): void {
    requireBytes(at, end, 16);
    this.sectionInterfaces = this.file.interfaces.length;
    this.eachOption(at + 16, end, (code, from, length) => {
      if (code === ng.OPT_COMMENT) this.file.comment = decodeUtf8(this.bytes, from, length);
      if (code === ng.SHB_OS) this.file.os = decodeUtf8(this.bytes, from, length);
      if (code === ng.SHB_USERAPPL) this.file.application = decodeUtf8(this.bytes, from, length);
    });
  }

  private readInterface(at: number, end: number): void {
    requireBytes(at, end, 8);
    const iface: CaptureInterface = {
      name: null,
      description: null,
      filter: null,
      linkType: readHalf(this.bytes, at, this.littleEndian),
      snaplen: readWord(this.bytes, at + 4, this.littleEndian),
      statistics: null,
    };
    const clock: InterfaceClock = { numerator: 1000n, denominator: 1n, offsetSeconds: 0n };
    this.eachOption(at + 8, end, (code, from, length) => {
      if (code === ng.IF_NAME) iface.name = decodeUtf8(this.bytes, from, length);
      if (code === ng.IF_DESCRIPTION) iface.description = decodeUtf8(this.bytes, from, length);
      if (code === ng.IF_FILTER && length > 0) iface.filter = decodeUtf8(this.bytes, from + 1, length - 1);
      if (code === ng.IF_TSRESOL && length === 1) this.setResolution(clock, this.bytes[from]!);
      if (code === ng.IF_TSOFFSET && length === 8) clock.offsetSeconds = BigInt.asIntN(64, this.read64(from));
    });
    this.file.interfaces.push(iface);
    this.clocks.push(clock);
  }

  /** if_tsresol: a negative power of ten, or of two when the top bit is set. */
  private setResolution(clock: InterfaceClock, value: number): void {
    const unitsPerSecond = value & 0x80 ? 2n ** BigInt(value & 0x7f) : 10n ** BigInt(value);
    clock.numerator = 1_000_000_000n;
    clock.denominator = unitsPerSecond;
    if (unitsPerSecond > 1_000_000n) this.file.nanoseconds = true;
  }

  private readPacket(at: number, end: number): void {
    requireBytes(at, end, 20);
    const index = this.sectionInterfaces + readWord(this.bytes, at, this.littleEndian);
    const clock = this.clocks[index];
    if (clock === undefined)
      throw new CaptureFormatError('a packet of an interface that is not described', at);
    const high = BigInt(readWord(this.bytes, at + 4, this.littleEndian));
    const units = (high << 32n) | BigInt(readWord(this.bytes, at + 8, this.littleEndian));
    const length = readWord(this.bytes, at + 12, this.littleEndian);
    const padded = length + ((4 - (length % 4)) % 4);
    requireBytes(at, end, 20 + padded);
    const packet: CapturedPacket = {
      timeNs: (units * clock.numerator) / clock.denominator + clock.offsetSeconds * 1_000_000_000n,
      buf: this.bytes,
      offset: at + 20,
      length,
      originalLength: readWord(this.bytes, at + 16, this.littleEndian),
      interfaceIndex: index,
      direction: null,
      packetId: null,
      comment: null,
    };
    this.eachOption(at + 20 + padded, end, (code, from, optionLength) => {
      if (code === ng.OPT_COMMENT) packet.comment = decodeUtf8(this.bytes, from, optionLength);
      if (code === ng.EPB_FLAGS && optionLength === 4) packet.direction = this.readDirection(from);
      if (code === ng.EPB_PACKETID && optionLength === 8) packet.packetId = Number(this.read64(from));
    });
    this.file.packets.push(packet);
  }

  private readDirection(at: number): number | null {
    const bits = readWord(this.bytes, at, this.littleEndian) & 3;
    if (bits === 1) return CAPTURE_IN;
    return bits === 2 ? CAPTURE_OUT : null;
  }

  private readSimplePacket(at: number, end: number): void {
    requireBytes(at, end, 4);
    const iface = this.file.interfaces[this.sectionInterfaces];
    if (iface === undefined)
      throw new CaptureFormatError('a packet of an interface that is not described', at);
    const originalLength = readWord(this.bytes, at, this.littleEndian);
    const snaplen = iface.snaplen === 0 ? Infinity : iface.snaplen;
    const length = Math.min(originalLength, snaplen, end - at - 4);
    this.file.packets.push({
      timeNs: 0n,
      buf: this.bytes,
      offset: at + 4,
      length,
      originalLength,
      interfaceIndex: this.sectionInterfaces,
      direction: null,
      packetId: null,
      comment: null,
    });
  }

  private readStatistics(at: number, end: number): void {
    requireBytes(at, end, 12);
    const index = this.sectionInterfaces + readWord(this.bytes, at, this.littleEndian);
    const iface = this.file.interfaces[index];
    if (iface === undefined)
      throw new CaptureFormatError('statistics of an interface that is not described', at);
    const statistics: NonNullable<CaptureInterface['statistics']> = { received: null, accepted: null };
    this.eachOption(at + 12, end, (code, from, length) => {
      if (code === ng.ISB_IFRECV && length === 8) statistics.received = Number(this.read64(from));
      if (code === ng.ISB_FILTERACCEPT && length === 8) statistics.accepted = Number(this.read64(from));
    });
    iface.statistics = statistics;
  }

  private eachOption(
    at: number,
    end: number,
    take: (code: number, from: number, length: number) => void,
  ): void {
    let from = at;
    while (from + 4 <= end) {
      const code = readHalf(this.bytes, from, this.littleEndian);
      const length = readHalf(this.bytes, from + 2, this.littleEndian);
      if (code === ng.OPT_ENDOFOPT) return;
      if (from + 4 + length > end) throw new CaptureFormatError('an option reaches past its block', from);
      take(code, from + 4, length);
      from += 4 + ((length + 3) & ~3);
    }
  }

  /** A 64-bit number in the section's byte order. */
  private read64(at: number): bigint {
    const first = readWord(this.bytes, at, this.littleEndian);
    const second = readWord(this.bytes, at + 4, this.littleEndian);
    const [high, low] = this.littleEndian ? [second, first] : [first, second];
    return BigInt(high) * BigInt(TWO_32) + BigInt(low);
  }
}

function requireBytes(at: number, end: number, bytes: number): void {
  if (at + bytes > end) throw new CaptureFormatError('a block is too short for its contents', at);
}

/** UTF-8 to text; what is not UTF-8 becomes U+FFFD. */
function decodeUtf8(bytes: Uint8Array, from: number, length: number): string {
  let text = '';
  let at = from;
  const end = from + length;
  while (at < end) {
    const lead = bytes[at]!;
    const more =
      lead < 0x80 ? 0 : lead < 0xc2 ? -1 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : lead < 0xf5 ? 3 : -1;
    at++;
    let code = more === 0 ? lead : lead & (0x3f >> more);
    let taken = 0;
    while (taken < more && at < end && (bytes[at]! & 0xc0) === 0x80) {
      code = (code << 6) | (bytes[at]! & 0x3f);
      at++;
      taken++;
    }
    text += more < 0 || taken < more || code > 0x10ffff ? '\ufffd' : String.fromCodePoint(code);
  }
  return text;
}
