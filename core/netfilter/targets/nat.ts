import { get32 } from '../../../protocols/bytes.ts';
import { IPV4, PROTO } from '../../../protocols/ipv4.ts';
import { IPV6 } from '../../../protocols/ipv6.ts';
import { Ipv6Address } from '../../../protocols/ipv6-address.ts';
import { AF_INET } from '../conntrack/tuple.ts';
import {
  NF_DROP,
  NF_INET_LOCAL_IN,
  NF_INET_LOCAL_OUT,
  NF_INET_POST_ROUTING,
  NF_INET_PRE_ROUTING,
} from '../hook.ts';
import { masquerade } from '../nat/masquerade.ts';
import {
  NF_NAT_MANIP_DST,
  NF_NAT_MANIP_SRC,
  NF_NAT_RANGE_MAP_IPS,
  NF_NAT_RANGE_PERSISTENT,
  NF_NAT_RANGE_PROTO_OFFSET,
  NF_NAT_RANGE_PROTO_RANDOM,
  NF_NAT_RANGE_PROTO_RANDOM_FULLY,
  NF_NAT_RANGE_PROTO_SPECIFIED,
  NatRange,
} from '../nat/nat-range.ts';
import type { MatchContext, Target } from '../tables/match.ts';
import { addressWordsText, maskText, parseAddressTest, parseAddressWords } from '../text/address-text.ts';
import {
  FLAG,
  VALUE,
  type GivenOptions,
  type RuleSurroundings,
  type TargetExtension,
} from '../text/extension.ts';
import { ParameterError } from '../text/iptables-error.ts';
import type { AddressTest } from '../tables/rule.ts';

const SOURCE_HOOKS = (1 << NF_INET_POST_ROUTING) | (1 << NF_INET_LOCAL_IN);
const DESTINATION_HOOKS = (1 << NF_INET_PRE_ROUTING) | (1 << NF_INET_LOCAL_OUT);
const LOOPBACK = 0x7f000001;

const PORT_PROTOCOLS: readonly number[] = [PROTO.TCP, PROTO.UDP, PROTO.SCTP, 33, PROTO.ICMP, PROTO.ICMPV6];

/** `-j SNAT --to-source` and `-j DNAT --to-destination` (xt_nat.c). */
export class NatTarget implements Target {
  readonly name: 'SNAT' | 'DNAT';
  readonly tables = ['nat'];
  readonly hooks: number;
  private readonly range: NatRange;
  private readonly manip: number;
  private readonly text: string;

  constructor(name: 'SNAT' | 'DNAT', given: GivenOptions, rule: RuleSurroundings) {
    this.name = name;
    this.manip = name === 'SNAT' ? NF_NAT_MANIP_SRC : NF_NAT_MANIP_DST;
    this.hooks = name === 'SNAT' ? SOURCE_HOOKS : DESTINATION_HOOKS;
    const option = name === 'SNAT' ? 'to-source' : 'to-destination';
    const value = given.value(option);
    if (value === undefined) throw new ParameterError(`${name}: option "--${option}" must be specified`);
    this.range = parseRange(name, value, rule);
    this.range.flags |= randomFlags(given);
    this.text = rangeText(this.range, rule.family);
  }

  run(context: MatchContext): number {
    const entry = context.packet.nfct;
    if (entry === null) return NF_DROP;
    return context.netns.netfilter!.nat!.setupInfo(entry, this.range, this.manip);
  }

  save(): string {
    const option = this.name === 'SNAT' ? '--to-source' : '--to-destination';
    return ` ${option} ${this.text}${flagsText(this.range, '--')}`;
  }

  list(): string {
    return ` to:${this.text}${flagsText(this.range, '')}`;
  }
}

/** `-j MASQUERADE` (xt_MASQUERADE.c). */
export class MasqueradeTarget implements Target {
  readonly name = 'MASQUERADE';
  readonly tables = ['nat'];
  readonly hooks = 1 << NF_INET_POST_ROUTING;
  private readonly range = new NatRange();

  constructor(given: GivenOptions, rule: RuleSurroundings) {
    const ports = given.value('to-ports');
    if (ports !== undefined) setPorts(this.range, 'MASQUERADE', ports, rule);
    this.range.flags |= randomFlags(given);
  }

  run(context: MatchContext): number {
    const entry = context.packet.nfct;
    if (entry === null) return NF_DROP;
    return masquerade(context.netns, context.packet, this.range, context.outDev!);
  }

  save(): string {
    return `${portsText(this.range, ' --to-ports ')}${flagsText(this.range, '--')}`;
  }

  list(): string {
    return `${portsText(this.range, ' masq ports: ')}${flagsText(this.range, '')}`;
  }
}

/** `-j REDIRECT` (nf_nat_redirect.c): to this machine, at another port. */
export class RedirectTarget implements Target {
  readonly name = 'REDIRECT';
  readonly tables = ['nat'];
  readonly hooks = DESTINATION_HOOKS;
  private readonly ports = new NatRange();

