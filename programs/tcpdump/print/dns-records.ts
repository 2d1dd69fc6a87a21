import { hex, ipv4Text, ipv6Text } from './address-text.ts';
import type { Dissector } from './dissector.ts';

const CLASS_IN = 1;
const TYPE_NAMES: ReadonlyMap<number, string> = new Map([
  [1, 'A'],
  [2, 'NS'],
  [5, 'CNAME'],
  [6, 'SOA'],
  [12, 'PTR'],
  [13, 'HINFO'],
  [15, 'MX'],
  [16, 'TXT'],
  [28, 'AAAA'],
  [33, 'SRV'],
  [35, 'NAPTR'],
  [41, 'OPT'],
  [43, 'DS'],
  [46, 'RRSIG'],
  [47, 'NSEC'],
  [48, 'DNSKEY'],
  [64, 'SVCB'],
  [65, 'HTTPS'],
  [251, 'IXFR'],
  [252, 'AXFR'],
  [255, 'ANY'],
  [257, 'CAA'],
]);
const CLASS_NAMES: ReadonlyMap<number, string> = new Map([
  [3, 'CHAOS'],
  [4, 'HS'],
  [255, 'ANY'],
]);
/** EDNS options (RFC 6891) by name; their data is printed in hexadecimal. */
const OPTION_NAMES: ReadonlyMap<number, string> = new Map([
  [3, 'NSID'],
  [8, 'ECS'],
  [9, 'EXPIRE'],
  [10, 'COOKIE'],
  [11, 'KEEPALIVE'],
  [12, 'PADDING'],
  [13, 'CHAIN'],
]);
const TYPE_OPT = 41;
/** In multicast DNS the top bit of the class asks for a unicast answer, or to flush the cache. */
const TOP_BIT = 0x8000;
const MAXIMUM_JUMPS = 128;
const MAXIMUM_NAME = 1024;

/** Walks through a DNS message and prints its questions and records. Methods return false when it ends too early. */
export class DnsPrinter {
  private readonly d: Dissector;
  private readonly message: number;
  private readonly multicast: boolean;
  private at: number;

  constructor(d: Dissector, message: number, multicast: boolean) {
    this.d = d;
    this.message = message;
    this.multicast = multicast;
    this.at = message + 12;
  }

  printQuestions(count: number): boolean {
    for (let i = 0; i < count && (i === 0 || this.at < this.d.end); i++) {
      if (i > 0) this.d.add(',');
      if (!this.printQuestion()) return false;
    }
    return true;
  }

  skipQuestions(count: number): boolean {
    for (let i = 0; i < count; i++) {
      const end = this.skipName(this.at);
      if (end === null) return false;
      this.at = end + 4;
    }
    return true;
  }

  printRecords(count: number): boolean {
    for (let i = 0; i < count; i++) {
      if (i > 0) {
        if (this.at >= this.d.end) return false;
        this.d.add(',');
      }
      if (!this.printRecord()) return false;
    }
    return true;
  }

  private printQuestion(): boolean {
    const end = this.skipName(this.at);
    if (end === null || !this.d.has(end, 4)) return false;
    const type = this.d.u16(end);
    const rawClass = this.d.u16(end + 2);
    this.d.add(` ${TYPE_NAMES.get(type) ?? `Type${type}`}`);
    this.printClass(this.multicast ? rawClass & ~TOP_BIT : rawClass);
    if (this.multicast) this.d.add(rawClass & TOP_BIT ? ' (QU)' : ' (QM)');
    this.d.add('? ');
    if (!this.printName(this.at)) return false;
    this.at = end + 4;
    return true;
  }

  private printClass(value: number): void {
    if (value !== CLASS_IN) this.d.add(` ${CLASS_NAMES.get(value) ?? `(Class ${value})`}`);
  }

  private printRecord(): boolean {
    const d = this.d;
    if (d.options.verbose > 0) {
      d.add(' ');
      if (!this.printName(this.at)) return false;
    }
    const at = this.skipName(this.at);
    if (at === null || !d.has(at, 10)) return false;
    const type = d.u16(at);
    const rawClass = d.u16(at + 2);
    if (type !== TYPE_OPT) this.printClass(this.multicast ? rawClass & ~TOP_BIT : rawClass);
    if (this.multicast && (rawClass & TOP_BIT) !== 0) d.add(' (Cache flush)');
    if (type !== TYPE_OPT && d.options.verbose > 2) d.add(` [${relativeTime(d.u32(at + 4))}]`);
    const length = d.u16(at + 8);
    d.add(` ${TYPE_NAMES.get(type) ?? `Type${type}`}`);
    const data = at + 10;
    if (!d.has(data, length)) return false;
    this.at = data + length;
    return this.printData(type, data, length, rawClass, (d.u16(at + 6) & TOP_BIT) !== 0);
  }

