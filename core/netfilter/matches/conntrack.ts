import { IP_CT_IS_REPLY, IP_CT_NEW, IP_CT_RELATED, IP_CT_UNTRACKED } from '../../packet/packet.ts';
import type { ConntrackEntry } from '../conntrack/entry.ts';
import { HZ, jiffiesOf } from '../conntrack/jiffies.ts';
import {
  IPS_ASSURED,
  IPS_CONFIRMED,
  IPS_DST_NAT,
  IPS_EXPECTED,
  IPS_SEEN_REPLY,
  IPS_SRC_NAT,
  IPS_TEMPLATE,
} from '../conntrack/status.ts';
import { IP_CT_DIR_ORIGINAL, IP_CT_DIR_REPLY, Tuple } from '../conntrack/tuple.ts';
import type { Match, MatchContext } from '../tables/match.ts';
import type { AddressTest } from '../tables/rule.ts';
import { addressTestText, isAnyAddress, parseAddressTest } from '../text/address-text.ts';
import {
  alias,
  bang,
  INVERTIBLE_VALUE,
  parseUnsigned,
  VALUE,
  type GivenOptions,
  type MatchExtension,
  type RuleSurroundings,
} from '../text/extension.ts';
import { ParameterError } from '../text/iptables-error.ts';
import { protocolNumber } from '../text/protocols.ts';
import { parsePortRange } from '../text/services.ts';

/** XT_CONNTRACK_STATE_*, in the order they are printed. */
const STATE = {
  INVALID: 1,
  NEW: 1 << (IP_CT_NEW + 1),
  RELATED: 1 << (IP_CT_RELATED + 1),
  ESTABLISHED: 1 << 1,
  UNTRACKED: 1 << 6,
  SNAT: 1 << 7,
  DNAT: 1 << 8,
} as const;

/** In the order they are printed. */
const STATUS = {
  EXPECTED: IPS_EXPECTED,
  SEEN_REPLY: IPS_SEEN_REPLY,
  ASSURED: IPS_ASSURED,
  CONFIRMED: IPS_CONFIRMED,
} as const;

const ADDRESS_OPTIONS = ['ctorigsrc', 'ctorigdst', 'ctreplsrc', 'ctrepldst'] as const;
const PORT_OPTIONS = ['ctorigsrcport', 'ctorigdstport', 'ctreplsrcport', 'ctrepldstport'] as const;

/** A range of numbers, perhaps inverted. */
interface RangeTest {
  readonly low: number;
  readonly high: number;
  readonly inverted: boolean;
}

/** `-m conntrack` and its other spelling `-m state` (xt_conntrack.c). */
export class ConntrackMatch implements Match {
  readonly name: string;
  private readonly state: number;
  private readonly stateInverted: boolean;
  private readonly protocol: { number: number; inverted: boolean } | null;
  private readonly addresses: readonly (AddressTest | null)[];
  private readonly portTests: readonly (RangeTest | null)[];
  private readonly status: number;
  private readonly statusTested: boolean;
  private readonly statusInverted: boolean;
  private readonly expire: RangeTest | null;
  /** Direction to be in, −1 for any. */
  private readonly direction: number;
  /** Nothing but a state is asked for: the usual rule. */
  private readonly stateOnly: boolean;
  private readonly tuple = new Tuple();

  constructor(name: string, given: GivenOptions, rule: RuleSurroundings) {
    this.name = name;
    const state = given.anyOf(['ctstate', 'state']);
    this.state = state === undefined ? 0 : parseNames(state.values[0]!, STATE, 'state');
    this.stateInverted = state?.inverted ?? false;
    const protocol = given.get('ctproto');
    this.protocol =
      protocol === undefined
        ? null
        : { number: protocolNumber(protocol.values[0]!), inverted: protocol.inverted };
    this.addresses = ADDRESS_OPTIONS.map((option) => {
      const found = given.get(option);
      return found === undefined ? null : parseAddressTest(found.values[0]!, rule.family, found.inverted);
    });
    this.portTests = PORT_OPTIONS.map((option) => {
      const found = given.get(option);
      if (found === undefined) return null;
      const [low, high] = parsePortRange(name, option, found.values[0]!);
      return { low, high, inverted: found.inverted };
    });
    const status = given.get('ctstatus');
    this.statusTested = status !== undefined;
    this.status = status === undefined ? 0 : parseNames(status.values[0]!, { NONE: 0, ...STATUS }, 'status');
    this.statusInverted = status?.inverted ?? false;
    this.expire = parseExpire(given);
    this.direction = parseDirection(given);
    const others = this.protocol !== null || this.statusTested || this.expire !== null || this.direction >= 0;
    this.stateOnly =
      !others &&
      this.addresses.every((test) => test === null) &&
      this.portTests.every((test) => test === null);
  }

