import { readPcapng } from './pcapng-reader.ts';
import {
  CaptureFormatError,
  type CaptureFile,
  type CapturedPacket,
  readWord,
  readHalf,
} from './capture-file.ts';

const MAGIC_US = 0xa1b2c3d4;
const MAGIC_NS = 0xa1b23c4d;
const MAGIC_PCAPNG = 0x0a0d0d0a;
const NS_PER_S = 1_000_000_000n;

/**
 * Reads a pcap or pcapng file of either byte order, with micro- or nanosecond stamps. Packets point into
 * `bytes`. Throws CaptureFormatError, and nothing else, on anything that is not such a file.
 */
export function readCapture(bytes: Uint8Array): CaptureFile {
  if (bytes.length < 4) throw new CaptureFormatError('the file is too short to be a capture', 0);
  const little = readWord(bytes, 0, true);
  if (little === MAGIC_PCAPNG) return readPcapng(bytes);
  const big = readWord(bytes, 0, false);
  if (little === MAGIC_US || little === MAGIC_NS) return readPcap(bytes, true, little === MAGIC_NS);
  if (big === MAGIC_US || big === MAGIC_NS) return readPcap(bytes, false, big === MAGIC_NS);
  throw new CaptureFormatError('neither pcap nor pcapng: unknown magic number', 0);
}

function readPcap(bytes: Uint8Array, littleEndian: boolean, nanoseconds: boolean): CaptureFile {
  if (bytes.length < 24) throw new CaptureFormatError('the pcap file header is cut off', bytes.length);
  const major = readHalf(bytes, 4, littleEndian);
  if (major !== 2) throw new CaptureFormatError(`pcap version ${major} is not supported`, 4);
  const snaplen = readWord(bytes, 16, littleEndian);
  const linkType = readWord(bytes, 20, littleEndian) & 0xffff;
  const packets: CapturedPacket[] = [];
  let at = 24;
  let truncated = false;
  while (at < bytes.length) {
    if (at + 16 > bytes.length) {
      truncated = true;
      break;
    }
    const seconds = readWord(bytes, at, littleEndian);
    const fraction = readWord(bytes, at + 4, littleEndian);
    const length = readWord(bytes, at + 8, littleEndian);
    const originalLength = readWord(bytes, at + 12, littleEndian);
    if (at + 16 + length > bytes.length) {
      truncated = true;
      break;
    }
    const timeNs = BigInt(seconds) * NS_PER_S + BigInt(fraction) * (nanoseconds ? 1n : 1000n);
    packets.push({
      timeNs,
      buf: bytes,
      offset: at + 16,
      length,
      originalLength,
      interfaceIndex: 0,
      direction: null,
      packetId: null,
      comment: null,
    });
    at += 16 + length;
  }
  const iface = { name: null, description: null, filter: null, linkType, snaplen, statistics: null };
  return {
    format: 'pcap',
    nanoseconds,
    comment: null,
    application: null,
    os: null,
    interfaces: [iface],
    packets,
    truncated,
  };
}
