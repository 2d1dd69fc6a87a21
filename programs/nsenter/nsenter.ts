import type { Process, ProcessContext } from '../../core/host/process.ts';
import type { ProgramRun } from '../../core/host/program.ts';
import { namespaceAt } from '../../core/host/namespace-file.ts';
import { absolutePath } from '../files.ts';
import { runInContext } from '../run-in-context.ts';

/** What the command line asks for: which namespaces of which process, and what to run there. */
interface Settings {
  target: Process | null;
  kinds: Set<string>;
  /** Path of a network namespace, instead of the target's. */
  netPath: string | null;
  command: string[];
}

const LONG: Record<string, string> = {
  target: 't',
  net: 'n',
  mount: 'm',
  uts: 'u',
  ipc: 'i',
  pid: 'p',
  all: 'a',
  cgroup: 'C',
  user: 'U',
  'no-fork': 'F',
};

/**
 * util-linux's nsenter. Of the namespaces only network (-n), mount (-m: the target's files and userland) and UTS
 * (-u) exist; entering another makes no difference. Not modelled: -r, -w, -S, -G, -Z.
 */
export function* nsenter(proc: Process): ProgramRun {
  const settings = readSettings(proc);
  if (typeof settings === 'string') {
    proc.printError(`nsenter: ${settings}\n`);
    return 1;
  }
  const context = contextOf(proc, settings);
  if (typeof context === 'string') {
    proc.printError(`nsenter: ${context}\n`);
    return 1;
  }
  const argv = settings.command.length > 0 ? settings.command : [proc.environment.get('SHELL') ?? '/bin/sh'];
  const code = yield* runInContext(proc, context, argv);
  if (code !== null) return code;
  proc.printError(`nsenter: failed to execute ${argv[0]}: No such file or directory\n`);
  return 127;
}

function readSettings(proc: Process): Settings | string {
  const settings: Settings = { target: null, kinds: new Set(), netPath: null, command: [] };
  const words = proc.argv.slice(1);
  while (words[0]?.startsWith('-') === true) {
    const word = words.shift()!;
    if (word === '--') break;
    const problem = word.startsWith('--')
      ? readLong(proc, settings, word.slice(2), words)
      : readCluster(proc, settings, word.slice(1), words);
    if (problem !== null) return problem;
  }
  settings.command = words;
  if (settings.target === null && settings.netPath === null) return 'no target PID specified';
  return settings;
}

function readLong(proc: Process, settings: Settings, text: string, words: string[]): string | null {
  const [name = '', value] = text.split('=');
  const letter = LONG[name];
  if (letter === undefined) return `unrecognized option '--${name}'`;
  return apply(proc, settings, letter, letter === 't' ? (value ?? words.shift() ?? '') : (value ?? ''));
}

function readCluster(proc: Process, settings: Settings, letters: string, words: string[]): string | null {
  for (let i = 0; i < letters.length; i++) {
    const letter = letters[i]!;
    if (!Object.values(LONG).includes(letter)) return `invalid option -- '${letter}'`;
    const attached = letters.slice(i + 1);
    if (letter === 't')
      return apply(proc, settings, letter, attached === '' ? (words.shift() ?? '') : attached);
    if (attached.startsWith('/')) return apply(proc, settings, letter, attached);
    const problem = apply(proc, settings, letter, '');
    if (problem !== null) return problem;
  }
  return null;
}

function apply(proc: Process, settings: Settings, letter: string, value: string): string | null {
  if (letter === 't') {
    const target = /^\d+$/.test(value) ? proc.host.processes.find(Number(value)) : undefined;
    if (target === undefined) {
      return /^\d+$/.test(value)
        ? `cannot open /proc/${value}/ns/net: No such file or directory`
        : `failed to parse pid: '${value}'`;
    }
    settings.target = target;
    return null;
  }
  if (letter === 'n' && value !== '') settings.netPath = value;
  else settings.kinds.add(letter);
  return null;
}

function contextOf(proc: Process, settings: Settings): ProcessContext | string {
  const { target, kinds, netPath } = settings;
  const context = { ...proc.context };
  const wants = (letter: string) => target !== null && (kinds.has(letter) || kinds.has('a'));
  if (wants('n')) context.netns = target!.context.netns;
  if (wants('u')) context.uts = target!.context.uts;
  if (wants('m')) {
    context.fileSystem = target!.context.fileSystem;
    context.userland = target!.context.userland;
  }
  if (netPath === null) return context;
  const path = absolutePath(proc, netPath);
  const netns = namespaceAt(proc.context.fileSystem, path);
  if (netns !== null) return { ...context, netns };
  const exists = proc.context.fileSystem.find(path) !== null || proc.context.fileSystem.isDirectory(path);
  return exists
    ? `reassociate to namespace 'ns/net' failed: Invalid argument`
    : `cannot open ${netPath}: No such file or directory`;
}
