import { PROTO } from '../../../protocols/ipv4.ts';
import { get16 } from '../../../protocols/bytes.ts';
import { bang, type GivenOptions, type MatchExtension } from '../text/extension.ts';
import { ParameterError } from '../text/iptables-error.ts';
import type { Match, MatchContext } from '../tables/match.ts';
import { PORT_OPTIONS, PortRange, requireProtocol } from './port-range.ts';

const SCTP_HEADER_BYTES = 12;
const CHUNKS: Readonly<Record<string, number>> = {
  DATA: 0,
  INIT: 1,
  INIT_ACK: 2,
  SACK: 3,
  HEARTBEAT: 4,
  HEARTBEAT_ACK: 5,
  ABORT: 6,
  SHUTDOWN: 7,
  SHUTDOWN_ACK: 8,
  ERROR: 9,
  COOKIE_ECHO: 10,
  COOKIE_ACK: 11,
  ECN_ECNE: 12,
  ECN_CWR: 13,
  SHUTDOWN_COMPLETE: 14,
};

/** `-m sctp` (xt_sctp.c). Not modelled: the flags of `--chunk-types`. */
export class SctpMatch implements Match {
  readonly name = 'sctp';
  private readonly sources: PortRange;
  private readonly destinations: PortRange;
  private readonly mode: string;
  private readonly types: readonly number[];
  private readonly inverted: boolean;

  constructor(given: GivenOptions) {
    this.sources = PortRange.from(given, 'source-port');
    this.destinations = PortRange.from(given, 'destination-port');
    const chunks = given.get('chunk-types');
    this.inverted = chunks?.inverted ?? false;
    this.mode = chunks?.values[0]?.toLowerCase() ?? '';
    this.types = chunks === undefined ? [] : parseChunks(chunks.values[1]!);
    if (!['', 'any', 'all', 'only'].includes(this.mode)) {
      throw new ParameterError('sctp: Unknown SCTP chunk match type');
    }
  }

  matches(context: MatchContext): boolean {
    if (context.fragmentOffset !== 0) return false;
    if (!context.hasTransport(SCTP_HEADER_BYTES)) {
      context.hotDrop = true;
      return false;
    }
    if (!this.sources.matches(context.sourcePort) || !this.destinations.matches(context.destinationPort))
      return false;
    return this.mode === '' || this.chunksMatch(context) !== this.inverted;
  }

  save(): string {
    const chunks =
      this.mode === '' ? '' : `${bang(this.inverted)} --chunk-types ${this.mode} ${chunkNames(this.types)}`;
    return this.sources.save('--sport') + this.destinations.save('--dport') + chunks;
  }

  list(numeric: boolean): string {
    const chunks =
      this.mode === '' ? '' : ` ${this.inverted ? '!' : ''}${this.mode} ${chunkNames(this.types)}`;
    return ` sctp${this.sources.list('spt', numeric)}${this.destinations.list('dpt', numeric)}${chunks}`;
  }

  private chunksMatch(context: MatchContext): boolean {
    const { buf, tail } = context.packet;
    let wanted = 0;
    for (let i = 0; i < this.types.length; i++) wanted += 2 ** this.types[i]!;
    let seen = 0;
    let at = context.transport + SCTP_HEADER_BYTES;
    while (at + 4 <= tail) {
      const bit = buf[at]! < 32 ? 2 ** buf[at]! : 0;
      const listed = this.types.includes(buf[at]!);
      if (this.mode === 'any' && listed) return true;
      if (this.mode === 'only' && !listed) return false;
      if (listed && (seen / bit) % 2 < 1) seen += bit;
      const length = get16(buf, at + 2);
      if (length === 0) {
        context.hotDrop = true;
        return false;
      }
      at += (length + 3) & ~3;
    }
    return this.mode === 'only' || (this.mode === 'all' && seen === wanted);
  }
}

function parseChunks(text: string): number[] {
  if (text === 'ALL') return Object.values(CHUNKS);
  return text.split(',').map((name) => {
    const type = CHUNKS[name.split(':')[0]!.toUpperCase()];
    if (type === undefined) throw new ParameterError('sctp: Unknown sctp chunk name');
    if (name.includes(':')) throw new ParameterError(`sctp: chunk flags are not modelled: ${name}`);
    return type;
  });
}

function chunkNames(types: readonly number[]): string {
  return Object.keys(CHUNKS)
    .filter((name) => types.includes(CHUNKS[name]!))
    .join(',');
}

export const sctpExtension: MatchExtension = {
  name: 'sctp',
  options: { ...PORT_OPTIONS, 'chunk-types': { values: 2, invertible: true } },
  build(given, rule) {
    requireProtocol('sctp', PROTO.SCTP, rule);
    return new SctpMatch(given);
  },
};
