import { AF_INET, AF_INET6 } from '../conntrack/tuple.ts';
import { PROTO } from '../../../protocols/ipv4.ts';
import { bang, INVERTIBLE_VALUE, type GivenOption, type MatchExtension } from '../text/extension.ts';
import { ParameterError } from '../text/iptables-error.ts';
import type { Match, MatchContext } from '../tables/match.ts';
import { requireProtocol } from './port-range.ts';

type TypeNames = Readonly<Record<string, readonly [type: number, low: number, high: number]>>;

const ANY_TYPE = 0xff;

const ICMP_NAMES: TypeNames = {
  any: [ANY_TYPE, 0, 255],
  'echo-reply': [0, 0, 255],
  pong: [0, 0, 255],
  'destination-unreachable': [3, 0, 255],
  'network-unreachable': [3, 0, 0],
  'host-unreachable': [3, 1, 1],
  'protocol-unreachable': [3, 2, 2],
  'port-unreachable': [3, 3, 3],
  'fragmentation-needed': [3, 4, 4],
  'source-route-failed': [3, 5, 5],
  'network-unknown': [3, 6, 6],
  'host-unknown': [3, 7, 7],
  'network-prohibited': [3, 9, 9],
  'host-prohibited': [3, 10, 10],
  'TOS-network-unreachable': [3, 11, 11],
  'TOS-host-unreachable': [3, 12, 12],
  'communication-prohibited': [3, 13, 13],
  'host-precedence-violation': [3, 14, 14],
  'precedence-cutoff': [3, 15, 15],
  'source-quench': [4, 0, 255],
  redirect: [5, 0, 255],
  'network-redirect': [5, 0, 0],
  'host-redirect': [5, 1, 1],
  'TOS-network-redirect': [5, 2, 2],
  'TOS-host-redirect': [5, 3, 3],
  'echo-request': [8, 0, 255],
  ping: [8, 0, 255],
  'router-advertisement': [9, 0, 255],
  'router-solicitation': [10, 0, 255],
  'time-exceeded': [11, 0, 255],
  'ttl-exceeded': [11, 0, 255],
  'ttl-zero-during-transit': [11, 0, 0],
  'ttl-zero-during-reassembly': [11, 1, 1],
  'parameter-problem': [12, 0, 255],
  'ip-header-bad': [12, 0, 0],
  'required-option-missing': [12, 1, 1],
  'timestamp-request': [13, 0, 255],
  'timestamp-reply': [14, 0, 255],
  'address-mask-request': [17, 0, 255],
  'address-mask-reply': [18, 0, 255],
};

const ICMPV6_NAMES: TypeNames = {
  'destination-unreachable': [1, 0, 255],
  'no-route': [1, 0, 0],
  'communication-prohibited': [1, 1, 1],
  'beyond-scope': [1, 2, 2],
  'address-unreachable': [1, 3, 3],
  'port-unreachable': [1, 4, 4],
  'failed-policy': [1, 5, 5],
  'reject-route': [1, 6, 6],
  'packet-too-big': [2, 0, 255],
  'time-exceeded': [3, 0, 255],
  'ttl-exceeded': [3, 0, 255],
  'ttl-zero-during-transit': [3, 0, 0],
  'ttl-zero-during-reassembly': [3, 1, 1],
  'parameter-problem': [4, 0, 255],
  'bad-header': [4, 0, 0],
  'unknown-header-type': [4, 1, 1],
  'unknown-option': [4, 2, 2],
  'echo-request': [128, 0, 255],
  ping: [128, 0, 255],
  'echo-reply': [129, 0, 255],
  pong: [129, 0, 255],
  'mld-listener-query': [130, 0, 255],
  'mld-listener-report': [131, 0, 255],
  'mld-listener-done': [132, 0, 255],
  'mld-listener-reduction': [132, 0, 255],
  'router-solicitation': [133, 0, 255],
  'router-advertisement': [134, 0, 255],
  'neighbour-solicitation': [135, 0, 255],
  'neighbor-solicitation': [135, 0, 255],
  'neighbour-advertisement': [136, 0, 255],
  'neighbor-advertisement': [136, 0, 255],
  redirect: [137, 0, 255],
};