  constructor(given: GivenOptions, rule: RuleSurroundings) {
    const ports = given.value('to-ports');
    if (ports !== undefined) setPorts(this.ports, 'REDIRECT', ports, rule);
    this.ports.flags |= randomFlags(given);
  }

  run(context: MatchContext): number {
    const entry = context.packet.nfct;
    if (entry === null) return NF_DROP;
    const range = new NatRange();
    range.minPort = this.ports.minPort;
    range.maxPort = this.ports.maxPort;
    if (context.isIpv4) {
      const address = redirectAddress(context);
      if (address === 0) return NF_DROP;
      range.setIpv4(address);
    } else {
      const address = redirectAddress6(context);
      if (address === null) return NF_DROP;
      range.setIpv6(address);
    }
    range.flags |= this.ports.flags;
    return context.netns.netfilter!.nat!.setupInfo(entry, range, NF_NAT_MANIP_DST);
  }

  save(): string {
    return `${portsText(this.ports, ' --to-ports ')}${flagsText(this.ports, '--')}`;
  }

  list(): string {
    return `${portsText(this.ports, ' redir ports ')}${flagsText(this.ports, '')}`;
  }
}

/** In PREROUTING the first address of the input device, in OUTPUT 127.0.0.1. */
function redirectAddress(context: MatchContext): number {
  if (context.hook === NF_INET_LOCAL_OUT) return LOOPBACK;
  const addresses = context.inDev!.ipv4.addresses;
  return (addresses.find(({ secondary }) => !secondary) ?? addresses[0])?.local ?? 0;
}

function redirectAddress6(context: MatchContext): Ipv6Address | null {
  if (context.hook === NF_INET_LOCAL_OUT) return Ipv6Address.LOOPBACK;
  const addresses = context.inDev!.ipv6?.addresses ?? [];
  return addresses.find(({ tentative }) => !tentative)?.address ?? null;
}

/** `-j NETMAP --to NET/LEN` (xt_NETMAP.c): the network part changes, the host part stays. */
export class NetmapTarget implements Target {
  readonly name = 'NETMAP';
  readonly tables = ['nat'];
  readonly hooks = SOURCE_HOOKS | DESTINATION_HOOKS;
  private readonly to: AddressTest;
  private readonly family: number;

  constructor(given: GivenOptions, rule: RuleSurroundings) {
    const to = given.value('to');
    if (to === undefined) throw new ParameterError('NETMAP: option "--to" must be specified');
    this.to = parseAddressTest(to, rule.family, false);
    this.family = rule.family;
  }

  run(context: MatchContext): number {
    const { packet } = context;
    const entry = packet.nfct;
    if (entry === null) return NF_DROP;
    const isSource = ((1 << context.hook) & SOURCE_HOOKS) !== 0;
    const fields = context.isIpv4 ? IPV4 : IPV6;
    const at = packet.networkOffset + (isSource ? fields.SOURCE : fields.DESTINATION);
    const words = this.to.words.map(
      (word, i) => ((get32(packet.buf, at + 4 * i) & ~this.to.mask[i]!) | word) >>> 0,
    );
    const range = new NatRange();
    if (words.length === 1) range.setIpv4(words[0]!);
    else range.setIpv6(new Ipv6Address(words[0]!, words[1]!, words[2]!, words[3]!));
    const manip = isSource ? NF_NAT_MANIP_SRC : NF_NAT_MANIP_DST;
    return context.netns.netfilter!.nat!.setupInfo(entry, range, manip);
  }

  save(): string {
    return ` --to ${this.text}`;
  }

  list(): string {
    return ` to:${this.text}`;
  }

  private get text(): string {
    return addressWordsText(this.to.words, this.family) + maskText(this.to.mask, true);
  }
}

function randomFlags(given: GivenOptions): number {
  let flags = 0;
  if (given.has('random')) flags |= NF_NAT_RANGE_PROTO_RANDOM;
  if (given.has('random-fully')) flags |= NF_NAT_RANGE_PROTO_RANDOM_FULLY;
  if (given.has('persistent')) flags |= NF_NAT_RANGE_PERSISTENT;
  return flags;
}

function flagsText(range: NatRange, prefix: string): string {
  let text = '';
  if ((range.flags & NF_NAT_RANGE_PROTO_RANDOM) !== 0) text += ` ${prefix}random`;
  if ((range.flags & NF_NAT_RANGE_PROTO_RANDOM_FULLY) !== 0) text += ` ${prefix}random-fully`;
  if ((range.flags & NF_NAT_RANGE_PERSISTENT) !== 0) text += ` ${prefix}persistent`;
  return text;
}

