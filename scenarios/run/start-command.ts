import type { Process } from '../../core/host/process.ts';
import { CallbackOutput, type InputStream } from '../../core/host/streams.ts';
import { runShellLine, type ShellLineOptions } from '../../programs/shell/run-shell-line.ts';
import type { Node } from './nodes.ts';

export interface CommandOptions extends Pick<ShellLineOptions, 'memory'> {
  readonly stdin: InputStream;
  /** Each piece of output, in the order it comes. */
  readonly onOutput: (text: string, stream: 'stdout' | 'stderr') => void;
  readonly onExit: (exitCode: number, process: Process) => void;
}

/** Starts a command line where a step or a prompt says; it begins once the events in progress are through. */
export function startCommand(node: Node, command: string, options: CommandOptions): Process {
  const { stdin, onOutput, onExit, memory } = options;
  const stdout = new CallbackOutput((text) => onOutput(text, 'stdout'));
  const stderr = new CallbackOutput((text) => onOutput(text, 'stderr'));
  const streams = { stdin, stdout, stderr };
  return runShellLine(node.host, node.context, command, streams, {
    onExit: (ended) => onExit(ended.exitCode ?? 0, ended),
    ...(memory === undefined ? {} : { memory }),
  });
}
