import { parseIpv6Words, parseMac, parsePartialIpv4 } from './addresses.ts';
import { parseNumber } from './arithmetic-parser.ts';
import { FilterError } from './filter-error.ts';
import type { Token } from './lexer.ts';
import type { LinkLayout } from './link-layout.ts';
import { ETHER_TYPES, IP_PROTOCOLS, SERVICE_PORTS } from './names.ts';
import type { FilterNode } from './nodes.ts';
import * as primitives from './primitives.ts';
import type { TokenStream } from './token-stream.ts';

export type QualifierType = 'host' | 'net' | 'port' | 'portrange' | 'proto';

/** The words before a value. A value that has none takes those of the value before it. */
export interface Qualifier {
  protocol: string | null;
  direction: primitives.Direction;
  type: QualifierType | null;
  explicitDirection: boolean;
}

/** The keywords that name a protocol. */
export const PROTOCOL_WORDS: readonly string[] = [
  ...['ether', 'ip', 'ip6', 'arp', 'rarp', 'tcp', 'udp', 'sctp', 'icmp', 'icmp6', 'igmp', 'igrp'],
  ...['pim', 'vrrp', 'esp', 'ah'],
];
const PORT_PROTOCOL_WORDS: readonly string[] = ['tcp', 'udp', 'sctp'];
const DEFAULT_QUALIFIER: Qualifier = {
  protocol: null,
  direction: 'src or dst',
  type: null,
  explicitDirection: false,
};
/** Numbers up to this are lengths of 802.3 frames, not types. */
const MAXIMUM_8023_LENGTH = 1500;

/** Reads a value and makes the test that its qualifiers ask for. */
export function buildQualified(tokens: TokenStream, layout: LinkLayout, given: Qualifier | null): FilterNode {
  const qualifier = given ?? DEFAULT_QUALIFIER;
  const token = tokens.peek();
  if (token.kind === 'symbol' || token.kind === 'end') throw tokens.unexpected('expected a value');
  switch (qualifier.type) {
    case 'port':
    case 'portrange':
      return buildPorts(tokens, layout, qualifier);
    case 'proto':
      return buildProtocol(tokens, layout, qualifier);
    case 'net':
      return buildNetwork(tokens, layout, qualifier);
    default:
      if (given === null) throw bareValue(token);
      return buildHost(tokens, layout, qualifier);
  }
}

function bareValue(token: Token): FilterError {
  if (token.kind === 'number') {
    return new FilterError(
      `'${token.text}' needs a word before it`,
      token.column,
      `write port ${token.text}`,
    );
  }
  if (token.kind !== 'word') {
    const word = token.kind === 'mac' ? 'ether host' : 'host';
    return new FilterError(
      `'${token.text}' needs a word before it`,
      token.column,
      `write ${word} ${token.text}`,
    );
  }
  return new FilterError(
    `'${token.text}' is not a keyword`,
    token.column,
    'host names are not resolved; write an address',
  );
}

function addressProtocol(qualifier: Qualifier, token: Token): 'ip' | 'arp' | 'rarp' | 'ip6' | null {
  const protocol = qualifier.protocol;
  if (
    protocol === null ||
    protocol === 'ip' ||
    protocol === 'arp' ||
    protocol === 'rarp' ||
    protocol === 'ip6'
  ) {
    return protocol;
  }
  const what = qualifier.type ?? 'host';
  throw new FilterError(
    `'${protocol}' cannot stand before ${what}`,
    token.column,
    `write ${protocol} and ${what} ${token.text}`,
  );
}

function buildHost(tokens: TokenStream, layout: LinkLayout, qualifier: Qualifier): FilterNode {
  const token = tokens.next();
  if (qualifier.protocol === 'ether') return buildEther(token, qualifier);
  const protocol = addressProtocol(qualifier, token);
  switch (token.kind) {
    case 'ipv6':
      if (tokens.is('/')) throw maskOnHost(tokens);
      return buildIpv6(layout, token, 128, protocol, qualifier.direction);
    case 'ipv4':
    case 'number': {
      if (tokens.is('/') || tokens.is('mask')) throw maskOnHost(tokens);
      const { address, mask } = hostNumber(token);
      return buildIpv4(layout, token, address, mask, protocol, qualifier.direction);
    }
    case 'mac':
      throw new FilterError(
        `'${token.text}' is a MAC address`,
        token.column,
        `write ether host ${token.text}`,
      );
    default:
      throw new FilterError(
        `host name '${token.text}' cannot be resolved in a capture filter`,
        token.column,
        'write its address',
      );
  }
}

