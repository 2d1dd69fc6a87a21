/** What Tab offers on a docker command line: commands, flags, and what is there by name. */
import { CATALOGUE } from '../../drivers/images/catalogue.ts';
import type { Engine } from '../../drivers/engine/engine.ts';
import { swarmNodeOf } from '../../drivers/swarm/swarm-registry.ts';
import type { DockerCommand, DockerGroup } from './docker-command.ts';
import type { FlagSpec } from './flags.ts';
import { GROUPS } from './groups.ts';
import { STACK_LABEL } from './stack/stack-labels.ts';

/** Candidates for a word, or a command line inside the docker command line. */
export type DockerCompletion =
  | { readonly kind: 'candidates'; readonly candidates: readonly string[] }
  /** A file of the machine is expected. */
  | { readonly kind: 'file' }
  /** `words` begin a command in a container: a running one of that name, or a new one of an image. */
  | { readonly kind: 'command'; readonly container: string | null; readonly words: readonly string[] };

const NOTHING: DockerCompletion = { kind: 'candidates', candidates: [] };

/** Completes `word`, which stands behind `docker` and `words`. `engine` is null where there is no daemon. */
export function completeDocker(
  engine: Engine | null,
  words: readonly string[],
  word: string,
): DockerCompletion {
  const [first, ...rest] = words;
  if (first === undefined) return candidates(word, topNames());
  const shortcut = GROUPS.flatMap(({ commands }) => commands).find((each) => each.shortcuts?.includes(first));
  if (shortcut !== undefined) return completeCommand(engine, shortcut, rest, word);
  const group = GROUPS.find(({ name }) => name === first);
  return group === undefined ? NOTHING : completeGroup(engine, group, rest, word);
}

function topNames(): string[] {
  const shortcuts = GROUPS.flatMap(({ commands }) => commands.flatMap((each) => each.shortcuts ?? []));
  return [...GROUPS.map(({ name }) => name), ...shortcuts];
}

function completeGroup(
  engine: Engine | null,
  group: DockerGroup,
  words: readonly string[],
  word: string,
): DockerCompletion {
  const read = readWords(group.flags ?? [], words, false);
  if (read.valueOf !== null) return completeValue(engine, read.valueOf, word);
  const [name, ...rest] = read.operands;
  if (name === undefined) {
    if (word.startsWith('-')) return candidates(word, flagNames(group.flags ?? []));
    return candidates(
      word,
      group.commands.map(({ names }) => names[0]!),
    );
  }
  const command = group.commands.find(({ names }) => names.includes(name));
  if (command === undefined) return NOTHING;
  // A Compose project's services are in files that only the command reads.
  return completeCommand(engine, command, rest, word, group.name === 'compose');
}

function completeCommand(
  engine: Engine | null,
  command: DockerCommand,
  words: readonly string[],
  word: string,
  isCompose = false,
): DockerCompletion {
  const interspersed = command.interspersed ?? true;
  const { operands, valueOf } = readWords(command.flags, words, interspersed);
  if (valueOf !== null) return completeValue(engine, valueOf, word);
  if (word.startsWith('-') && (interspersed || operands.length === 0)) {
    return candidates(word, flagNames(command.flags));
  }
  const kinds = operandKinds(command.usage);
  const kind = kinds[Math.min(operands.length, kinds.length - 1)];
  if (kind === 'COMMAND' || kind === 'ARG' || kind === 'ARGS') {
    const inContainer = kinds[0] === 'CONTAINER' ? operands[0]! : null;
    return { kind: 'command', container: inContainer, words: operands.slice(1) };
  }
  if (kind === undefined || isCompose) return NOTHING;
  return candidates(
    word,
    namesOf(engine, kind).filter((name) => !operands.includes(name)),
  );
}

/** The words of a usage line: `[OPTIONS] CONTAINER COMMAND [ARG...]` → CONTAINER, COMMAND, ARG. */
function operandKinds(usage: string): string[] {
  const words = usage.split(/\s+/).filter((each) => each !== '[OPTIONS]');
  return words.map((each) => each.replace(/^\[|\.{3}|\]$/g, '').replace(/\]$/, ''));
}

/** What stands before the word: operands, and the flag whose value comes next, or null. */
function readWords(flags: readonly FlagSpec[], words: readonly string[], interspersed: boolean) {
  const operands: string[] = [];
  let valueOf: FlagSpec | null = null;
  for (const each of words) {
    if (valueOf !== null) valueOf = null;
    else if (operands.length > 0 && !interspersed) operands.push(each);
    else if (each.startsWith('-') && each !== '-' && each !== '--') valueOf = flagAwaitingValue(flags, each);
    else operands.push(each);
  }
  return { operands, valueOf };
}

function flagAwaitingValue(flags: readonly FlagSpec[], word: string): FlagSpec | null {
  if (word.includes('=')) return null;
  const long = word.startsWith('--');
  // `-dit`; a letter that takes a value has it in the rest of the word, or in the next.
  const letters = long ? [] : [...word.slice(1)];
  const found = long
    ? flags.find(({ name }) => name === word.slice(2))
    : flags.find(({ short, kind }) => short === letters.at(-1) && kind !== 'bool');
  return found === undefined || found.kind === 'bool' ? null : found;
}

function completeValue(engine: Engine | null, { name }: FlagSpec, word: string): DockerCompletion {
  switch (name) {
    case 'network':
    case 'net':
    case 'network-add':
    case 'network-rm':
      return candidates(word, namesOf(engine, 'NETWORK'));
    case 'link':
    case 'volumes-from':
      return candidates(word, namesOf(engine, 'CONTAINER'));
    case 'file':
    case 'compose-file':
    case 'env-file':
      return { kind: 'file' };
    case 'driver':
      return candidates(word, engine?.driverTypes() ?? []);
    default:
      return NOTHING;
  }
}

function flagNames(flags: readonly FlagSpec[]): string[] {
  const shown = flags.filter(({ usage }) => usage !== undefined);
  return [...shown.map(({ name }) => `--${name}`), '--help'];
}

function namesOf(engine: Engine | null, kind: string): string[] {
  if (engine === null) return [];
  switch (kind) {
    case 'CONTAINER':
      return engine.containers.list().map(({ name }) => name);
    case 'NETWORK':
      return engine.networks.list().map(({ name }) => name);
    case 'NAME|ID':
      return [...namesOf(engine, 'CONTAINER'), ...namesOf(engine, 'NETWORK')];
    case 'IMAGE':
    case 'NAME[:TAG|@DIGEST':
      return CATALOGUE.flatMap(({ names }) => names).filter((name) => !name.includes('*'));
    case 'SERVICE':
    case 'SERVICE|TASK':
    case 'SERVICE=REPLICAS':
      return services(engine).map(({ spec }) => spec.name);
    case 'STACK':
      return services(engine).flatMap(({ spec }) => spec.labels[STACK_LABEL] ?? []);
    case 'NODE':
    case 'self|NODE':
      return [...(cluster(engine)?.members.values() ?? [])].map(({ hostname }) => hostname);
    default:
      return [];
  }
}

function services(engine: Engine) {
  return cluster(engine)?.services.list() ?? [];
}

function cluster(engine: Engine) {
  return swarmNodeOf(engine)?.cluster;
}

function candidates(word: string, names: readonly string[]): DockerCompletion {
  const matching = names.filter((name) => name.startsWith(word));
  return { kind: 'candidates', candidates: [...new Set(matching)].sort() };
}