  private printData(type: number, at: number, length: number, rawClass: number, dnssecOk: boolean): boolean {
    const d = this.d;
    switch (type) {
      case 1:
        d.add(` ${ipv4Text(d, at)}`);
        return true;
      case 28:
        d.add(` ${ipv6Text(d, at)}`);
        return true;
      case 2:
      case 5:
      case 12:
        d.add(' ');
        return this.printName(at);
      case 6:
        return d.options.verbose === 0 || this.printAuthority(at);
      case 15:
        d.add(' ');
        if (!this.printName(at + 2)) return false;
        d.add(` ${d.u16(at)}`);
        return true;
      case 16:
        return this.printTexts(at, length);
      case 33:
        d.add(' ');
        if (!this.printName(at + 6)) return false;
        d.add(`:${d.u16(at + 4)} ${d.u16(at)} ${d.u16(at + 2)}`);
        return true;
      case TYPE_OPT:
        d.add(` UDPsize=${rawClass}${dnssecOk ? ' DO' : ''}`);
        if (length > 0) this.printEdnsOptions(at, at + length);
        return true;
      default:
        return true;
    }
  }

  private printEdnsOptions(from: number, end: number): void {
    const d = this.d;
    const texts: string[] = [];
    for (let at = from; at + 4 <= end; at += 4 + d.u16(at + 2)) {
      const code = d.u16(at);
      let text = OPTION_NAMES.get(code) ?? `Opt${code}`;
      const length = d.u16(at + 2);
      if (length > 0) text += ' ';
      for (let i = 0; i < length; i++) text += hex(d.u8(at + 4 + i), 2);
      texts.push(text);
    }
    d.add(` [${texts.join(',')}]`);
  }

  private printAuthority(at: number): boolean {
    this.d.add(' ');
    if (!this.printName(at)) return false;
    const second = this.skipName(at);
    this.d.add(' ');
    if (second === null || !this.printName(second)) return false;
    const numbers = this.skipName(second);
    if (numbers === null) return false;
    for (let i = 0; i < 5; i++) this.d.add(` ${this.d.u32(numbers + i * 4)}`);
    return true;
  }

  private printTexts(from: number, length: number): boolean {
    let at = from;
    while (at < from + length) {
      const size = this.d.u8(at);
      let text = '';
      for (let i = 1; i <= size; i++) text += this.character(this.d.u8(at + i));
      this.d.add(` "${text}"`);
      at += 1 + size;
    }
    return true;
  }

  /** Where the name at `from` ends in the message, or null when it is cut off or of an unknown kind. */
  private skipName(from: number): number | null {
    let at = from;
    for (;;) {
      if (!this.d.has(at, 1)) return null;
      const length = this.d.u8(at);
      if (length === 0) return at + 1;
      if ((length & 0xc0) === 0xc0) return at + 2;
      if ((length & 0xc0) !== 0) return null;
      at += 1 + length;
    }
  }

  /** Prints a name with its final point, following compression pointers backwards only. */
  private printName(from: number): boolean {
    const d = this.d;
    let at = from;
    let jumps = 0;
    let printed = 0;
    if (!d.has(at, 1)) return false;
    if (d.u8(at) === 0) {
      d.add('.');
      return true;
    }
    while (d.has(at, 1)) {
      const length = d.u8(at);
      if (length === 0) return true;
      if ((length & 0xc0) === 0xc0) {
        if (!d.has(at, 2) || ++jumps > MAXIMUM_JUMPS) return false;
        const target = this.message + (((length & 0x3f) << 8) | d.u8(at + 1));
        if (target >= at) {
          d.add('<BAD PTR>');
          return false;
        }
        at = target;
        continue;
      }
      if ((length & 0xc0) !== 0 || !d.has(at + 1, length)) return false;
      for (let i = 1; i <= length; i++) d.add(this.character(d.u8(at + i)));
      d.add('.');
      printed += length;
      if (printed > MAXIMUM_NAME) return false;
      at += 1 + length;
    }
    return false;
  }

  private character(byte: number): string {
    if (byte >= 0x20 && byte < 0x7f) return String.fromCharCode(byte);
    if (byte >= 0x80) return `M-${this.character(byte & 0x7f)}`;
    return `^${String.fromCharCode(byte ^ 0x40)}`;
  }
}

/** Seconds as 1w2d3h4m5s, without the parts that are zero. */
function relativeTime(seconds: number): string {
  if (seconds === 0) return '0s';
  const units: [string, number][] = [
    ['w', 604_800],
    ['d', 86_400],
    ['h', 3600],
    ['m', 60],
    ['s', 1],
  ];
  let rest = seconds;
  let text = '';
  for (const [name, size] of units) {
    const count = Math.floor(rest / size);
    if (count > 0) text += `${count}${name}`;
    rest -= count * size;
  }
  return text;
}