/** libpcap takes the dotted `host 10.1` for all of 10.1.0.0/16, and a lone number for a whole 32-bit address. */
function hostNumber(token: Token): { address: number; mask: number } {
  if (token.kind === 'number') return { address: parseNumber(token.text, token.column), mask: 0xffffffff };
  const { address, bits } = parsePartialIpv4(token);
  return { address, mask: prefixMask(bits) };
}

function maskOnHost(tokens: TokenStream): FilterError {
  return tokens.unexpected('a mask is for networks only', 'write net before the address');
}

function buildEther(token: Token, qualifier: Qualifier): FilterNode {
  if (token.kind !== 'mac') {
    throw new FilterError(
      `'${token.text}' is not a MAC address`,
      token.column,
      'expected six hexadecimal bytes',
    );
  }
  const { high16, low32 } = parseMac(token);
  return primitives.etherAddress(high16, low32, qualifier.direction);
}

function buildIpv4(
  layout: LinkLayout,
  token: Token,
  address: number,
  mask: number,
  protocol: 'ip' | 'arp' | 'rarp' | 'ip6' | null,
  direction: primitives.Direction,
): FilterNode {
  if (protocol === 'ip6') throw new FilterError(`'${token.text}' is not an IPv6 address`, token.column);
  return primitives.ipv4Address(layout, protocol, address, mask, direction);
}

function buildIpv6(
  layout: LinkLayout,
  token: Token,
  prefixLength: number,
  protocol: 'ip' | 'arp' | 'rarp' | 'ip6' | null,
  direction: primitives.Direction,
): FilterNode {
  if (protocol !== null && protocol !== 'ip6') {
    throw new FilterError(`'${token.text}' is not an IPv4 address`, token.column);
  }
  const words = parseIpv6Words(token);
  return primitives.ipv6Address(layout, words, prefixLength, direction);
}

function buildNetwork(tokens: TokenStream, layout: LinkLayout, qualifier: Qualifier): FilterNode {
  const token = tokens.next();
  if (qualifier.protocol === 'ether') {
    throw new FilterError(
      "'net' has no meaning for ether",
      token.column,
      'compare bytes: ether[0:4] & mask = value',
    );
  }
  const protocol = addressProtocol(qualifier, token);
  if (token.kind === 'ipv6') {
    const prefixLength = tokens.accept('/') === null ? 128 : prefix(tokens, 128);
    requireNoHostBits6(parseIpv6Words(token), prefixLength, token);
    return buildIpv6(layout, token, prefixLength, protocol, qualifier.direction);
  }
  if (token.kind !== 'ipv4' && token.kind !== 'number') {
    throw new FilterError(`'${token.text}' is not a network`, token.column, 'write it as 10.0.0.0/8');
  }
  const { address, bits } = parsePartialIpv4(token);
  const mask = networkMask(tokens, token, address, bits);
  if ((address & ~mask) !== 0) {
    throw new FilterError(`'${token.text}' has bits set outside its mask`, token.column);
  }
  return buildIpv4(layout, token, address, mask, protocol, qualifier.direction);
}

function networkMask(tokens: TokenStream, token: Token, address: number, bits: number): number {
  if (tokens.accept('/') !== null) return prefixMask(prefix(tokens, 32));
  if (tokens.accept('mask') !== null) {
    const mask = tokens.next();
    if (mask.kind !== 'ipv4') throw new FilterError(`'${mask.text}' is not a mask`, mask.column);
    return parsePartialIpv4(mask).address;
  }
  return prefixMask(token.kind === 'number' && address === 0 ? 32 : bits);
}

