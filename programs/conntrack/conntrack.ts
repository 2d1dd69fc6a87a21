import { SIGINT, SIGTERM, type Process } from '../../core/host/process.ts';
import type { Program, ProgramRun } from '../../core/host/program.ts';
import { WaitQueue } from '../../core/host/wait-queue.ts';
import {
  CT_EVENT,
  ConntrackTable,
  type ConntrackListener,
} from '../../core/netfilter/conntrack/conntrack-table.ts';
import { enableConntrack } from '../../core/netfilter/conntrack/enable-conntrack.ts';
import type { ConntrackEntry } from '../../core/netfilter/conntrack/entry.ts';
import {
  conntrackEventLine,
  conntrackLine,
  conntrackStatisticsLine,
} from '../../core/netfilter/conntrack/text.ts';
import { parseOptions, UsageError, type OptionSpec, type ParsedArguments } from '../arguments.ts';
import { notModelled } from '../not-modelled.ts';
import { ConntrackFilter } from './filter.ts';

const VERSION = 'conntrack v1.4.7 (conntrack-tools)';

const OPTIONS: OptionSpec = {
  short: 'LGDIUEFCSAVhf:p:s:d:r:q:t:u:z:e:m:w:o:b:njg',
  long: {
    dump: 'L',
    get: 'G',
    delete: 'D',
    create: 'I',
    update: 'U',
    add: 'A',
    event: 'E',
    flush: 'F',
    count: 'C',
    stats: 'S',
    version: 'V',
    help: 'h',
    family: 'f',
    proto: 'p',
    protonum: 'p',
    'orig-src': 's',
    src: 's',
    'orig-dst': 'd',
    dst: 'd',
    'reply-src': 'r',
    'reply-dst': 'q',
    sport: ':',
    dport: ':',
    'orig-port-src': ':',
    'orig-port-dst': ':',
    'reply-port-src': ':',
    'reply-port-dst': ':',
    state: ':',
    status: 'u',
    mark: 'm',
    zone: 'w',
    output: 'o',
    'event-mask': 'e',
    'src-nat': 'n',
    'dst-nat': 'g',
    'any-nat': 'j',
    timeout: 't',
    'buffer-size': 'b',
  },
};

const COMMANDS = ['L', 'G', 'D', 'I', 'U', 'A', 'E', 'F', 'C', 'S', 'V', 'h'];
const ALIASES: Readonly<Record<string, string>> = { 'orig-port-src': 'sport', 'orig-port-dst': 'dport' };

/**
 * conntrack-tools' `conntrack`: -L, -D, -E, -F, -C and -S with their filters, `-o extended`. Not modelled: creating
 * and changing entries, the expectation table, XML.
 */
export const conntrack: Program = function* (proc) {
  let args: ParsedArguments;
  try {
    args = parseOptions(proc.argv.slice(1), OPTIONS, proc.context.userland);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return complain(proc, error.message);
  }
  for (const option of args.options) option.name = ALIASES[option.name] ?? option.name;
  const commands = COMMANDS.filter((name) => args.has(name));
  if (commands.length !== 1) {
    return complain(proc, commands.length === 0 ? 'You need to supply a command' : "Can't do both commands");
  }
  const refusal = whatIsNotModelled(args, commands[0]!);
  if (refusal !== null) return notModelled(proc, refusal, 2);
  // Where nothing needs tracking there is nothing to list: the tool does not turn it on. -E waits for it.
  const idle = commands[0] === 'E' ? enableConntrack(proc.netns, null) : new ConntrackTable(proc.netns);
  const table = proc.netns.netfilter?.conntrack ?? idle;
  let filter: ConntrackFilter;
  try {
    filter = new ConntrackFilter(args);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return complain(proc, error.message);
  }
  const extended = args.values('o').some((value) => value.split(',').includes('extended'));
  switch (commands[0]) {
    case 'L':
      return list(proc, table, filter, extended);
    case 'D':
      return remove(proc, table, filter, extended);
    case 'E':
      return yield* watch(proc, table, filter, extended, args.value('e'));
    case 'F':
      table.removeWhere(() => true);
      proc.printError(`${VERSION}: connection tracking table has been emptied.\n`);
      return 0;
    case 'C':
      proc.print(`${table.liveCount()}\n`);
      return 0;
    case 'S':
      proc.print(`${conntrackStatisticsLine(table)}\n`);
      return 0;
    default:
      proc.print(`${VERSION}\n`);
      return 0;
  }
};

