import { noLimits, type XfrmLimits } from '../../../core/xfrm/xfrm-lifetime.ts';
import { ANY_SELECTOR, type XfrmMark, type XfrmSelector } from '../../../core/xfrm/xfrm-selector.ts';
import { isIpv4Text } from '../../../protocols/ipv4-address.ts';
import { PROTO } from '../../../protocols/ipv4.ts';
import { EXIT_LOCAL, EXIT_USAGE, IpError, parsePrefix, type IpCommand } from '../ip-command.ts';

/** Names of protocols in selectors (/etc/protocols, as far as they are used). */
export const UPPER_PROTOCOLS: readonly (readonly [string, number])[] = [
  ['icmp', PROTO.ICMP],
  ['tcp', PROTO.TCP],
  ['udp', PROTO.UDP],
  ['dccp', 33],
  ['gre', PROTO.GRE],
  ['esp', PROTO.ESP],
  ['ah', PROTO.AH],
  ['ipv6-icmp', PROTO.ICMPV6],
  ['sctp', PROTO.SCTP],
];

const XFRM_PROTOCOLS: ReadonlyMap<string, number> = new Map([
  ['esp', PROTO.ESP],
  ['ah', PROTO.AH],
  ['comp', 108],
  ['route2', PROTO.ROUTING],
  ['hao', PROTO.DSTOPTS],
]);

/** An ID: what was said of it; 0 and false for what was not. */
export interface XfrmId {
  source: number;
  destination: number;
  protocol: number;
  spi: number;
  given: Set<string>;
}

const ID_WORDS = ['src', 'dst', 'proto', 'spi'];

/** xfrm_id_parse: `[src A] [dst A] [proto P] [spi S]`, as many of them as follow. */
export function readId(command: IpCommand, loose: boolean): XfrmId {
  const id: XfrmId = { source: 0, destination: 0, protocol: 0, spi: 0, given: new Set() };
  for (let word = command.peek(); word !== undefined && ID_WORDS.includes(word); word = command.peek()) {
    command.take();
    id.given.add(word);
    const value = command.value();
    if (word === 'src') id.source = readAddress(value);
    else if (word === 'dst') id.destination = readAddress(value);
    else if (word === 'proto') id.protocol = readXfrmProtocol(command, value);
    else id.spi = readNumber(command, value, 'SPI value is invalid');
  }
  if (!loose && id.protocol === 0) missing('XFRM-PROTO');
  if (id.given.size === 0) missing('ID');
  return id;
}

export function isIdWord(word: string): boolean {
  return ID_WORDS.includes(word);
}

export function readXfrmProtocol(command: IpCommand, text: string): number {
  return XFRM_PROTOCOLS.get(text) ?? command.invalidArgument('XFRM-PROTO value is invalid', text);
}

export function xfrmProtocolText(protocol: number): string {
  for (const [name, number] of XFRM_PROTOCOLS) if (number === protocol) return name;
  return String(protocol);
}

export function readMode(command: IpCommand): 'transport' | 'tunnel' {
  const word = command.value();
  if (word === 'transport' || word === 'tunnel') return word;
  if (['beet', 'ro', 'in_trigger'].includes(word)) command.notModelled(`xfrm mode ${word}`);
  return command.invalidArgument('MODE value is invalid', word);
}

/** `mark M [mask M]`, after the word `mark`. */
export function readMark(command: IpCommand): XfrmMark {
  const value = readNumber(command, command.value(), 'MARK value is invalid\n');
  if (command.peek() !== 'mask') return { value, mask: 0xffffffff };
  command.take();
  return { value, mask: readNumber(command, command.value(), 'MASK value is invalid\n') };
}

/** One `limit L N`, after the word `limit`. */
export function readLimit(command: IpCommand, limits: XfrmLimits): void {
  const word = command.value();
  const field = LIMIT_FIELDS.get(word) ?? command.invalidArgument('LIMIT value is invalid', word);
  limits[field] = readNumber(command, command.value(), `value after "${word}" is invalid`, Infinity);
}

