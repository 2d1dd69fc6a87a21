import type { Process } from '../../core/host/process.ts';
import { DNS_PORT, DNS_TYPE, reverseName } from '../../protocols/dns/index.ts';
import { isIpText, parseIp } from '../../protocols/ip-address.ts';
import { recordType } from './name-server.ts';

/** What is printed of an answer. */
export interface DigSections {
  cmd: boolean;
  comments: boolean;
  question: boolean;
  answer: boolean;
  authority: boolean;
  additional: boolean;
  stats: boolean;
}

/** One look-up of a dig command line; options before the first name hold for all. */
export interface DigLookup extends DigSections {
  name: string;
  type: number;
  server: string | null;
  port: number;
  short: boolean;
  tcp: boolean;
  timeoutS: number;
  tries: number;
  recurse: boolean;
  edns: boolean;
  cookie: boolean;
  adFlag: boolean;
  search: boolean;
  udpSize: number;
}

/** The command line is wrong: the text for standard error. */
export class DigUsageError extends Error {}

const SECTIONS = ['cmd', 'comments', 'question', 'answer', 'authority', 'additional', 'stats'] as const;

const DEFAULTS: DigLookup = {
  name: '',
  type: DNS_TYPE.A,
  server: null,
  port: DNS_PORT,
  short: false,
  tcp: false,
  timeoutS: 5,
  tries: 3,
  recurse: true,
  edns: true,
  cookie: true,
  adFlag: true,
  search: false,
  udpSize: 1232,
  cmd: true,
  comments: true,
  question: true,
  answer: true,
  authority: true,
  additional: true,
  stats: true,
};

/** Reads dig's command line. Without a name the root's name servers are asked for. */
export function readDigLookups(proc: Process): DigLookup[] {
  const common = { ...DEFAULTS };
  const lookups: DigLookup[] = [];
  const words = proc.argv.slice(1);
  let typeGiven: number | null = null;
  while (words.length > 0) {
    const word = words.shift()!;
    const current = lookups.at(-1) ?? common;
    if (word.startsWith('@')) current.server = word.slice(1);
    else if (word.startsWith('+')) applyOption(current, word.slice(1));
    else if (word.startsWith('-')) {
      const type = readFlag(current, lookups, common, word, words);
      if (type !== null) typeGiven = type;
    } else {
      const type = recordType(word);
      if (type !== null && (lookups.length === 0 || lookups.at(-1)!.type === DNS_TYPE.A)) {
        current.type = type;
        typeGiven = type;
      } else if (word.toUpperCase() !== 'IN') {
        lookups.push({ ...common, name: word, type: typeGiven ?? common.type });
      }
    }
  }
  if (lookups.length === 0) lookups.push({ ...common, name: '.', type: DNS_TYPE.NS });
  const last = lookups.at(-1)!;
  // A server named after the name serves the names before it that have none of their own.
  for (const lookup of lookups) lookup.server ??= last.server;
  return lookups;
}

/** An option with a dash; returns the type it sets, if it does. */
function readFlag(
  current: DigLookup,
  lookups: DigLookup[],
  common: DigLookup,
  word: string,
  words: string[],
): number | null {
  const letter = word[1] ?? '';
  const value = (): string => (word.length > 2 ? word.slice(2) : (words.shift() ?? ''));
  switch (letter) {
    case '4':
    case 'r':
      return null;
    case 'p':
      current.port = Number(value());
      return null;
    case 'q':
      lookups.push({ ...common, name: value() });
      return null;
    case 't': {
      const text = value();
      const type = recordType(text);
      if (type === null) throw new DigUsageError(`;; Warning, ignoring invalid type ${text}`);
      current.type = type;
      return type;
    }
    case 'x': {
      const text = value();
      if (!isIpText(text)) throw new DigUsageError(`Invalid IP address ${text}`);
      lookups.push({ ...common, name: reverseName(parseIp(text)), type: DNS_TYPE.PTR });
      return null;
    }
    default:
      throw new DigUsageError(`dig: not modelled: option ${word}`);
  }
}

/** `+short`, `+noall`, `+time=2` and so on. */
function applyOption(lookup: DigLookup, text: string): void {
  const [word = '', value = ''] = text.split('=');
  const on = !word.startsWith('no');
  const name = on ? word : word.slice(2);
  const section = SECTIONS.find((candidate) => candidate === name);
  if (section !== undefined) {
    lookup[section] = on;
    return;
  }
  switch (name) {
    case 'all':
      for (const each of SECTIONS) lookup[each] = on;
      return;
    case 'short':
      lookup.short = on;
      return;
    case 'tcp':
    case 'vc':
      lookup.tcp = on;
      return;
    case 'time':
    case 'timeout':
      lookup.timeoutS = Math.max(1, Number(value));
      return;
    case 'tries':
      lookup.tries = Math.max(1, Number(value));
      return;
    case 'retry':
      lookup.tries = Number(value) + 1;
      return;
    case 'recurse':
    case 'rec':
      lookup.recurse = on;
      return;
    case 'edns':
      lookup.edns = on;
      return;
    case 'cookie':
      lookup.cookie = on;
      return;
    case 'adflag':
    case 'ad':
      lookup.adFlag = on;
      return;
    case 'search':
      lookup.search = on;
      return;
    case 'bufsize':
      lookup.udpSize = Number(value);
      return;
    default:
      throw new DigUsageError(`dig: not modelled: option +${text}`);
  }
}
