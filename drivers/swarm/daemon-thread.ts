import { EMPTY_INPUT, TextBuffer } from '../../core/host/streams.ts';
import type { Process } from '../../core/host/process.ts';
import type { Program } from '../../core/host/program.ts';
import type { Engine } from '../engine/engine.ts';

/** Runs something as a thread of dockerd, in the host's namespace. */
export function startDaemonThread(engine: Engine, program: Program): Process {
  const { daemon, host } = engine;
  return host.processes.spawn(program, {
    context: daemon.context,
    argv: daemon.argv,
    threadOf: daemon,
    stdin: EMPTY_INPUT,
    stdout: new TextBuffer(),
    stderr: new TextBuffer(),
  });
}
