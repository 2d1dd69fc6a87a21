import { AF_INET, AF_INET6 } from '../conntrack/tuple.ts';
import { IPV4 } from '../../../protocols/ipv4.ts';
import { IPV6, ipv6TrafficClass } from '../../../protocols/ipv6.ts';
import { NF_INET_FORWARD, NF_INET_LOCAL_IN, NF_INET_PRE_ROUTING } from '../hook.ts';
import { PACKET_BROADCAST, PACKET_HOST, PACKET_MULTICAST } from '../../packet/packet.ts';
import type { Match, MatchContext } from '../tables/match.ts';
import {
  bang,
  INVERTIBLE_VALUE,
  parseMarkMask,
  parseUnsigned,
  VALUE,
  alias,
  type GivenOption,
  type GivenOptions,
  type MatchExtension,
} from '../text/extension.ts';
import { ParameterError } from '../text/iptables-error.ts';
import { dscpOf, tosOf } from '../text/service-class.ts';

/** `-m ttl` and `-m hl` (xt_hl.c): TTL or hop limit. */
export class HopLimitMatch implements Match {
  readonly name: string;
  private readonly relation: 'eq' | 'ne' | 'lt' | 'gt';
  private readonly value: number;

  constructor(name: 'ttl' | 'hl', given: GivenOptions) {
    const option = given.list[0];
    if (option === undefined) {
      throw new ParameterError(
        `${name.toUpperCase()}: You must specify one of \`--${name}-eq', \`--${name}-lt', \`--${name}-gt`,
      );
    }
    this.name = name;
    const kind = option.name.slice(name.length + 1) as 'eq' | 'lt' | 'gt';
    this.relation = kind === 'eq' && option.inverted ? 'ne' : kind;
    this.value = parseUnsigned(name, option.name, option.values[0]!, 255);
  }

  matches(context: MatchContext): boolean {
    const field = context.packet.networkOffset + (context.isIpv4 ? IPV4.TTL : IPV6.HOP_LIMIT);
    const hops = context.packet.buf[field]!;
    switch (this.relation) {
      case 'eq':
        return hops === this.value;
      case 'ne':
        return hops !== this.value;
      case 'lt':
        return hops < this.value;
      default:
        return hops > this.value;
    }
  }

  save(): string {
    if (this.relation === 'ne') return ` ! --${this.name}-eq ${this.value}`;
    return ` --${this.name}-${this.relation} ${this.value}`;
  }

  list(): string {
    const sign = { eq: '==', ne: '!=', lt: '<', gt: '>' }[this.relation];
    const title = this.name.toUpperCase();
    return ` ${title} match ${title} ${sign} ${this.value}`;
  }
}

/** `-m length` (xt_length.c): bytes of the packet from the network header. */
export class LengthMatch implements Match {
  readonly name = 'length';
  private readonly low: number;
  private readonly high: number;
  private readonly inverted: boolean;

  constructor(option: GivenOption) {
    const [low, high] = option.values[0]!.split(':');
    this.low = low === '' ? 0 : parseUnsigned('length', 'length', low!, 65535);
    this.high =
      high === undefined ? this.low : high === '' ? 65535 : parseUnsigned('length', 'length', high, 65535);
    this.inverted = option.inverted;
  }

  matches(context: MatchContext): boolean {
    const length = context.length;
    return (length >= this.low && length <= this.high) !== this.inverted;
  }

  save(): string {
    return `${bang(this.inverted)} --length ${this.range}`;
  }

  list(): string {
    return ` length ${this.inverted ? '!' : ''}${this.range}`;
  }

  private get range(): string {
    return this.low === this.high ? `${this.low}` : `${this.low}:${this.high}`;
  }
}

/** `-m dscp` (xt_dscp.c). */
export class DscpMatch implements Match {
  readonly name = 'dscp';
  private readonly value: number;
  private readonly inverted: boolean;

  constructor(option: GivenOption) {
    this.value = dscpOf('dscp', option.name, option.values[0]!);
    this.inverted = option.inverted;
  }

  matches(context: MatchContext): boolean {
    return (serviceByte(context) >> 2 === this.value) !== this.inverted;
  }

  save(): string {
    return `${bang(this.inverted)} --dscp 0x${this.value.toString(16).padStart(2, '0')}`;
  }

  list(): string {
    return ` DSCP match ${this.inverted ? '!' : ''}0x${this.value.toString(16).padStart(2, '0')}`;
  }
}

/** `-m tos` (xt_dscp.c tos_mt). */
export class TosMatch implements Match {
  readonly name = 'tos';
  private readonly value: number;
  private readonly mask: number;
  private readonly inverted: boolean;

  constructor(option: GivenOption) {
    const named = tosOf(option.values[0]!);
    [this.value, this.mask] = named ?? parseMarkMask('tos', 'tos', option.values[0]!);
    if (this.mask === 0xffffffff) this.mask = 0xff;
    if (this.value > 255 || this.mask > 255) throw new ParameterError('tos: Bad value for "--tos" option');
    this.inverted = option.inverted;
  }

  matches(context: MatchContext): boolean {
    return ((serviceByte(context) & this.mask) === this.value) !== this.inverted;
  }

  save(): string {
    return `${bang(this.inverted)} --tos ${this.text}`;
  }

