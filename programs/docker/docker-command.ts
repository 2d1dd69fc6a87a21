import type { Process } from '../../core/host/process.ts';
import type { Engine } from '../../drivers/engine/engine.ts';
import type { Run } from '../line-input.ts';
import type { FlagSpec, Flags } from './flags.ts';

/** What a command works with. */
export interface DockerContext {
  readonly proc: Process;
  readonly engine: Engine;
  readonly flags: Flags;
  /** The words that stand behind the flags. */
  readonly operands: readonly string[];
  /** Flags between the group's name and the command's; empty for groups without. */
  readonly groupFlags: Flags;
}

/** One docker command, such as `docker network create`. Each has a file of its own. */
export interface DockerCommand {
  /** Its name in its group, and other names for it: `ls`, `list`. */
  readonly names: readonly string[];
  /** What it is called right under `docker`: `docker ps` is `docker container ls`. */
  readonly shortcuts?: readonly string[];
  /** Behind its name in the usage line: `[OPTIONS] NETWORK`. */
  readonly usage: string;
  /** What it does, in a few words. */
  readonly summary: string;
  readonly flags: readonly FlagSpec[];
  /** False: flags end at the first operand, so that what is run has its own. */
  readonly interspersed?: boolean;
  readonly operands: OperandRule;
  run(context: DockerContext): Run<number>;
}

/** `docker network …` */
export interface DockerGroup {
  readonly name: string;
  readonly summary: string;
  readonly commands: readonly DockerCommand[];
  /** Flags that stand before the command's name, as in `docker compose -f FILE up`. */
  readonly flags?: readonly FlagSpec[];
  /** Names of commands that are there in reality and are not modelled. */
  readonly notModelled?: readonly string[];
}

/** How many operands a command takes (docker/cli cli/required.go). */
export interface OperandRule {
  readonly min: number;
  readonly max: number;
}

export const NO_OPERANDS: OperandRule = { min: 0, max: 0 };

export function exactly(count: number): OperandRule {
  return { min: count, max: count };
}

export function atLeast(count: number): OperandRule {
  return { min: count, max: Infinity };
}

export function between(min: number, max: number): OperandRule {
  return { min, max };
}

/** What is wrong with the number of operands; null when it will do. */
export function operandComplaint(path: string, command: DockerCommand, count: number): string | null {
  const { min, max } = command.operands;
  if (count >= min && count <= max) return null;
  const help = `.\nSee '${path} --help'.\n\nUsage:  ${path} ${command.usage}\n\n${command.summary}\n`;
  const plural = (n: number) => (n === 1 ? 'argument' : 'arguments');
  if (max === 0) return `"${path}" accepts no arguments${help}`;
  if (min === max) return `"${path}" requires exactly ${min} ${plural(min)}${help}`;
  if (min > 0 && max < Infinity) {
    return `"${path}" requires at least ${min} and at most ${max} ${plural(max)}${help}`;
  }
  if (count < min) return `"${path}" requires at least ${min} ${plural(min)}${help}`;
  return `"${path}" requires at most ${max} ${plural(max)}${help}`;
}
