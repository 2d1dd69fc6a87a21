import { PROTO } from '../../../protocols/ipv4.ts';
import { alias, bang, INVERTIBLE_VALUE, type GivenOption, type MatchExtension } from '../text/extension.ts';
import { ParameterError } from '../text/iptables-error.ts';
import { parsePort, portText } from '../text/services.ts';
import type { Match, MatchContext } from '../tables/match.ts';

const MAX_PORTS = 15;
const PROTOCOLS: readonly number[] = [PROTO.TCP, PROTO.UDP, PROTO.SCTP, 33, 136];

/** `-m multiport` (xt_multiport.c): up to fifteen ports, a range counting two. */
export class MultiportMatch implements Match {
  readonly name = 'multiport';
  private readonly kind: string;
  private readonly inverted: boolean;
  /** Pairs of low and high. */
  private readonly ranges: number[] = [];

  constructor(option: GivenOption) {
    this.kind = option.name === 'source-ports' ? 'sports' : option.name === 'ports' ? 'ports' : 'dports';
    this.inverted = option.inverted;
    let slots = 0;
    for (const item of option.values[0]!.split(',')) {
      const [low, high] = item.split(':');
      const from = parsePort('multiport', this.kind, low!);
      const to = high === undefined ? from : parsePort('multiport', this.kind, high);
      if (from > to) throw new ParameterError(`invalid portrange specified`);
      slots += high === undefined ? 1 : 2;
      this.ranges.push(from, to);
    }
    if (slots > MAX_PORTS) throw new ParameterError('too many ports specified');
  }

  matches(context: MatchContext): boolean {
    if (context.fragmentOffset !== 0) return false;
    if (!context.hasTransport(4)) {
      context.hotDrop = true;
      return false;
    }
    const source = this.kind !== 'dports' && this.has(context.sourcePort);
    const found = source || (this.kind !== 'sports' && this.has(context.destinationPort));
    return found !== this.inverted;
  }

  save(): string {
    return `${bang(this.inverted)} --${this.kind} ${this.text(true)}`;
  }

  list(numeric: boolean): string {
    return ` multiport ${this.kind} ${this.inverted ? '!' : ''}${this.text(numeric)}`;
  }

  private has(port: number): boolean {
    for (let i = 0; i < this.ranges.length; i += 2) {
      if (port >= this.ranges[i]! && port <= this.ranges[i + 1]!) return true;
    }
    return false;
  }

  private text(numeric: boolean): string {
    const items: string[] = [];
    for (let i = 0; i < this.ranges.length; i += 2) {
      const low = this.ranges[i]!;
      const high = this.ranges[i + 1]!;
      items.push(
        low === high ? portText(low, numeric) : `${portText(low, numeric)}:${portText(high, numeric)}`,
      );
    }
    return items.join(',');
  }
}

export const multiportExtension: MatchExtension = {
  name: 'multiport',
  options: {
    'source-ports': INVERTIBLE_VALUE,
    sports: alias('source-ports', INVERTIBLE_VALUE),
    'destination-ports': INVERTIBLE_VALUE,
    dports: alias('destination-ports', INVERTIBLE_VALUE),
    ports: INVERTIBLE_VALUE,
  },
  build(given, rule) {
    if (!PROTOCOLS.includes(rule.protocol) || rule.protocolInverted) {
      throw new ParameterError("multiport needs `-p tcp', `-p udp', `-p udplite', `-p sctp' or `-p dccp'");
    }
    const option = given.list[0];
    if (option === undefined) throw new ParameterError('multiport expection an option');
    if (given.list.length > 1)
      throw new ParameterError('multiport: only one of --sports, --dports and --ports may be used');
    return new MultiportMatch(option);
  },
};
