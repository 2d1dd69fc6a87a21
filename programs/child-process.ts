import { OutputDescriptor } from '../core/host/descriptor.ts';
import { SIGTERM, type Process, type ProcessResource } from '../core/host/process.ts';
import type { Program } from '../core/host/program.ts';
import type { InputStream, OutputStream } from '../core/host/streams.ts';

/** Where a child process reads and writes. */
export interface ChildStreams {
  stdin: InputStream;
  stdout: OutputStream;
  stderr: OutputStream;
}

/** Kills a child with what ended its parent. */
export class OwnedChild implements ProcessResource {
  readonly child: Process;

  constructor(child: Process) {
    this.child = child;
  }

  releasedBy(parent: Process): void {
    const code = parent.exitCode ?? 0;
    this.child.kill(code > 128 ? code - 128 : SIGTERM);
  }
}

/** Starts a program in the namespaces of `parent`, which keeps its own outputs open; the child may outlive it. */
export function spawnChild(
  parent: Process,
  program: Program,
  argv: readonly string[],
  streams: ChildStreams,
  options: { environment?: ReadonlyMap<string, string>; onExit?: () => void } = {},
): Process {
  const stdout = OutputDescriptor.duplicate(streams.stdout);
  const stderr = OutputDescriptor.duplicate(streams.stderr);
  const child = parent.host.processes.spawn(program, {
    context: parent.context,
    argv,
    environment: options.environment ?? parent.environment,
    stdin: streams.stdin,
    stdout,
    stderr,
    ...(options.onExit === undefined ? {} : { onExit: options.onExit }),
  });
  stdout.owner = child;
  stderr.owner = child;
  return child;
}

/** Starts a program by name as a foreground child that does not outlive `parent`; null when there is none of that name. */
export function spawnByName(
  parent: Process,
  argv: readonly string[],
  streams: ChildStreams = parent,
  environment: ReadonlyMap<string, string> = parent.environment,
): Process | null {
  const program = findProgram(parent, argv[0] ?? '');
  if (program === undefined) return null;
  let owned: OwnedChild | null = null;
  const onExit = () => {
    if (owned !== null) parent.disown(owned);
  };
  const child = spawnChild(parent, program, argv, streams, { environment, onExit });
  owned = new OwnedChild(child);
  parent.own(owned);
  return child;
}

/** The program a process finds under a name. Not modelled: which programs an image has; every image has all. */
export function findProgram(proc: Process, name: string): Program | undefined {
  return name === '' || name.endsWith('/') ? undefined : proc.host.env.programs.find(name);
}