const LIMIT_FIELDS: ReadonlyMap<string, keyof XfrmLimits> = new Map([
  ['time-soft', 'softAddSeconds'],
  ['time-hard', 'hardAddSeconds'],
  ['time-use-soft', 'softUseSeconds'],
  ['time-use-hard', 'hardUseSeconds'],
  ['byte-soft', 'softBytes'],
  ['byte-hard', 'hardBytes'],
  ['packet-soft', 'softPackets'],
  ['packet-hard', 'hardPackets'],
]);

export { noLimits };

const SELECTOR_WORDS = ['src', 'dst', 'dev', 'proto', 'sport', 'dport', 'type', 'code', 'key'];

export function isSelectorWord(word: string): boolean {
  return SELECTOR_WORDS.includes(word);
}

/** What a selector's words say; a field that was not mentioned is undefined, so that lists can be filtered by it. */
export type SelectorWords = { -readonly [key in keyof XfrmSelector]?: number };

/** xfrm_selector_parse: as many selector words as follow. */
export function readSelector(command: IpCommand): SelectorWords {
  const words: SelectorWords = {};
  for (let word = command.peek(); word !== undefined && isSelectorWord(word); word = command.peek()) {
    command.take();
    readSelectorWord(command, words, word);
  }
  const { protocol } = words;
  const ports =
    protocol === undefined || protocol === PROTO.TCP || protocol === PROTO.UDP || protocol === PROTO.SCTP;
  if (!ports && protocol !== PROTO.ICMP && (words.sourcePort ?? words.destinationPort) !== undefined) {
    throw new IpError(
      `"sport" and "dport" are invalid with PROTO value "${protocolText(protocol)}"`,
      EXIT_LOCAL,
    );
  }
  return words;
}

export function selectorOf(words: SelectorWords): XfrmSelector {
  return { ...ANY_SELECTOR, ...words };
}

function readSelectorWord(command: IpCommand, words: SelectorWords, word: string): void {
  const value = command.value();
  switch (word) {
    case 'src': {
      const prefix = readPrefix(value);
      words.source = prefix.address;
      words.sourceLength = prefix.length;
      return;
    }
    case 'dst': {
      const prefix = readPrefix(value);
      words.destination = prefix.address;
      words.destinationLength = prefix.length;
      return;
    }
    case 'dev':
      words.ifindex =
        command.netns.device(value)?.ifindex ?? command.invalidArgument('DEV value is invalid', value);
      return;
    case 'proto':
      words.protocol = readUpperProtocol(command, value);
      return;
    case 'sport':
    case 'type':
      words.sourcePort = readNumber(
        command,
        value,
        `value after "${word}" is invalid`,
        word === 'type' ? 255 : 65535,
      );
      return;
    case 'dport':
    case 'code':
      words.destinationPort = readNumber(
        command,
        value,
        `value after "${word}" is invalid`,
        word === 'code' ? 255 : 65535,
      );
      return;
    default:
      command.notModelled('xfrm selectors with a GRE key');
  }
}

function readUpperProtocol(command: IpCommand, text: string): number {
  if (text === 'any') return 0;
  const known = UPPER_PROTOCOLS.find(([name]) => name === text);
  return known?.[1] ?? readNumber(command, text, 'PROTO value is invalid', 255);
}

/** The name of a selector's protocol, or its number. */
export function protocolText(protocol: number): string {
  return UPPER_PROTOCOLS.find(([, number]) => number === protocol)?.[0] ?? String(protocol);
}

export function readNumber(command: IpCommand, text: string, complaint: string, high = 0xffffffff): number {
  const value = /^(\d+|0x[0-9a-fA-F]+)$/.test(text) ? Number(text) : NaN;
  return value <= high ? value : command.invalidArgument(complaint, text);
}

/** missarg. */
export function missing(what: string): never {
  throw new IpError(`Error: argument "${what}" is required`, EXIT_USAGE);
}

function readPrefix(text: string): { address: number; length: number } {
  try {
    return parsePrefix(text);
  } catch {
    throw new IpError(`Error: any valid prefix is expected rather than "${text}".`, EXIT_LOCAL);
  }
}

function readAddress(text: string): number {
  if (!isIpv4Text(text.replace(/\/\d+$/, ''))) {
    if (text.includes(':')) throw new IpError('ip: not modelled: IPsec over IPv6', EXIT_LOCAL);
    throw new IpError(`Error: any valid prefix is expected rather than "${text}".`, EXIT_LOCAL);
  }
  return parsePrefix(text).address;
}
