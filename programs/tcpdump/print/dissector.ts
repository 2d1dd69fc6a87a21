import type { PrintOptions } from './print-options.ts';
import type { PrinterState } from './printer-state.ts';

/** Thrown when a field lies past the end of what was captured; the line then ends with `[|protocol]`. */
export class TruncatedPacket extends Error {}

const TRUNCATED = new TruncatedPacket('truncated');

/** Deepest nesting of headers that is printed: tunnels in tunnels and quotes in quotes. */
const MAXIMUM_NESTING = 16;

/** A packet being printed: its bytes, where they end, and the text so far. */
export class Dissector {
  readonly buf: Uint8Array;
  readonly options: PrintOptions;
  readonly state: PrinterState;
  /** Index one past the last byte that may be read: the captured end, or the end of an enclosing header's payload. */
  end: number;
  /** The protocol being printed, named when the packet is truncated. */
  protocol = 'ether';
  text = '';
  /** Length of the outermost link header with its tags; a dump starts after it. */
  linkHeaderBytes = 0;
  private nesting = 0;

  constructor(buf: Uint8Array, end: number, options: PrintOptions, state: PrinterState) {
    this.buf = buf;
    this.end = end;
    this.options = options;
    this.state = state;
  }

  add(text: string): void {
    this.text += text;
  }

  /** Called for each Ethernet header, the outermost first. */
  noteLinkHeader(bytes: number): void {
    if (this.linkHeaderBytes === 0) this.linkHeaderBytes = bytes;
  }

  /** True when `length` bytes from `at` were captured. */
  has(at: number, length: number): boolean {
    return at + length <= this.end;
  }

  require(at: number, length: number): void {
    if (at + length > this.end) throw TRUNCATED;
  }

  u8(at: number): number {
    this.require(at, 1);
    return this.buf[at]!;
  }

  u16(at: number): number {
    this.require(at, 2);
    return (this.buf[at]! << 8) | this.buf[at + 1]!;
  }

  u32(at: number): number {
    return this.u16(at) * 0x1_0000 + this.u16(at + 2);
  }

  truncated(): never {
    throw TRUNCATED;
  }

  /** Appends the mark of a truncated packet and lets printing go on. */
  addTruncation(): void {
    this.add(` [|${this.protocol}]`);
  }

  /** Runs `print` with `end` moved to `end` at most, and puts it back. */
  within(end: number, print: () => void): void {
    const outer = this.end;
    if (end < outer) this.end = end;
    if (++this.nesting > MAXIMUM_NESTING) this.add('[nested too deeply]');
    else print();
    this.nesting--;
    this.end = outer;
  }
}
