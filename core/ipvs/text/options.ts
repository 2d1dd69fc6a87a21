/** One option of ipvsadm. `takes`: nothing, a value, or a value that may be left out. */
interface OptionKind {
  readonly name: string;
  readonly takes: 'nothing' | 'value' | 'optional';
}

const NOTHING = 'nothing';
const VALUE = 'value';

const SHORT: ReadonlyMap<string, OptionKind> = new Map(
  (
    [
      ['A', 'add-service', NOTHING],
      ['E', 'edit-service', NOTHING],
      ['D', 'delete-service', NOTHING],
      ['C', 'clear', NOTHING],
      ['L', 'list', NOTHING],
      ['l', 'list', NOTHING],
      ['Z', 'zero', NOTHING],
      ['a', 'add-server', NOTHING],
      ['e', 'edit-server', NOTHING],
      ['d', 'delete-server', NOTHING],
      ['h', 'help', NOTHING],
      ['v', 'version', NOTHING],
      ['R', 'restore', NOTHING],
      ['S', 'save', NOTHING],
      ['t', 'tcp-service', VALUE],
      ['u', 'udp-service', VALUE],
      ['q', 'sctp-service', VALUE],
      ['f', 'fwmark-service', VALUE],
      ['s', 'scheduler', VALUE],
      ['b', 'sched-flags', VALUE],
      ['p', 'persistent', 'optional'],
      ['M', 'netmask', VALUE],
      ['r', 'real-server', VALUE],
      ['m', 'masquerading', NOTHING],
      ['i', 'ipip', NOTHING],
      ['g', 'gatewaying', NOTHING],
      ['w', 'weight', VALUE],
      ['x', 'u-threshold', VALUE],
      ['y', 'l-threshold', VALUE],
      ['n', 'numeric', NOTHING],
      ['c', 'connection', NOTHING],
      ['X', 'exact', NOTHING],
      ['6', 'ipv6', NOTHING],
      ['o', 'ops', NOTHING],
    ] as const
  ).map(([letter, name, takes]) => [letter, { name, takes }]),
);

const LONG_ONLY: readonly OptionKind[] = [
  { name: 'set', takes: NOTHING },
  { name: 'timeout', takes: NOTHING },
  { name: 'daemon', takes: NOTHING },
  { name: 'stats', takes: NOTHING },
  { name: 'rate', takes: NOTHING },
  { name: 'thresholds', takes: NOTHING },
  { name: 'persistent-conn', takes: NOTHING },
  { name: 'nosort', takes: NOTHING },
  { name: 'sort', takes: NOTHING },
  { name: 'start-daemon', takes: VALUE },
  { name: 'stop-daemon', takes: VALUE },
  { name: 'mcast-interface', takes: VALUE },
  { name: 'syncid', takes: VALUE },
  { name: 'pe', takes: VALUE },
  { name: 'tun-type', takes: VALUE },
  { name: 'tun-port', takes: VALUE },
];

const LONG: ReadonlyMap<string, OptionKind> = new Map(
  [...SHORT.values(), ...LONG_ONLY].map((kind) => [kind.name, kind]),
);

/** An option as given; `value` is null when it has none. */
export interface GivenOption {
  readonly name: string;
  readonly value: string | null;
}

export interface CommandLine {
  readonly options: readonly GivenOption[];
  readonly operands: readonly string[];
}

/** What ends ipvsadm: a message and an exit code. */
export class IpvsadmError extends Error {
  readonly code: number;

  constructor(message: string, code = 2) {
    super(message);
    this.code = code;
  }
}

/** Splits a command line as popt does: `-Lcn`, `-w 3`, `-w3`, `--weight=3`. */
export function readCommandLine(argv: readonly string[]): CommandLine {
  const options: GivenOption[] = [];
  const operands: string[] = [];
  const words = [...argv];
  while (words.length > 0) {
    const word = words.shift()!;
    if (word === '--') operands.push(...words.splice(0));
    else if (word.startsWith('--')) options.push(readLong(word, words));
    else if (word.startsWith('-') && word.length > 1) readCluster(word.slice(1), words, options);
    else operands.push(word);
  }
  return { options, operands };
}

function readLong(word: string, words: string[]): GivenOption {
  const equals = word.indexOf('=');
  const name = equals < 0 ? word.slice(2) : word.slice(2, equals);
  const kind = LONG.get(name);
  if (kind === undefined) throw new IpvsadmError(`--${name}: unknown option`, 255);
  if (kind.takes === 'nothing') return { name, value: null };
  const attached = equals < 0 ? null : word.slice(equals + 1);
  return { name, value: attached ?? nextValue(kind, word, words) };
}

function readCluster(letters: string, words: string[], options: GivenOption[]): void {
  for (let i = 0; i < letters.length; i++) {
    const kind = SHORT.get(letters[i]!);
    if (kind === undefined) throw new IpvsadmError(`-${letters[i]!}: unknown option`, 255);
    if (kind.takes === 'nothing') {
      options.push({ name: kind.name, value: null });
      continue;
    }
    const rest = letters.slice(i + 1).replace(/^=/, '');
    options.push({ name: kind.name, value: rest !== '' ? rest : nextValue(kind, `-${letters[i]!}`, words) });
    return;
  }
}

function nextValue(kind: OptionKind, word: string, words: string[]): string | null {
  const next = words[0];
  if (kind.takes === 'optional') return next === undefined || next.startsWith('-') ? null : words.shift()!;
  if (next === undefined) throw new IpvsadmError(`${word}: missing argument`, 255);
  return words.shift()!;
}