  matches(context: MatchContext): boolean {
    const packet = context.packet;
    const entry = packet.nfct !== null && (packet.nfct.status & IPS_TEMPLATE) === 0 ? packet.nfct : null;
    let bit: number = STATE.INVALID;
    if (entry !== null) {
      const info = packet.ctInfo >= IP_CT_IS_REPLY ? packet.ctInfo - IP_CT_IS_REPLY : packet.ctInfo;
      bit = 1 << (info + 1);
      if ((this.state & (STATE.SNAT | STATE.DNAT)) !== 0) {
        if ((entry.status & IPS_SRC_NAT) !== 0) bit |= STATE.SNAT;
        if ((entry.status & IPS_DST_NAT) !== 0) bit |= STATE.DNAT;
      }
    } else if (packet.ctInfo === IP_CT_UNTRACKED) {
      bit = STATE.UNTRACKED;
    }
    if (this.state !== 0 && ((this.state & bit) !== 0) === this.stateInverted) return false;
    if (this.stateOnly) return true;
    return entry !== null && this.matchesEntry(context, entry);
  }

  save(): string {
    return this.text('--', (test) => addressTestText(test, true));
  }

  list(numeric: boolean): string {
    return this.text('', (test) =>
      !numeric && isAnyAddress(test) ? 'anywhere' : addressTestText(test, true),
    );
  }

  private matchesEntry(context: MatchContext, entry: ConntrackEntry): boolean {
    const direction = context.packet.ctInfo >= IP_CT_IS_REPLY ? IP_CT_DIR_REPLY : IP_CT_DIR_ORIGINAL;
    if (this.direction >= 0 && this.direction !== direction) return false;
    if (this.protocol !== null && (entry.protocol === this.protocol.number) === this.protocol.inverted)
      return false;
    for (let i = 0; i < 4; i++) {
      const address = this.addresses[i]!;
      if (address !== null && this.addressFits(entry, i, address) === address.inverted) return false;
      const range = this.portTests[i]!;
      if (range === null) continue;
      const dir = i < 2 ? IP_CT_DIR_ORIGINAL : IP_CT_DIR_REPLY;
      const port = (i & 1) === 0 ? entry.sourcePart(dir) : entry.destinationPart(dir);
      if ((port >= range.low && port <= range.high) === range.inverted) return false;
    }
    if (this.statusTested) {
      const has = (entry.status & this.status) !== 0;
      if (has === this.statusInverted) return false;
    }
    if (this.expire === null) return true;
    const ticks = entry.expires - (entry.isConfirmed ? jiffiesOf(context.netns.host.sim.nowNs) : 0);
    const left = Math.max(0, Math.floor(ticks / HZ));
    return (left >= this.expire.low && left <= this.expire.high) !== this.expire.inverted;
  }

  private addressFits(entry: ConntrackEntry, index: number, test: AddressTest): boolean {
    const tuple = this.tuple;
    entry.readTuple(index < 2 ? IP_CT_DIR_ORIGINAL : IP_CT_DIR_REPLY, tuple);
    const isSource = (index & 1) === 0;
    if (test.words.length === 1) {
      return (((isSource ? tuple.src : tuple.dst) ^ test.words[0]!) & test.mask[0]!) === 0;
    }
    const words = isSource
      ? [tuple.src0, tuple.src1, tuple.src2, tuple.src]
      : [tuple.dst0, tuple.dst1, tuple.dst2, tuple.dst];
    return words.every((word, i) => ((word ^ test.words[i]!) & test.mask[i]!) === 0);
  }

