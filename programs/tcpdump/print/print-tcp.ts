import { hex } from './address-text.ts';
import type { Dissector } from './dissector.ts';
import { checksumShouldBe, transportChecksum } from './print-checksum.ts';
import { printDns } from './print-dns.ts';
import { printHttp } from './print-http.ts';
import type { IpHeader } from './print-ip-payload.ts';
import { printTcpOptions } from './print-tcp-options.ts';

const TH_FIN = 0x01;
const TH_SYN = 0x02;
const TH_RST = 0x04;
const TH_ACK = 0x10;
const TH_URG = 0x20;
/** Flags in the order tcpdump writes them. */
const FLAG_LETTERS = 'FSRP.UEW';
const HTTP_PORTS = [80, 8080, 3128];
const DNS_PORT = 53;

/** What sequence numbers are counted from. */
interface SequenceBase {
  seq: number;
  ack: number;
  /** What SACK blocks are counted from. */
  sack: number;
}

/** Prints TCP (RFC 9293). Of what it carries, DNS and HTTP are decoded. */
export function printTcp(d: Dissector, ip: IpHeader, at: number, length: number): void {
  d.protocol = 'tcp';
  if (!d.has(at, 4)) {
    d.add(`${ip.source} > ${ip.destination}: `);
    d.truncated();
  }
  const sourcePort = d.u16(at);
  const destinationPort = d.u16(at + 2);
  if (ip.addressesPrinted === true) d.add(`${sourcePort} > ${destinationPort}: `);
  else d.add(`${ip.source}.${sourcePort} > ${ip.destination}.${destinationPort}: `);
  d.require(at, 20);
  const headerBytes = (d.u8(at + 12) >> 4) * 4;
  if (headerBytes < 20)
    return d.add(` tcp ${length - headerBytes} [bad hdr length ${headerBytes} - too short, < 20]`);
  if (d.options.quiet) return printQuiet(d, headerBytes, length);
  const flags = d.u8(at + 13);
  d.add(`Flags [${flagText(flags)}]`);
  const base = sequenceBase(d, ip, at, flags, sourcePort, destinationPort);
  if (headerBytes > length) return d.add(` [bad hdr length ${headerBytes} - too long, > ${length}]`);
  if (d.options.verbose > 0 && !ip.fragmented) printChecksum(d, ip, at, length);
  const dataLength = length - headerBytes;
  printNumbers(d, at, flags, dataLength, base);
  if (headerBytes > 20) printTcpOptions(d, at + 20, headerBytes - 20, base.sack);
  d.add(`, length ${dataLength}`);
  if (dataLength > 0) printData(d, at + headerBytes, dataLength, flags, sourcePort, destinationPort);
}

function printQuiet(d: Dissector, headerBytes: number, length: number): void {
  d.add(`tcp ${length - headerBytes}`);
  if (headerBytes > length) d.add(` [bad hdr length ${headerBytes} - too long, > ${length}]`);
}

function flagText(flags: number): string {
  let text = '';
  for (let bit = 0; bit < 8; bit++) if (flags & (1 << bit)) text += FLAG_LETTERS[bit]!;
  return text === '' ? 'none' : text;
}

/** Finds the connection, or notes it, and says what its numbers are counted from: 0 when they are printed whole. */
function sequenceBase(
  d: Dissector,
  ip: IpHeader,
  at: number,
  flags: number,
  sourcePort: number,
  destinationPort: number,
): SequenceBase {
  if (d.options.absoluteSequence || (flags & TH_ACK) === 0) return { seq: 0, ack: 0, sack: 0 };
  const reversed =
    sourcePort > destinationPort || (sourcePort === destinationPort && compareAddresses(d, ip) > 0);
  const source = `${ip.source}.${sourcePort}`;
  const destination = `${ip.destination}.${destinationPort}`;
  const key = reversed ? `${destination}>${source}` : `${source}>${destination}`;
  const seq = d.u32(at + 4);
  const ack = d.u32(at + 8);
  const known = d.state.flows.get(key);
  if (known === undefined || (flags & TH_SYN) !== 0) {
    const before = (ack - 1) >>> 0;
    const flow = reversed ? { seq: before, ack: seq } : { seq, ack: before };
    d.state.flows.set(key, flow);
    return { seq: 0, ack: 0, sack: reversed ? flow.seq : flow.ack };
  }
  if (reversed) return { seq: known.ack, ack: known.seq, sack: known.seq };
  return { seq: known.seq, ack: known.ack, sack: known.ack };
}

function compareAddresses(d: Dissector, ip: IpHeader): number {
  const [from, length] = ip.version === 4 ? [ip.at + 12, 4] : [ip.at + 8, 16];
  for (let i = 0; i < length; i++) {
    const difference = d.u8(from + i) - d.u8(from + length + i);
    if (difference !== 0) return difference;
  }
  return 0;
}

function printChecksum(d: Dissector, ip: IpHeader, at: number, length: number): void {
  const rest = transportChecksum(d, ip, 6, at, length);
  if (rest === null) return;
  const found = d.u16(at + 16);
  d.add(`, cksum 0x${hex(found, 4)}`);
  d.add(rest === 0 ? ' (correct)' : ` (incorrect -> 0x${hex(checksumShouldBe(found, rest), 4)})`);
}

function printNumbers(d: Dissector, at: number, flags: number, dataLength: number, base: SequenceBase): void {
  const seq = (d.u32(at + 4) - base.seq) >>> 0;
  if (d.options.verbose > 1 || dataLength > 0 || (flags & (TH_SYN | TH_FIN | TH_RST)) !== 0) {
    d.add(`, seq ${seq}`);
    if (dataLength > 0) d.add(`:${(seq + dataLength) >>> 0}`);
  }
  if (flags & TH_ACK) d.add(`, ack ${(d.u32(at + 8) - base.ack) >>> 0}`);
  d.add(`, win ${d.u16(at + 14)}`);
  if (flags & TH_URG) d.add(`, urg ${d.u16(at + 18)}`);
}

function printData(
  d: Dissector,
  at: number,
  length: number,
  flags: number,
  sourcePort: number,
  destinationPort: number,
): void {
  if (flags & TH_RST) {
    if (d.options.verbose > 0) printResetReason(d, at, length);
    return;
  }
  if (HTTP_PORTS.includes(sourcePort) || HTTP_PORTS.includes(destinationPort)) {
    d.add(': ');
    return printHttp(d, at, length);
  }
  if (length > 2 && (sourcePort === DNS_PORT || destinationPort === DNS_PORT)) {
    d.add(' ');
    printDns(d, at + 2, length - 2, false);
  }
}

/** RFC 9293 section 3.5.3: a reset may carry text that explains it. */
function printResetReason(d: Dissector, at: number, length: number): void {
  const most = 30;
  d.add(d.has(at, length) ? ' [RST' : ' [!RST');
  d.add(length > most ? '+ ' : ' ');
  const end = Math.min(at + Math.min(length, most), d.end);
  for (let i = at; i < end; i++) {
    const byte = d.u8(i);
    d.add(byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.');
  }
  d.add(']');
}
