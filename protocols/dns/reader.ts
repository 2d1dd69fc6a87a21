/** Reads DNS messages (RFC 1035 section 4). Hostile bytes give null, never an exception. */
import { get16, get32 } from '../bytes.ts';
import { Ipv6Address } from '../ipv6-address.ts';
import { DNS_HEADER_LENGTH, DNS_TYPE } from './constants.ts';
import type { DnsData, DnsMessage, DnsQuestion, DnsRecord, EdnsOption } from './message.ts';
import { readDnsName } from './name.ts';

/** A place in a message: `start` and `end` bound it, `at` moves. */
interface Cursor {
  readonly buf: Uint8Array;
  readonly start: number;
  readonly end: number;
  at: number;
}

/**
 * Reads the message in the `length` bytes at `offset`. Null when it is malformed: truncated sections, bad names,
 * RDATA that does not fill its length. Bytes after the last section are ignored, as servers do.
 */
export function parseDnsMessage(
  buf: Uint8Array,
  offset = 0,
  length = buf.length - offset,
): DnsMessage | null {
  if (offset < 0 || length < DNS_HEADER_LENGTH || offset + length > buf.length) return null;
  const cursor: Cursor = { buf, start: offset, end: offset + length, at: offset + DNS_HEADER_LENGTH };
  const questions = readSection(cursor, get16(buf, offset + 4), readQuestion);
  const answers = questions && readSection(cursor, get16(buf, offset + 6), readRecord);
  const authorities = answers && readSection(cursor, get16(buf, offset + 8), readRecord);
  const additionals = authorities && readSection(cursor, get16(buf, offset + 10), readRecord);
  if (!questions || !answers || !authorities || !additionals) return null;
  const flags = get16(buf, offset + 2);
  return {
    id: get16(buf, offset),
    response: (flags & 0x8000) !== 0,
    opcode: (flags >>> 11) & 0xf,
    authoritative: (flags & 0x0400) !== 0,
    truncated: (flags & 0x0200) !== 0,
    recursionDesired: (flags & 0x0100) !== 0,
    recursionAvailable: (flags & 0x0080) !== 0,
    z: (flags >>> 4) & 0x7,
    rcode: flags & 0xf,
    questions,
    answers,
    authorities,
    additionals,
  };
}

function readSection<T>(cursor: Cursor, count: number, read: (cursor: Cursor) => T | null): T[] | null {
  const items: T[] = [];
  for (let i = 0; i < count; i++) {
    const item = read(cursor);
    if (item === null) return null;
    items.push(item);
  }
  return items;
}

/** Reads a name and moves on past it. */
function takeName(cursor: Cursor): string | null {
  const read = readDnsName(cursor.buf, cursor.start, cursor.end, cursor.at);
  if (read === null) return null;
  cursor.at = read.next;
  return read.name;
}

function readQuestion(cursor: Cursor): DnsQuestion | null {
  const name = takeName(cursor);
  if (name === null || cursor.at + 4 > cursor.end) return null;
  const at = cursor.at;
  cursor.at += 4;
  return { name, type: get16(cursor.buf, at), class: get16(cursor.buf, at + 2) };
}

function readRecord(cursor: Cursor): DnsRecord | null {
  const name = takeName(cursor);
  if (name === null || cursor.at + 10 > cursor.end) return null;
  const { buf, at } = cursor;
  const type = get16(buf, at);
  const dataEnd = at + 10 + get16(buf, at + 8);
  if (dataEnd > cursor.end) return null;
  const inside: Cursor = { buf, start: cursor.start, end: dataEnd, at: at + 10 };
  const data = readData(inside, type);
  if (data === null || inside.at !== dataEnd) return null;
  cursor.at = dataEnd;
  return { name, type, class: get16(buf, at + 2), ttl: get32(buf, at + 4), data };
}

/** Reads RDATA; the caller checks that it ends where its length says. */
function readData(cursor: Cursor, type: number): DnsData | null {
  switch (type) {
    case DNS_TYPE.A:
      return readA(cursor);
    case DNS_TYPE.AAAA:
      return readAaaa(cursor);
    case DNS_TYPE.NS:
    case DNS_TYPE.CNAME:
    case DNS_TYPE.PTR:
      return readNameData(cursor);
    case DNS_TYPE.MX:
      return readMx(cursor);
    case DNS_TYPE.TXT:
      return readTxt(cursor);
    case DNS_TYPE.SRV:
      return readSrv(cursor);
    case DNS_TYPE.SOA:
      return readSoa(cursor);
    case DNS_TYPE.OPT:
      return readOpt(cursor);
    default:
      return { kind: 'raw', bytes: takeBytes(cursor, cursor.end - cursor.at) };
  }
}

function takeBytes(cursor: Cursor, length: number): Uint8Array {
  const bytes = cursor.buf.slice(cursor.at, cursor.at + length);
  cursor.at += length;
  return bytes;
}

function left(cursor: Cursor): number {
  return cursor.end - cursor.at;
}

function readA(cursor: Cursor): DnsData | null {
  if (left(cursor) < 4) return null;
  const address = get32(cursor.buf, cursor.at);
  cursor.at += 4;
  return { kind: 'A', address };
}

function readAaaa(cursor: Cursor): DnsData | null {
  if (left(cursor) < 16) return null;
  const address = Ipv6Address.read(cursor.buf, cursor.at);
  cursor.at += 16;
  return { kind: 'AAAA', address };
}

function readNameData(cursor: Cursor): DnsData | null {
  const name = takeName(cursor);
  return name === null ? null : { kind: 'name', name };
}

function readMx(cursor: Cursor): DnsData | null {
  if (left(cursor) < 3) return null;
  const preference = get16(cursor.buf, cursor.at);
  cursor.at += 2;
  const exchange = takeName(cursor);
  return exchange === null ? null : { kind: 'MX', preference, exchange };
}

function readTxt(cursor: Cursor): DnsData | null {
  const strings: Uint8Array[] = [];
  while (left(cursor) > 0) {
    const length = cursor.buf[cursor.at++]!;
    if (length > left(cursor)) return null;
    strings.push(takeBytes(cursor, length));
  }
  return { kind: 'TXT', strings };
}

function readSrv(cursor: Cursor): DnsData | null {
  if (left(cursor) < 7) return null;
  const { buf, at } = cursor;
  cursor.at += 6;
  const target = takeName(cursor);
  if (target === null) return null;
  return {
    kind: 'SRV',
    priority: get16(buf, at),
    weight: get16(buf, at + 2),
    port: get16(buf, at + 4),
    target,
  };
}

function readSoa(cursor: Cursor): DnsData | null {
  const mname = takeName(cursor);
  const rname = mname === null ? null : takeName(cursor);
  if (mname === null || rname === null || left(cursor) < 20) return null;
  const { buf, at } = cursor;
  cursor.at += 20;
  return {
    kind: 'SOA',
    mname,
    rname,
    serial: get32(buf, at),
    refresh: get32(buf, at + 4),
    retry: get32(buf, at + 8),
    expire: get32(buf, at + 12),
    minimum: get32(buf, at + 16),
  };
}

function readOpt(cursor: Cursor): DnsData | null {
  const options: EdnsOption[] = [];
  while (left(cursor) > 0) {
    if (left(cursor) < 4) return null;
    const code = get16(cursor.buf, cursor.at);
    const length = get16(cursor.buf, cursor.at + 2);
    cursor.at += 4;
    if (length > left(cursor)) return null;
    options.push({ code, data: takeBytes(cursor, length) });
  }
  return { kind: 'OPT', options };
}