function portsText(range: NatRange, before: string): string {
  if ((range.flags & NF_NAT_RANGE_PROTO_SPECIFIED) === 0) return '';
  const { minPort, maxPort } = range;
  const base = (range.flags & NF_NAT_RANGE_PROTO_OFFSET) !== 0 ? `/${range.basePort}` : '';
  return `${before}${minPort === maxPort ? minPort : `${minPort}-${maxPort}`}${base}`;
}

function rangeText(range: NatRange, family: number): string {
  const hasPorts = (range.flags & NF_NAT_RANGE_PROTO_SPECIFIED) !== 0;
  let text = '';
  if ((range.flags & NF_NAT_RANGE_MAP_IPS) !== 0) {
    const words = (array: Uint32Array) => (family === AF_INET ? [array[3]!] : Array.from(array));
    const low = addressWordsText(words(range.min), family);
    const high = addressWordsText(words(range.max), family);
    text = low === high ? low : `${low}-${high}`;
    if (family !== AF_INET && hasPorts) text = `[${text}]`;
  }
  return text + portsText(range, ':');
}

/** `[address[-address]][:port[-port[/base]]]`, IPv6 addresses in brackets when ports follow. */
function parseRange(name: string, text: string, rule: RuleSurroundings): NatRange {
  const range = new NatRange();
  let addresses = text;
  let ports = '';
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/.exec(text);
  if (rule.family === AF_INET) {
    const colon = text.indexOf(':');
    if (colon >= 0) {
      addresses = text.slice(0, colon);
      ports = text.slice(colon + 1);
    }
  } else if (bracketed !== null) {
    addresses = bracketed[1]!;
    ports = bracketed[2] ?? '';
  }
  if (ports !== '') setPorts(range, name, ports, rule);
  if (addresses === '') {
    if (ports === '') throw new ParameterError(`Bad IP address "${text}"`);
    return range;
  }
  const [low, high] = addresses.split('-');
  setAddresses(range, low!, high ?? low!, rule.family);
  return range;
}

function setAddresses(range: NatRange, low: string, high: string, family: number): void {
  try {
    const [from, to] = [parseAddressWords(low, family), parseAddressWords(high, family)];
    if (family === AF_INET) range.setIpv4(from[0]! >>> 0, to[0]! >>> 0);
    else {
      range.setIpv6(
        new Ipv6Address(from[0]!, from[1]!, from[2]!, from[3]!),
        new Ipv6Address(to[0]!, to[1]!, to[2]!, to[3]!),
      );
    }
  } catch (error) {
    if (!(error instanceof ParameterError)) throw error;
    throw new ParameterError(`Bad IP address "${low === high ? low : `${low}-${high}`}"`);
  }
}

/** `port[-port[/base]]`, which needs a protocol with ports. */
function setPorts(range: NatRange, name: string, text: string, rule: RuleSurroundings): void {
  if (!PORT_PROTOCOLS.includes(rule.protocol) || rule.protocolInverted) {
    throw new ParameterError('Need TCP, UDP, SCTP or DCCP with port specification');
  }
  const match = /^(\d+)(?:[-:](\d+))?(?:\/(\d+))?$/.exec(text);
  const low = Number(match?.[1]);
  const high = Number(match?.[2] ?? low);
  const base = match?.[3];
  if (match === null || low > 65535 || high > 65535) {
    throw new ParameterError(`Port \`${text}' not valid`);
  }
  if (low > high) throw new ParameterError(`Port range \`${text}' funky`);
  range.setPorts(low, high);
  if (base === undefined) return;
  if (name !== 'DNAT' || Number(base) > 65535) throw new ParameterError(`Port \`${text}' not valid`);
  range.flags |= NF_NAT_RANGE_PROTO_OFFSET;
  range.basePort = Number(base);
}

const RANDOM_OPTIONS = { random: FLAG, 'random-fully': FLAG };

export const snatExtension: TargetExtension = {
  name: 'SNAT',
  options: { 'to-source': VALUE, ...RANDOM_OPTIONS, persistent: FLAG },
  build: (given, rule) => new NatTarget('SNAT', given, rule),
};
export const dnatExtension: TargetExtension = {
  name: 'DNAT',
  options: { 'to-destination': VALUE, random: FLAG, persistent: FLAG },
  build: (given, rule) => new NatTarget('DNAT', given, rule),
};
export const masqueradeExtension: TargetExtension = {
  name: 'MASQUERADE',
  options: { 'to-ports': VALUE, ...RANDOM_OPTIONS },
  build: (given, rule) => new MasqueradeTarget(given, rule),
};
export const redirectExtension: TargetExtension = {
  name: 'REDIRECT',
  options: { 'to-ports': VALUE, random: FLAG },
  build: (given, rule) => new RedirectTarget(given, rule),
};
export const netmapExtension: TargetExtension = {
  name: 'NETMAP',
  options: { to: VALUE },
  build: (given, rule) => new NetmapTarget(given, rule),
};