/** `-m icmp` and `-m icmp6` (ip_tables.c icmp_match, ip6_tables.c icmp6_match). */
export class IcmpMatch implements Match {
  readonly name: string;
  private readonly names: TypeNames;
  private readonly type: number;
  private readonly low: number;
  private readonly high: number;
  private readonly inverted: boolean;

  constructor(name: string, names: TypeNames, option: GivenOption | undefined) {
    this.name = name;
    this.names = names;
    const [type, low, high] = option === undefined ? [ANY_TYPE, 0, 255] : parseType(option.values[0]!, names);
    this.type = type;
    this.low = low;
    this.high = high;
    this.inverted = option?.inverted ?? false;
  }

  matches(context: MatchContext): boolean {
    if (context.fragmentOffset !== 0) return false;
    if (!context.hasTransport(4)) {
      context.hotDrop = true;
      return false;
    }
    const buf = context.packet.buf;
    const code = buf[context.transport + 1]!;
    const isType =
      this.isAny || (buf[context.transport] === this.type && code >= this.low && code <= this.high);
    return isType !== this.inverted;
  }

  save(): string {
    const option = this.name === 'icmp' ? '--icmp-type' : '--icmpv6-type';
    if (this.isAny) return this.name === 'icmp' ? `${bang(this.inverted)} ${option} any` : '';
    const code = this.low === 0 && this.high === 255 ? '' : `/${this.low}`;
    return `${bang(this.inverted)} ${option} ${this.type}${code}`;
  }

  list(numeric: boolean): string {
    const title = this.name === 'icmp' ? 'icmp' : 'ipv6-icmp';
    const inverted = this.inverted ? '!' : '';
    const known = Object.entries(this.names).find(
      ([, [type, low, high]]) => type === this.type && low === this.low && high === this.high,
    );
    if (!numeric && known !== undefined) {
      return this.name === 'icmp' ? ` ${title} ${inverted}${known[0]}` : ` ${title} ${inverted}${known[0]}`;
    }
    let text = ` ${title}type ${inverted}${this.type}`;
    if (this.low === this.high) text += ` code ${this.low}`;
    else if (this.low !== 0 || this.high !== 255) text += ` codes ${this.low}-${this.high}`;
    return text;
  }

  private get isAny(): boolean {
    return this.name === 'icmp' && this.type === ANY_TYPE;
  }
}

function parseType(text: string, names: TypeNames): readonly [number, number, number] {
  const lower = text.toLowerCase();
  const exact = Object.keys(names).find((name) => name.toLowerCase() === lower);
  const found = exact ?? uniquePrefix(lower, names);
  if (found !== undefined) return names[found]!;
  const match = /^(\d+)(?:\/(\d+))?$/.exec(text);
  const type = Number(match?.[1]);
  const code = Number(match?.[2] ?? 0);
  if (match === null || type > 255 || code > 255) {
    throw new ParameterError(`Invalid ICMP type \`${text}'`);
  }
  return match[2] === undefined ? [type, 0, 255] : [type, code, code];
}

function uniquePrefix(text: string, names: TypeNames): string | undefined {
  const fitting = Object.keys(names).filter((name) => name.toLowerCase().startsWith(text));
  if (fitting.length > 1) {
    throw new ParameterError(`Ambiguous ICMP type \`${text}': \`${fitting[0]}' or \`${fitting[1]}'?`);
  }
  return fitting[0];
}

export const icmpExtension: MatchExtension = {
  name: 'icmp',
  family: AF_INET,
  options: { 'icmp-type': INVERTIBLE_VALUE },
  build(given, rule) {
    requireProtocol('icmp', PROTO.ICMP, rule);
    return new IcmpMatch('icmp', ICMP_NAMES, given.get('icmp-type'));
  },
};

export const icmp6Extension: MatchExtension = {
  name: 'icmp6',
  family: AF_INET6,
  options: { 'icmpv6-type': INVERTIBLE_VALUE },
  build(given, rule) {
    requireProtocol('icmp6', PROTO.ICMPV6, rule);
    const option = given.get('icmpv6-type');
    if (option === undefined) throw new ParameterError('icmp6: option "--icmpv6-type" must be specified');
    return new IcmpMatch('icmp6', ICMPV6_NAMES, option);
  },
};
