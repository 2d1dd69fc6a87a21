import {
  bang,
  FLAG,
  INVERTIBLE_VALUE,
  alias,
  parseUnsigned,
  type GivenOptions,
  type MatchExtension,
} from '../text/extension.ts';
import { ParameterError } from '../text/iptables-error.ts';
import { PROTO } from '../../../protocols/ipv4.ts';
import type { Match, MatchContext, PortTest } from '../tables/match.ts';
import { PORT_OPTIONS, PortRange, requireProtocol } from './port-range.ts';

const TCP_HEADER_BYTES = 20;
const FLAG_NAMES = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG'] as const;
const SYN_MASK = 0x17;
const SYN_ONLY = 0x02;

/** `-m tcp` (xt_tcpudp.c tcp_mt). */
export class TcpMatch implements Match {
  readonly name = 'tcp';
  readonly ports?: PortTest;
  private readonly sources: PortRange;
  private readonly destinations: PortRange;
  private readonly flagMask: number;
  private readonly flagCompare: number;
  private readonly flagsInverted: boolean;
  /** Option kind, 0 for none. */
  private readonly option: number;
  private readonly optionInverted: boolean;

  constructor(given: GivenOptions) {
    this.sources = PortRange.from(given, 'source-port');
    this.destinations = PortRange.from(given, 'destination-port');
    const flags = given.get('tcp-flags');
    const syn = given.get('syn');
    this.flagMask = syn !== undefined ? SYN_MASK : flags === undefined ? 0 : parseFlags(flags.values[0]!);
    this.flagCompare = syn !== undefined ? SYN_ONLY : flags === undefined ? 0 : parseFlags(flags.values[1]!);
    this.flagsInverted = (syn ?? flags)?.inverted ?? false;
    const option = given.get('tcp-option');
    this.option = option === undefined ? 0 : parseUnsigned('tcp', 'tcp-option', option.values[0]!, 255, 1);
    this.optionInverted = option?.inverted ?? false;
    const plain = this.flagMask === 0 && !this.flagsInverted && this.option === 0;
    if (plain && !this.sources.inverted && !this.destinations.inverted) {
      this.ports = {
        sourceLow: this.sources.low,
        sourceHigh: this.sources.high,
        destinationLow: this.destinations.low,
        destinationHigh: this.destinations.high,
        headerLength: TCP_HEADER_BYTES,
      };
    }
  }

  matches(context: MatchContext): boolean {
    if (context.fragmentOffset !== 0) {
      if (context.fragmentOffset === 1) context.hotDrop = true;
      return false;
    }
    if (!context.hasTransport(TCP_HEADER_BYTES)) {
      context.hotDrop = true;
      return false;
    }
    if (!this.sources.matches(context.sourcePort) || !this.destinations.matches(context.destinationPort))
      return false;
    const flags = context.packet.buf[context.transport + 13]!;
    if (((flags & this.flagMask) === this.flagCompare) === this.flagsInverted) return false;
    return this.option === 0 || this.hasOption(context) !== this.optionInverted;
  }

  save(): string {
    return (
      this.sources.save('--sport') +
      this.destinations.save('--dport') +
      (this.option === 0 ? '' : `${bang(this.optionInverted)} --tcp-option ${this.option}`) +
      (this.flagMask === 0 && !this.flagsInverted
        ? ''
        : `${bang(this.flagsInverted)} --tcp-flags ${flagNames(this.flagMask)} ${flagNames(this.flagCompare)}`)
    );
  }

  list(numeric: boolean): string {
    let text = ` tcp${this.sources.list('spt', numeric)}${this.destinations.list('dpt', numeric)}`;
    if (this.option !== 0) text += ` option=${this.optionInverted ? '!' : ''}${this.option}`;
    if (this.flagMask !== 0 || this.flagsInverted) {
      text += ` flags:${this.flagsInverted ? '!' : ''}`;
      text += numeric
        ? `${hexByte(this.flagMask)}/${hexByte(this.flagCompare)}`
        : `${flagNames(this.flagMask)}/${flagNames(this.flagCompare)}`;
    }
    return text;
  }

  private hasOption(context: MatchContext): boolean {
    const { buf, tail } = context.packet;
    const end = context.transport + (buf[context.transport + 12]! >> 4) * 4;
    if (end > tail) {
      context.hotDrop = true;
      return false;
    }
    let at = context.transport + TCP_HEADER_BYTES;
    while (at < end) {
      if (buf[at] === this.option) return true;
      at += buf[at]! < 2 ? 1 : buf[at + 1]! === 0 ? 1 : buf[at + 1]!;
    }
    return false;
  }
}

function hexByte(value: number): string {
  return `0x${value.toString(16).toUpperCase().padStart(2, '0')}`;
}

function parseFlags(text: string): number {
  let flags = 0;
  for (const name of text.toUpperCase().split(',')) {
    if (name === 'ALL') flags |= 0x3f;
    else if (name !== 'NONE') {
      const bit = (FLAG_NAMES as readonly string[]).indexOf(name);
      if (bit < 0) throw new ParameterError(`Unknown TCP flag \`${name}'`);
      flags |= 1 << bit;
    }
  }
  return flags;
}

function flagNames(flags: number): string {
  if (flags === 0) return 'NONE';
  return FLAG_NAMES.filter((_, bit) => (flags & (1 << bit)) !== 0).join(',');
}

export const tcpExtension: MatchExtension = {
  name: 'tcp',
  options: {
    ...PORT_OPTIONS,
    'tcp-flags': { values: 2, invertible: true },
    syn: { ...FLAG, invertible: true },
    'tcp-option': INVERTIBLE_VALUE,
    option: alias('tcp-option', INVERTIBLE_VALUE),
  },
  build(given, rule) {
    requireProtocol('tcp', PROTO.TCP, rule);
    return new TcpMatch(given);
  },
};
