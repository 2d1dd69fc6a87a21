/** Writes DNS messages (RFC 1035 section 4), with name compression where it is asked for. */
import { put16, put32 } from '../bytes.ts';
import { DNS_HEADER_LENGTH, DNS_TYPE } from './constants.ts';
import type { DnsData, DnsMessage, DnsQuestion, DnsRecord } from './message.ts';
import { dnsLabels } from './name.ts';

/** Offsets past this cannot be the target of a compression pointer (14 bits). */
const POINTER_LIMIT = 0x4000;

/** A growing message. `names` maps the wire form of each name written so far to its offset; null: no compression. */
class DnsWriter {
  bytes = new Uint8Array(512);
  length = 0;
  private readonly names: Map<string, number> | null;

  constructor(compress: boolean) {
    this.names = compress ? new Map() : null;
  }

  /** Makes room for `count` bytes and returns the offset where they go. */
  take(count: number): number {
    const at = this.length;
    this.length += count;
    if (this.length > this.bytes.length) {
      const grown = new Uint8Array(Math.max(this.length, 2 * this.bytes.length));
      grown.set(this.bytes.subarray(0, at));
      this.bytes = grown;
    }
    return at;
  }

  byte(value: number): void {
    const at = this.take(1);
    this.bytes[at] = value;
  }

  word(value: number): void {
    const at = this.take(2);
    put16(this.bytes, at, value);
  }

  long(value: number): void {
    const at = this.take(4);
    put32(this.bytes, at, value);
  }

  raw(data: Uint8Array): void {
    const at = this.take(data.length);
    this.bytes.set(data, at);
  }

  /** Writes a name; `compressible` is false in RDATA of types younger than RFC 1035 (RFC 3597 section 4). */
  name(text: string, compressible = true): void {
    const labels = dnsLabels(text);
    for (let i = 0; i < labels.length; i++) {
      const key = labels.slice(i).join(';');
      const target = compressible ? this.names?.get(key) : undefined;
      if (target !== undefined) {
        this.word(0xc000 | target);
        return;
      }
      if (this.names !== null && !this.names.has(key) && this.length < POINTER_LIMIT) {
        this.names.set(key, this.length);
      }
      this.byte(labels[i]!.length);
      this.raw(labels[i]!);
    }
    this.byte(0);
  }
}

function writeQuestion(writer: DnsWriter, question: DnsQuestion): void {
  writer.name(question.name);
  writer.word(question.type);
  writer.word(question.class);
}

function writeRecord(writer: DnsWriter, record: DnsRecord): void {
  writer.name(record.name);
  writer.word(record.type);
  writer.word(record.class);
  writer.long(record.ttl);
  const lengthAt = writer.take(2);
  writeData(writer, record.type, record.data);
  put16(writer.bytes, lengthAt, writer.length - lengthAt - 2);
}

function writeData(writer: DnsWriter, type: number, data: DnsData): void {
  switch (data.kind) {
    case 'A':
      return writer.long(data.address);
    case 'AAAA': {
      const at = writer.take(16);
      return data.address.write(writer.bytes, at);
    }
    case 'name':
      return writer.name(data.name);
    case 'MX':
      writer.word(data.preference);
      return writer.name(data.exchange);
    case 'TXT':
      return data.strings.forEach((text) => writeString(writer, text));
    case 'SRV':
      writer.word(data.priority);
      writer.word(data.weight);
      writer.word(data.port);
      return writer.name(data.target, false);
    case 'SOA':
      writer.name(data.mname);
      writer.name(data.rname);
      for (const value of [data.serial, data.refresh, data.retry, data.expire, data.minimum])
        writer.long(value);
      return;
    case 'OPT':
      for (const option of data.options) {
        writer.word(option.code);
        writer.word(option.data.length);
        writer.raw(option.data);
      }
      return;
    case 'raw':
      if (type === DNS_TYPE.OPT) throw new Error('an OPT record has options, not raw data');
      return writer.raw(data.bytes);
  }
}

/** Writes a character-string (section 3.3). */
function writeString(writer: DnsWriter, text: Uint8Array): void {
  if (text.length > 255) throw new Error(`a TXT string has at most 255 bytes, not ${text.length}`);
  writer.byte(text.length);
  writer.raw(text);
}

function flagsWord(message: DnsMessage): number {
  return (
    (message.response ? 0x8000 : 0) |
    ((message.opcode & 0xf) << 11) |
    (message.authoritative ? 0x0400 : 0) |
    (message.truncated ? 0x0200 : 0) |
    (message.recursionDesired ? 0x0100 : 0) |
    (message.recursionAvailable ? 0x0080 : 0) |
    ((message.z & 0x7) << 4) |
    (message.rcode & 0xf)
  );
}

/**
 * The message as bytes. With `compress`, a name is replaced by a pointer to an earlier one of the same spelling.
 * Throws on names that do not fit the wire and on a message longer than 65535 bytes.
 */
export function writeDnsMessage(message: DnsMessage, compress = false): Uint8Array {
  const writer = new DnsWriter(compress);
  const header = writer.take(DNS_HEADER_LENGTH);
  put16(writer.bytes, header, message.id);
  put16(writer.bytes, header + 2, flagsWord(message));
  put16(writer.bytes, header + 4, message.questions.length);
  put16(writer.bytes, header + 6, message.answers.length);
  put16(writer.bytes, header + 8, message.authorities.length);
  put16(writer.bytes, header + 10, message.additionals.length);
  for (const question of message.questions) writeQuestion(writer, question);
  for (const record of message.answers) writeRecord(writer, record);
  for (const record of message.authorities) writeRecord(writer, record);
  for (const record of message.additionals) writeRecord(writer, record);
  if (writer.length > 0xffff) throw new Error(`a DNS message has at most 65535 bytes, not ${writer.length}`);
  return writer.bytes.slice(0, writer.length);
}
