import { formatIp, ipPrefixContains, parseIpPrefix, type IpAddress } from '../../protocols/ip-address.ts';
import type { SocketEntry } from './socket-list.ts';

export type SocketFilter = (entry: SocketEntry) => boolean;

/** ss's names for sets of states. */
const STATE_SETS: Readonly<Record<string, readonly string[]>> = {
  established: ['ESTAB'],
  'syn-sent': ['SYN-SENT'],
  'syn-recv': ['SYN-RECV'],
  'fin-wait-1': ['FIN-WAIT-1'],
  'fin-wait-2': ['FIN-WAIT-2'],
  'time-wait': ['TIME-WAIT'],
  closed: ['UNCONN'],
  'close-wait': ['CLOSE-WAIT'],
  'last-ack': ['LAST-ACK'],
  listening: ['LISTEN'],
  closing: ['CLOSING'],
};

/** The states that a name of a STATE-FILTER stands for; null when it is none. */
export function statesNamed(name: string): readonly string[] | null {
  if (Object.hasOwn(STATE_SETS, name)) return STATE_SETS[name]!;
  const all = Object.values(STATE_SETS).flat();
  const without = (...states: string[]) => all.filter((state) => !states.includes(state));
  if (name === 'all') return all;
  if (name === 'connected') return without('LISTEN', 'UNCONN');
  if (name === 'synchronized') return without('LISTEN', 'UNCONN', 'SYN-SENT');
  if (name === 'bucket') return ['SYN-RECV', 'TIME-WAIT'];
  if (name === 'big') return without('SYN-RECV', 'TIME-WAIT');
  return null;
}

/**
 * Reads an EXPRESSION: `sport`, `dport`, `src` and `dst` with `and`, `or`, `not` and parentheses; null when it is
 * none. Not modelled: dev, fwmark, cgroup, autobound.
 */
export function parseSocketFilter(words: readonly string[]): SocketFilter | null {
  const tokens = words
    .join(' ')
    .replace(/([()])/g, ' $1 ')
    .split(/\s+/)
    .filter((token) => token !== '');
  if (tokens.length === 0) return () => true;
  const filter = parseOr(tokens);
  return tokens.length === 0 ? filter : null;
}

function parseOr(tokens: string[]): SocketFilter | null {
  let left = parseAnd(tokens);
  while (left !== null && /^(or|\||\|\|)$/.test(tokens[0] ?? '')) {
    tokens.shift();
    const first = left;
    const second = parseAnd(tokens);
    left = second === null ? null : (entry) => first(entry) || second(entry);
  }
  return left;
}

function parseAnd(tokens: string[]): SocketFilter | null {
  let left = parseTerm(tokens);
  while (left !== null && tokens.length > 0 && !/^(or|\||\|\||\))$/.test(tokens[0]!)) {
    if (/^(and|&|&&)$/.test(tokens[0]!)) tokens.shift();
    const first = left;
    const second = parseTerm(tokens);
    left = second === null ? null : (entry) => first(entry) && second(entry);
  }
  return left;
}

function parseTerm(tokens: string[]): SocketFilter | null {
  const token = tokens.shift();
  if (token === 'not' || token === '!') {
    const inner = parseTerm(tokens);
    return inner === null ? null : (entry) => !inner(entry);
  }
  if (token === '(') {
    const inner = parseOr(tokens);
    return tokens.shift() === ')' ? inner : null;
  }
  if (token === 'sport' || token === 'dport') return parsePort(token, tokens);
  if (token === 'src' || token === 'dst') return parseAddress(token, tokens);
  return null;
}

const COMPARISONS: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  '=': (a, b) => a === b,
  '==': (a, b) => a === b,
  eq: (a, b) => a === b,
  '!=': (a, b) => a !== b,
  ne: (a, b) => a !== b,
  neq: (a, b) => a !== b,
  '>': (a, b) => a > b,
  gt: (a, b) => a > b,
  '<': (a, b) => a < b,
  lt: (a, b) => a < b,
  '>=': (a, b) => a >= b,
  ge: (a, b) => a >= b,
  '<=': (a, b) => a <= b,
  le: (a, b) => a <= b,
};

function parsePort(which: 'sport' | 'dport', tokens: string[]): SocketFilter | null {
  const compare = Object.hasOwn(COMPARISONS, tokens[0] ?? '')
    ? COMPARISONS[tokens.shift()!]!
    : COMPARISONS['=']!;
  const port = /^:?(\d+)$/.exec(tokens.shift() ?? '')?.[1];
  if (port === undefined) return null;
  return ({ localPort, remotePort }) => compare(which === 'sport' ? localPort : remotePort, Number(port));
}

function parseAddress(which: 'src' | 'dst', tokens: string[]): SocketFilter | null {
  if (tokens[0] === '=' || tokens[0] === '==') tokens.shift();
  const match = /^\[?([0-9a-fA-F.:]*?|\*)\]?(\/\d+)?(?::(\d+))?$/.exec(tokens.shift() ?? '');
  if (match === null) return null;
  const [, text = '', length, port] = match;
  try {
    const full = length ?? (text.includes(':') ? '/128' : '/32');
    const prefix = text === '' || text === '*' ? null : parseIpPrefix(text + full);
    const address = (entry: SocketEntry): IpAddress => (which === 'src' ? entry.local : (entry.remote ?? 0));
    return (entry) =>
      (prefix === null || ipPrefixContains(prefix, address(entry)) || formatIp(address(entry)) === text) &&
      (port === undefined || (which === 'src' ? entry.localPort : entry.remotePort) === Number(port));
  } catch {
    return null;
  }
}