  private text(prefix: string, address: (test: AddressTest) => string): string {
    let text = '';
    if (this.state !== 0) {
      const option = this.name === 'state' ? 'state' : 'ctstate';
      text += `${bang(this.stateInverted)} ${prefix}${option} ${namesOf(this.state, STATE)}`;
    }
    if (this.protocol !== null)
      text += `${bang(this.protocol.inverted)} ${prefix}ctproto ${this.protocol.number}`;
    this.addresses.forEach((test, i) => {
      if (test !== null) text += `${bang(test.inverted)} ${prefix}${ADDRESS_OPTIONS[i]} ${address(test)}`;
    });
    this.portTests.forEach((test, i) => {
      if (test !== null) text += `${bang(test.inverted)} ${prefix}${PORT_OPTIONS[i]} ${rangeText(test)}`;
    });
    if (this.statusTested) {
      const names = this.status === 0 ? 'NONE' : namesOf(this.status, STATUS);
      text += `${bang(this.statusInverted)} ${prefix}ctstatus ${names}`;
    }
    if (this.expire !== null)
      text += `${bang(this.expire.inverted)} ${prefix}ctexpire ${rangeText(this.expire)}`;
    if (this.direction >= 0) text += ` ${prefix}ctdir ${this.direction === 0 ? 'ORIGINAL' : 'REPLY'}`;
    return text;
  }
}

function rangeText(range: RangeTest): string {
  return range.low === range.high ? String(range.low) : `${range.low}:${range.high}`;
}

function parseNames(text: string, table: Readonly<Record<string, number>>, what: string): number {
  let bits = 0;
  for (const name of text.split(',')) {
    const bit = Object.hasOwn(table, name.toUpperCase()) ? table[name.toUpperCase()] : undefined;
    if (bit === undefined) throw new ParameterError(`Bad ct${what} "${name}"`);
    bits |= bit;
  }
  return bits;
}

function namesOf(bits: number, table: Readonly<Record<string, number>>): string {
  return Object.keys(table)
    .filter((name) => (bits & table[name]!) !== 0)
    .join(',');
}

function parseExpire(given: GivenOptions): RangeTest | null {
  const option = given.get('ctexpire');
  if (option === undefined) return null;
  const [low, high] = option.values[0]!.split(':');
  const from = parseUnsigned(given.extension, 'ctexpire', low!);
  const to = high === undefined ? from : parseUnsigned(given.extension, 'ctexpire', high);
  return { low: from, high: to, inverted: option.inverted };
}

function parseDirection(given: GivenOptions): number {
  const text = given.value('ctdir');
  if (text === undefined) return -1;
  if (text.toUpperCase() === 'ORIGINAL') return IP_CT_DIR_ORIGINAL;
  if (text.toUpperCase() === 'REPLY') return IP_CT_DIR_REPLY;
  throw new ParameterError(`conntrack: Bad value for "--ctdir" option: "${text}"`);
}

/** Both tell the namespace to track connections when the rule is made: see `buildRule`. */
export const conntrackExtension: MatchExtension = {
  name: 'conntrack',
  options: {
    ctstate: INVERTIBLE_VALUE,
    ctproto: INVERTIBLE_VALUE,
    ...Object.fromEntries([...ADDRESS_OPTIONS, ...PORT_OPTIONS].map((name) => [name, INVERTIBLE_VALUE])),
    ctstatus: INVERTIBLE_VALUE,
    ctexpire: INVERTIBLE_VALUE,
    ctdir: VALUE,
    state: alias('ctstate', INVERTIBLE_VALUE),
  },
  build: (given, rule) => {
    if (given.list.length === 0) throw new ParameterError('conntrack: At least one option is required');
    return new ConntrackMatch('conntrack', given, rule);
  },
};

export const stateExtension: MatchExtension = {
  name: 'state',
  options: { state: INVERTIBLE_VALUE },
  build: (given, rule) => {
    if (!given.has('state')) throw new ParameterError('You must specify "--state"');
    return new ConntrackMatch('state', given, rule);
  },
};