  list(): string {
    return ` tos match ${this.inverted ? '!' : ''}${this.text}`;
  }

  private get text(): string {
    const byte = (value: number) => `0x${value.toString(16).padStart(2, '0')}`;
    return `${byte(this.value)}/${byte(this.mask)}`;
  }
}

const PACKET_TYPES: Readonly<Record<string, number>> = {
  unicast: PACKET_HOST,
  host: PACKET_HOST,
  broadcast: PACKET_BROADCAST,
  bcast: PACKET_BROADCAST,
  multicast: PACKET_MULTICAST,
  mcast: PACKET_MULTICAST,
};

/** `-m pkttype` (xt_pkttype.c). */
export class PktTypeMatch implements Match {
  readonly name = 'pkttype';
  private readonly type: number;
  private readonly inverted: boolean;

  constructor(option: GivenOption) {
    const type = PACKET_TYPES[option.values[0]!.toLowerCase()];
    if (type === undefined) throw new ParameterError(`Bad packet type '${option.values[0]}'`);
    this.type = type;
    this.inverted = option.inverted;
  }

  matches(context: MatchContext): boolean {
    return (context.packet.pktType === this.type) !== this.inverted;
  }

  save(): string {
    return `${bang(this.inverted)} --pkt-type ${this.typeName}`;
  }

  list(): string {
    return ` PKTTYPE ${this.inverted ? '!' : ''}= ${this.typeName}`;
  }

  private get typeName(): string {
    return Object.keys(PACKET_TYPES).find((name) => PACKET_TYPES[name] === this.type)!;
  }
}

/** `-m mac --mac-source` (xt_mac.c). */
export class MacMatch implements Match {
  readonly name = 'mac';
  readonly hooks = (1 << NF_INET_PRE_ROUTING) | (1 << NF_INET_LOCAL_IN) | (1 << NF_INET_FORWARD);
  private readonly address: readonly number[];
  private readonly inverted: boolean;

  constructor(option: GivenOption) {
    const text = option.values[0]!;
    if (!/^([0-9a-fA-F]{1,2}:){5}[0-9a-fA-F]{1,2}$/.test(text)) {
      throw new ParameterError(`mac: Bad value for "--mac-source" option: "${text}"`);
    }
    this.address = text.split(':').map((octet) => parseInt(octet, 16));
    this.inverted = option.inverted;
  }

  matches(context: MatchContext): boolean {
    const { buf, macOffset } = context.packet;
    if (macOffset < 0 || context.inDev?.hardHeaderLength !== 14) return false;
    let same = true;
    for (let i = 0; i < 6; i++) if (buf[macOffset + 6 + i] !== this.address[i]) same = false;
    return same !== this.inverted;
  }

  save(): string {
    return `${bang(this.inverted)} --mac-source ${this.text}`;
  }

  list(): string {
    return ` MAC${bang(this.inverted)} ${this.text}`;
  }

  private get text(): string {
    return this.address.map((octet) => octet.toString(16).padStart(2, '0')).join(':');
  }
}

function serviceByte(context: MatchContext): number {
  const { buf, networkOffset } = context.packet;
  return context.isIpv4 ? buf[networkOffset + IPV4.TOS]! : ipv6TrafficClass(buf, networkOffset);
}

function required(given: GivenOptions, name: string): GivenOption {
  const option = given.list[0];
  if (option === undefined)
    throw new ParameterError(`${given.extension}: option "--${name}" must be specified`);
  return option;
}

export const ttlExtension: MatchExtension = {
  name: 'ttl',
  family: AF_INET,
  options: {
    'ttl-eq': INVERTIBLE_VALUE,
    ttl: alias('ttl-eq', INVERTIBLE_VALUE),
    'ttl-lt': VALUE,
    'ttl-gt': VALUE,
  },
  build: (given) => new HopLimitMatch('ttl', given),
};
export const hlExtension: MatchExtension = {
  name: 'hl',
  family: AF_INET6,
  options: { 'hl-eq': INVERTIBLE_VALUE, 'hl-lt': VALUE, 'hl-gt': VALUE },
  build: (given) => new HopLimitMatch('hl', given),
};
export const lengthExtension: MatchExtension = {
  name: 'length',
  options: { length: INVERTIBLE_VALUE },
  build: (given) => new LengthMatch(required(given, 'length')),
};
export const dscpExtension: MatchExtension = {
  name: 'dscp',
  options: { dscp: INVERTIBLE_VALUE, 'dscp-class': INVERTIBLE_VALUE },
  build: (given) => new DscpMatch(required(given, 'dscp')),
};
export const tosExtension: MatchExtension = {
  name: 'tos',
  options: { tos: INVERTIBLE_VALUE },
  build: (given) => new TosMatch(required(given, 'tos')),
};
export const pkttypeExtension: MatchExtension = {
  name: 'pkttype',
  options: { 'pkt-type': INVERTIBLE_VALUE },
  build: (given) => new PktTypeMatch(required(given, 'pkt-type')),
};
export const macExtension: MatchExtension = {
  name: 'mac',
  options: { 'mac-source': INVERTIBLE_VALUE },
  build: (given) => new MacMatch(required(given, 'mac-source')),
};
