import { Ipv6Address, formatIpv6 } from '../../../protocols/ipv6-address.ts';
import { formatIpv4 } from '../../../protocols/ipv4-address.ts';
import { get32 } from '../../../protocols/bytes.ts';
import { IPV4 } from '../../../protocols/ipv4.ts';
import { IPV6 } from '../../../protocols/ipv6.ts';
import type { Match, MatchContext } from '../tables/match.ts';
import { parseAddressWords } from '../text/address-text.ts';
import {
  bang,
  INVERTIBLE_VALUE,
  type GivenOption,
  type GivenOptions,
  type MatchExtension,
  type RuleSurroundings,
} from '../text/extension.ts';
import { ParameterError } from '../text/iptables-error.ts';

interface AddressRange {
  readonly low: readonly number[];
  readonly high: readonly number[];
  readonly inverted: boolean;
}

/** `-m iprange` (xt_iprange.c). */
export class IprangeMatch implements Match {
  readonly name = 'iprange';
  private readonly source: AddressRange | null;
  private readonly destination: AddressRange | null;

  constructor(given: GivenOptions, rule: RuleSurroundings) {
    this.source = parseRange(given.get('src-range'), rule.family);
    this.destination = parseRange(given.get('dst-range'), rule.family);
    if (given.list.length === 0)
      throw new ParameterError("iprange match: You must specify `--src-range' or `--dst-range'");
  }

  matches(context: MatchContext): boolean {
    const at = context.packet.networkOffset;
    const buf = context.packet.buf;
    const v4 = context.isIpv4;
    if (this.source !== null && !inRange(this.source, buf, at + (v4 ? IPV4.SOURCE : IPV6.SOURCE)))
      return false;
    if (this.destination === null) return true;
    return inRange(this.destination, buf, at + (v4 ? IPV4.DESTINATION : IPV6.DESTINATION));
  }

  save(): string {
    let text = '';
    if (this.source !== null) text += `${bang(this.source.inverted)} --src-range ${rangeText(this.source)}`;
    if (this.destination !== null)
      text += `${bang(this.destination.inverted)} --dst-range ${rangeText(this.destination)}`;
    return text;
  }

  list(): string {
    let text = '';
    if (this.source !== null)
      text += ` source IP range${bang(this.source.inverted)} ${rangeText(this.source)}`;
    if (this.destination !== null)
      text += ` destination IP range${bang(this.destination.inverted)} ${rangeText(this.destination)}`;
    return text;
  }
}

function inRange(range: AddressRange, buf: Uint8Array, at: number): boolean {
  const inside = compare(buf, at, range.low) >= 0 && compare(buf, at, range.high) <= 0;
  return inside !== range.inverted;
}

function compare(buf: Uint8Array, at: number, words: readonly number[]): number {
  for (let i = 0; i < words.length; i++) {
    const difference = get32(buf, at + 4 * i) - (words[i]! >>> 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function parseRange(option: GivenOption | undefined, family: number): AddressRange | null {
  if (option === undefined) return null;
  const [low, high] = option.values[0]!.split('-');
  const words = parseAddressWords(low!, family);
  const last = high === undefined ? words : parseAddressWords(high, family);
  for (let i = 0; i < words.length; i++) {
    if (words[i]! >>> 0 < last[i]! >>> 0) break;
    if (words[i]! >>> 0 > last[i]! >>> 0)
      throw new ParameterError(`iprange: range ${option.values[0]} is reversed and will never match`);
  }
  return { low: words, high: last, inverted: option.inverted };
}

function rangeText(range: AddressRange): string {
  return `${wordsText(range.low)}-${wordsText(range.high)}`;
}

function wordsText(words: readonly number[]): string {
  if (words.length === 1) return formatIpv4(words[0]! >>> 0);
  return formatIpv6(new Ipv6Address(words[0]!, words[1]!, words[2]!, words[3]!));
}

export const iprangeExtension: MatchExtension = {
  name: 'iprange',
  options: { 'src-range': INVERTIBLE_VALUE, 'dst-range': INVERTIBLE_VALUE },
  build: (given, rule) => new IprangeMatch(given, rule),
};
