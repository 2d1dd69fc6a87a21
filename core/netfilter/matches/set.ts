import { get16, get32 } from '../../../protocols/bytes.ts';
import { IPV4, PROTO } from '../../../protocols/ipv4.ts';
import type { IpSet } from '../ipset/ip-set.ts';
import { netfilterOf } from '../netfilter-state.ts';
import type { Match, MatchContext } from '../tables/match.ts';
import { AF_INET } from '../conntrack/tuple.ts';
import { bang, type GivenOption, type MatchExtension, type RuleSurroundings } from '../text/extension.ts';
import { ParameterError } from '../text/iptables-error.ts';

/** `-m set --match-set NAME src|dst[,src|dst]` (xt_set.c). */
export class SetMatch implements Match {
  readonly name = 'set';
  readonly set: IpSet;
  private readonly directions: string;
  private readonly inverted: boolean;
  private readonly addressIsSource: boolean;
  private readonly portIsSource: boolean;

  constructor(option: GivenOption, rule: RuleSurroundings) {
    const [name, directions] = option.values as [string, string];
    const set = netfilterOf(rule.netns).sets.get(name);
    if (set === undefined) throw new ParameterError(`Set ${name} doesn't exist.\n`);
    const parts = directions.split(',');
    if (!parts.every((part) => part === 'src' || part === 'dst')) {
      throw new ParameterError("You must spefify (the comma separated list of) 'src' or 'dst'.");
    }
    this.set = set;
    this.directions = directions;
    this.inverted = option.inverted;
    this.addressIsSource = parts[0] === 'src';
    this.portIsSource = (parts[1] ?? parts[0]) === 'src';
  }

  matches(context: MatchContext): boolean {
    return this.contains(context) !== this.inverted;
  }

  save(): string {
    return `${bang(this.inverted)} --match-set ${this.set.name} ${this.directions}`;
  }

  list(): string {
    return `${bang(this.inverted)} match-set ${this.set.name} ${this.directions}`;
  }

  private contains(context: MatchContext): boolean {
    const { buf, networkOffset } = context.packet;
    const field = this.addressIsSource ? IPV4.SOURCE : IPV4.DESTINATION;
    const address = get32(buf, networkOffset + field);
    if (this.set.type !== 'hash:ip,port') return this.set.test(address, 0, 0);
    const hasPorts =
      context.protocol === PROTO.TCP || context.protocol === PROTO.UDP || context.protocol === PROTO.SCTP;
    if (!hasPorts || !context.hasTransport(4)) return false;
    const port = get16(buf, context.transport + (this.portIsSource ? 0 : 2));
    return this.set.test(address, context.protocol, port);
  }
}

export const setExtension: MatchExtension = {
  name: 'set',
  family: AF_INET,
  options: { 'match-set': { values: 2, invertible: true } },
  build(given, rule) {
    const option = given.get('match-set');
    if (option === undefined)
      throw new ParameterError("You must specify `--match-set' with proper arguments");
    return new SetMatch(option, rule);
  },
};
