import { completeLine, type Completion } from '../../../programs/shell/completion.ts';
import { engineOf } from '../../../drivers/engine/engine-registry.ts';
import { completeDocker } from '../../../programs/docker/completion.ts';
import { findContainer } from '../../run/docker-names.ts';
import type { World } from '../../run/world.ts';
import { LAB_WORDS } from '../lab-line.ts';
import { argumentNames } from './argument-names.ts';
import { labNames, nodeNames } from './lab-names.ts';
import type { Spot } from './spot.ts';

/** Finds the place that a name means; null when there is none now. */
export type FindSpot = (name: string) => Spot | null;

/** What Tab offers at the end of a line typed at `spot`. */
export function completeLab(world: World, spot: Spot, line: string, findSpot: FindSpot): Completion {
  const elsewhere = /^\s*(?:([^\s$]+)\$|on\s+(\S+))\s+/.exec(line);
  if (elsewhere !== null) {
    const there = findSpot((elsewhere[1] ?? elsewhere[2])!);
    if (there === null) return { start: line.length, candidates: [] };
    return shifted(completeAt(world, there, line.slice(elsewhere[0].length)), elsewhere[0].length);
  }
  const [, before = '', word = ''] = /^(.*?)(\S*)$/s.exec(line)!;
  const start = line.length - word.length;
  const names = labNames(world, before.trim().split(/\s+/));
  if (names !== null) return { start, candidates: matching(names, word) };
  const completion = completeAt(world, spot, line);
  if (before.trim() !== '') return completion;
  return { start, candidates: matching([...completion.candidates, ...LAB_WORDS], word) };
}

/** Completes a command line where it is to run. */
function completeAt(world: World, spot: Spot, line: string): Completion {
  const completion = completeLine(spot.host, spot.context, line, spot.directory);
  const words = wordsOfCommand(line.slice(0, completion.start));
  if (words.length === 0) return completion;
  return completeArgument(world, spot, words, line, completion);
}

function completeArgument(
  world: World,
  spot: Spot,
  words: readonly string[],
  line: string,
  files: Completion,
): Completion {
  const { start } = files;
  const word = line.slice(start);
  if (words[0] !== 'docker' && words[0] !== 'docker-compose') {
    const names = argumentNames(spot, words, () => nodeNames(world));
    if (names === null) return files;
    const found = matching(names, word);
    return found.length > 0 ? { start, candidates: found } : files;
  }
  const isLocal = spot.context.fileSystem === spot.host.fileSystem;
  const rest = words[0] === 'docker' ? words.slice(1) : ['compose', ...words.slice(1)];
  const docker = completeDocker(isLocal ? engineOf(spot.host) : null, rest, word);
  if (docker.kind === 'file') return files;
  if (docker.kind === 'candidates') return { start, candidates: [...docker.candidates] };
  const container = docker.container === null ? null : findContainer(world, docker.container);
  const inner = container === null ? spot : { ...container, directory: '/' };
  const text = [...docker.words, word].join(' ');
  const completed = completeAt(world, inner, text);
  return { start: line.length - (text.length - completed.start), candidates: completed.candidates };
}

/** The words of the last simple command of a line, assignments and `sudo` left out; empty where a command begins. */
function wordsOfCommand(before: string): string[] {
  const last = before.split(/[;&|(){}`]|\$\(/).at(-1)!;
  const words = last.split(/\s+/).filter((word) => word !== '');
  while (/^(?:\w+=.*|sudo|time|exec|env|!|if|then|do|else|while)$/.test(words[0] ?? '')) words.shift();
  return words;
}

function matching(names: readonly string[], word: string): string[] {
  return [...new Set(names)].filter((name) => name.startsWith(word)).sort();
}

function shifted({ start, candidates }: Completion, by: number): Completion {
  return { start: start + by, candidates };
}