function whatIsNotModelled(args: ParsedArguments, command: string): string | null {
  if (['G', 'I', 'U', 'A', 'h'].includes(command)) return `-${command}`;
  if (args.operands.length > 0 && args.operands[0] !== 'conntrack') return `table ${args.operands[0]}`;
  for (const name of ['t', 'z', 'b']) if (args.has(name)) return `-${name}`;
  for (const value of args.values('o').flatMap((given) => given.split(','))) {
    if (value !== 'extended') return `-o ${value}`;
  }
  return null;
}

function complain(proc: Process, message: string): number {
  proc.printError(
    `${VERSION}: ${message}\nTry \`conntrack -h' or 'conntrack --help' for more information.\n`,
  );
  return 2;
}

function list(proc: Process, table: ConntrackTable, filter: ConntrackFilter, extended: boolean): number {
  let shown = 0;
  table.forEach((entry) => {
    if (!filter.matches(entry)) return;
    proc.print(`${conntrackLine(table, entry, extended)}\n`);
    shown++;
  });
  proc.printError(`${VERSION}: ${shown} flow entries have been shown.\n`);
  return 0;
}

function remove(proc: Process, table: ConntrackTable, filter: ConntrackFilter, extended: boolean): number {
  const removed = table.removeWhere((entry) => {
    if (!filter.matches(entry)) return false;
    proc.print(`${conntrackLine(table, entry, extended)}\n`);
    return true;
  });
  proc.printError(`${VERSION}: ${removed} flow entries have been deleted.\n`);
  return removed > 0 ? 0 : 1;
}

const EVENT_NAMES: Readonly<Record<string, readonly number[]>> = {
  ALL: [CT_EVENT.NEW, CT_EVENT.UPDATE, CT_EVENT.DESTROY],
  NEW: [CT_EVENT.NEW],
  UPDATES: [CT_EVENT.UPDATE],
  DESTROY: [CT_EVENT.DESTROY],
};

function* watch(
  proc: Process,
  table: ConntrackTable,
  filter: ConntrackFilter,
  extended: boolean,
  mask: string | undefined,
): ProgramRun {
  const kinds: number[] = [];
  for (const name of (mask ?? 'ALL').split(',')) {
    const known = Object.hasOwn(EVENT_NAMES, name.toUpperCase())
      ? EVENT_NAMES[name.toUpperCase()]
      : undefined;
    if (known === undefined) return complain(proc, `Bad event mask \`${name}'`);
    kinds.push(...known);
  }
  const watcher = new Watcher(table, filter, kinds, extended);
  const interrupted = proc.catchSignal(SIGINT);
  const terminated = proc.catchSignal(SIGTERM);
  table.listeners.push(watcher);
  proc.own({ releasedBy: () => void table.listeners.splice(table.listeners.indexOf(watcher), 1) });
  let shown = 0;
  while (!interrupted.raised && !terminated.raised) {
    for (const line of watcher.lines.splice(0)) {
      proc.print(`${line}\n`);
      shown++;
    }
    yield* proc.waitAny([watcher.queue, interrupted.queue, terminated.queue]);
  }
  proc.printError(`${VERSION}: ${shown} flow events have been shown.\n`);
  return 0;
}

/** Keeps the lines of events until the program prints them. */
class Watcher implements ConntrackListener {
  readonly queue = new WaitQueue();
  readonly lines: string[] = [];
  private readonly table: ConntrackTable;
  private readonly filter: ConntrackFilter;
  private readonly kinds: readonly number[];
  private readonly extended: boolean;

  constructor(table: ConntrackTable, filter: ConntrackFilter, kinds: readonly number[], extended: boolean) {
    this.table = table;
    this.filter = filter;
    this.kinds = kinds;
    this.extended = extended;
  }

  conntrackEvent(kind: number, entry: ConntrackEntry): void {
    if (!this.kinds.includes(kind) || !this.filter.matches(entry)) return;
    this.lines.push(conntrackEventLine(this.table, kind, entry, this.extended));
    this.queue.wake();
  }
}
