import { get32 } from '../../../protocols/bytes.ts';
import { IPV4 } from '../../../protocols/ipv4.ts';
import { IPV6 } from '../../../protocols/ipv6.ts';
import { Ipv6Address } from '../../../protocols/ipv6-address.ts';
import type { NetDevice } from '../../device/net-device.ts';
import {
  NF_INET_FORWARD,
  NF_INET_LOCAL_IN,
  NF_INET_LOCAL_OUT,
  NF_INET_POST_ROUTING,
  NF_INET_PRE_ROUTING,
} from '../hook.ts';
import { addressType6 } from '../ipv6-address-type.ts';
import type { Match, MatchContext } from '../tables/match.ts';
import { bang, FLAG, INVERTIBLE_VALUE, type GivenOptions, type MatchExtension } from '../text/extension.ts';
import { ParameterError } from '../text/iptables-error.ts';

/** Types by their number (RTN_*). */
const TYPES = [
  'UNSPEC',
  'UNICAST',
  'LOCAL',
  'BROADCAST',
  'ANYCAST',
  'MULTICAST',
  'BLACKHOLE',
  'UNREACHABLE',
  'PROHIBIT',
  'THROW',
  'NAT',
  'XRESOLVE',
] as const;

/** `-m addrtype` (xt_addrtype.c): what an address is to this namespace. */
export class AddrtypeMatch implements Match {
  readonly name = 'addrtype';
  readonly hooks: number;
  private readonly sources: number;
  private readonly sourceInverted: boolean;
  private readonly destinations: number;
  private readonly destinationInverted: boolean;
  private readonly limitIn: boolean;
  private readonly limitOut: boolean;

  constructor(given: GivenOptions) {
    const source = given.get('src-type');
    const destination = given.get('dst-type');
    this.sources = source === undefined ? 0 : parseTypes(source.values[0]!);
    this.sourceInverted = source?.inverted ?? false;
    this.destinations = destination === undefined ? 0 : parseTypes(destination.values[0]!);
    this.destinationInverted = destination?.inverted ?? false;
    this.limitIn = given.has('limit-iface-in');
    this.limitOut = given.has('limit-iface-out');
    if (source === undefined && destination === undefined) {
      throw new ParameterError('addrtype: you must specify --src-type or --dst-type');
    }
    if (this.limitIn && this.limitOut) {
      throw new ParameterError("addrtype: you can't specify both --limit-iface-in and --limit-iface-out");
    }
    const inbound = (1 << NF_INET_PRE_ROUTING) | (1 << NF_INET_LOCAL_IN);
    const outbound = (1 << NF_INET_POST_ROUTING) | (1 << NF_INET_LOCAL_OUT);
    const forward = 1 << NF_INET_FORWARD;
    this.hooks = this.limitOut ? outbound | forward : this.limitIn ? inbound | forward : 0x1f;
  }

  matches(context: MatchContext): boolean {
    const dev = this.limitIn ? context.inDev : this.limitOut ? context.outDev : null;
    const at = context.packet.networkOffset;
    const sourceAt = at + (context.isIpv4 ? IPV4.SOURCE : IPV6.SOURCE);
    const destinationAt = at + (context.isIpv4 ? IPV4.DESTINATION : IPV6.DESTINATION);
    if (this.sources !== 0 && this.fits(context, dev, sourceAt, this.sources) === this.sourceInverted)
      return false;
    if (this.destinations === 0) return true;
    return this.fits(context, dev, destinationAt, this.destinations) !== this.destinationInverted;
  }

  save(): string {
    let text = '';
    if (this.sources !== 0) text += `${bang(this.sourceInverted)} --src-type ${typeNames(this.sources)}`;
    if (this.destinations !== 0)
      text += `${bang(this.destinationInverted)} --dst-type ${typeNames(this.destinations)}`;
    if (this.limitIn) text += ' --limit-iface-in';
    if (this.limitOut) text += ' --limit-iface-out';
    return text;
  }

  list(): string {
    let text = ' ADDRTYPE match';
    if (this.sources !== 0) text += ` src-type ${this.sourceInverted ? '!' : ''}${typeNames(this.sources)}`;
    if (this.destinations !== 0)
      text += ` dst-type ${this.destinationInverted ? '!' : ''}${typeNames(this.destinations)}`;
    if (this.limitIn) text += ' limit-in';
    if (this.limitOut) text += ' limit-out';
    return text;
  }

  private fits(context: MatchContext, dev: NetDevice | null, at: number, types: number): boolean {
    const buf = context.packet.buf;
    if (context.isIpv4) {
      return (types & (1 << context.netns.ipv4.fib.addressType(get32(buf, at), dev))) !== 0;
    }
    return (types & (1 << addressType6(context.netns, Ipv6Address.read(buf, at), dev))) !== 0;
  }
}

function parseTypes(text: string): number {
  let bits = 0;
  for (const name of text.toUpperCase().split(',')) {
    const number = (TYPES as readonly string[]).indexOf(name);
    if (number < 0) throw new ParameterError(`addrtype: bad type \`${name}'`);
    bits |= 1 << number;
  }
  return bits;
}

function typeNames(bits: number): string {
  return TYPES.filter((_, number) => (bits & (1 << number)) !== 0).join(',');
}

export const addrtypeExtension: MatchExtension = {
  name: 'addrtype',
  options: {
    'src-type': INVERTIBLE_VALUE,
    'dst-type': INVERTIBLE_VALUE,
    'limit-iface-in': FLAG,
    'limit-iface-out': FLAG,
  },
  build: (given) => new AddrtypeMatch(given),
};
