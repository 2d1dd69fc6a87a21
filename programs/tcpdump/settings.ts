import { compileFilter, type PacketFilter } from '../../core/capture/filter/packet-filter.ts';
import { MAXIMUM_SNAPLEN } from '../../core/capture/link-type.ts';
import { type OptionSpec, parseOptions, UsageError, type ParsedArguments } from '../arguments.ts';
import type { HexStyle, PrintOptions, TimestampStyle } from './print/print-options.ts';

/** What a command line asks for. */
export interface TcpdumpSettings {
  interfaceName: string | null;
  readFile: string | null;
  writeFile: string | null;
  count: number;
  snaplen: number;
  promiscuous: boolean;
  direction: 'in' | 'out' | 'inout';
  numbered: boolean;
  countOnly: boolean;
  filter: PacketFilter;
  print: PrintOptions;
}

/** -l, -U and --immediate-mode ask for what is always done: every packet is printed and written as it comes. */
const OPTIONS: OptionSpec = {
  short: 'AeflnNpqStUvxX#c:i:Q:P:r:s:w:',
  long: {
    interface: 'i',
    nano: '',
    micro: '',
    count: '',
    number: '#',
    'immediate-mode': '',
    'no-promiscuous-mode': 'p',
    'packet-buffered': 'U',
    'absolute-tcp-sequence-numbers': 'S',
    direction: 'Q',
    'snapshot-length': 's',
  },
};
const TIMESTAMPS: readonly TimestampStyle[] = ['clock', 'none', 'seconds', 'delta', 'date', 'elapsed'];
const MAXIMUM_TIMESTAMP = 5;

/** Reads tcpdump's command line. Throws UsageError or FilterError with what to print after `tcpdump: `. */
export function readSettings(args: readonly string[]): TcpdumpSettings {
  const parsed = parseOptions(args, OPTIONS, 'debian');
  if (parsed.has('f') || parsed.has('N'))
    throw new UsageError('-f and -N are about names, which are not looked up');
  return {
    interfaceName: parsed.value('i') ?? null,
    readFile: parsed.value('r') ?? null,
    writeFile: parsed.value('w') ?? null,
    count: readCount(parsed.value('c')),
    snaplen: readSnaplen(parsed.value('s')),
    promiscuous: !parsed.has('p'),
    direction: readDirection(parsed.value('Q') ?? parsed.value('P')),
    numbered: parsed.has('#'),
    countOnly: parsed.has('count'),
    filter: compileFilter(parsed.operands.join(' ')),
    print: readPrintOptions(parsed),
  };
}

function readPrintOptions(parsed: ParsedArguments): PrintOptions {
  return {
    timestamp: TIMESTAMPS[Math.min(parsed.values('t').length, MAXIMUM_TIMESTAMP)]!,
    nanoseconds: parsed.has('nano'),
    linkHeader: parsed.has('e'),
    quiet: parsed.has('q'),
    verbose: parsed.values('v').length,
    absoluteSequence: parsed.has('S'),
    hex: readHexStyle(parsed),
    ascii: parsed.has('A'),
  };
}

function readHexStyle(parsed: ParsedArguments): HexStyle {
  const ascii = parsed.values('X').length;
  if (ascii > 0) return ascii > 1 ? 'XX' : 'X';
  const plain = parsed.values('x').length;
  if (plain === 0) return 'none';
  return plain > 1 ? 'xx' : 'x';
}

function readCount(value: string | undefined): number {
  if (value === undefined) return Infinity;
  if (!/^[1-9]\d{0,8}$/.test(value)) throw new UsageError(`invalid packet count ${value}`);
  return Number(value);
}

function readSnaplen(value: string | undefined): number {
  if (value === undefined || value === '0') return MAXIMUM_SNAPLEN;
  if (!/^\d{1,6}$/.test(value) || Number(value) > MAXIMUM_SNAPLEN)
    throw new UsageError(`invalid snaplen ${value}`);
  return Number(value);
}

function readDirection(value: string | undefined): 'in' | 'out' | 'inout' {
  if (value === undefined) return 'inout';
  if (value === 'in' || value === 'out' || value === 'inout') return value;
  throw new UsageError(`unknown capture direction '${value}'`);
}