function prefix(tokens: TokenStream, most: number): number {
  const token = tokens.next();
  const length = token.kind === 'number' ? parseNumber(token.text, token.column) : Infinity;
  if (length > most)
    throw new FilterError(`'${token.text}' is not a prefix length up to ${most}`, token.column);
  return length;
}

function prefixMask(length: number): number {
  return length === 0 ? 0 : (0xffffffff << (32 - length)) >>> 0;
}

function requireNoHostBits6(words: readonly number[], prefixLength: number, token: Token): void {
  for (let i = 0; i < 4; i++) {
    const mask = prefixMask(Math.min(32, Math.max(0, prefixLength - i * 32)));
    if ((words[i]! & ~mask) !== 0) {
      throw new FilterError(`'${token.text}' has bits set outside its prefix`, token.column);
    }
  }
}

function buildPorts(tokens: TokenStream, layout: LinkLayout, qualifier: Qualifier): FilterNode {
  const token = tokens.next();
  const word = qualifier.protocol;
  if (word !== null && !PORT_PROTOCOL_WORDS.includes(word)) {
    throw new FilterError(`'${word}' has no ports`, token.column, 'tcp, udp and sctp have');
  }
  const protocol = word === null ? null : IP_PROTOCOLS.get(word)!;
  const [low, high] = portBounds(token, qualifier.type === 'portrange');
  return primitives.ports(layout, protocol, Math.min(low, high), Math.max(low, high), qualifier.direction);
}

function portBounds(token: Token, range: boolean): [number, number] {
  const numbers = /^(\d+)-(\d+)$/.exec(token.text);
  if (numbers !== null && !range) {
    throw new FilterError(`'${token.text}' is a range`, token.column, `write portrange ${token.text}`);
  }
  if (numbers !== null) return [portNumber(numbers[1]!, token), portNumber(numbers[2]!, token)];
  const port = portNumber(token.text, token);
  return [port, port];
}

function portNumber(text: string, token: Token): number {
  if (/^\d/.test(text) && token.kind !== 'ipv4' && token.kind !== 'ipv6' && token.kind !== 'mac') {
    const port = parseNumber(text, token.column);
    if (port > 65535) throw new FilterError(`port ${text} is greater than 65535`, token.column);
    return port;
  }
  const port = SERVICE_PORTS.get(text);
  if (port !== undefined) return port;
  const hint = token.kind === 'word' ? 'write its number' : 'write host before an address';
  throw new FilterError(`'${text}' is not a port`, token.column, hint);
}

function buildProtocol(tokens: TokenStream, layout: LinkLayout, qualifier: Qualifier): FilterNode {
  const token = tokens.next();
  if (qualifier.explicitDirection) throw new FilterError("'proto' takes no src or dst", token.column);
  if (token.kind === 'word' && !token.escaped && PROTOCOL_WORDS.includes(token.text)) {
    throw new FilterError(`'${token.text}' is a keyword`, token.column, `write proto \\${token.text}`);
  }
  if (qualifier.protocol === 'ether') {
    const type = protocolNumber(token, ETHER_TYPES);
    if (type <= MAXIMUM_8023_LENGTH) {
      throw new FilterError(`ether proto ${token.text}: LLC frames are not matched`, token.column);
    }
    return primitives.etherType(layout, type);
  }
  const protocol = protocolNumber(token, IP_PROTOCOLS);
  switch (qualifier.protocol) {
    case null:
      return primitives.anyIpProtocol(layout, protocol);
    case 'ip':
      return primitives.ipProtocol(layout, protocol);
    case 'ip6':
      return primitives.ip6Protocol(layout, protocol);
    default:
      throw new FilterError(`'${qualifier.protocol}' carries no other protocol`, token.column);
  }
}

function protocolNumber(token: Token, names: ReadonlyMap<string, number>): number {
  if (token.kind === 'number') return parseNumber(token.text, token.column);
  const number = token.kind === 'word' ? names.get(token.text) : undefined;
  if (number !== undefined) return number;
  throw new FilterError(
    `'${token.text}' is not a protocol`,
    token.column,
    `known: ${[...names.keys()].join(', ')}`,
  );
}
