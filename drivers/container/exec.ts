/** `docker exec`: another process in a running container (daemon/exec.go). */
import type { Process } from '../../core/host/process.ts';
import type { InputStream, OutputStream } from '../../core/host/streams.ts';
import { DockerError } from '../docker-error.ts';
import type { Engine } from '../engine/engine.ts';
import { processEnvironment } from './container-environment.ts';
import type { Container } from './container.ts';
import { findExecutable } from './executable.ts';

export interface ExecOptions {
  readonly argv: readonly string[];
  readonly environment: readonly string[];
  readonly workingDirectory: string;
  readonly privileged: boolean;
  readonly stdin: InputStream;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
}

/** A command that could not be started: reported by the runtime, not by the daemon. */
export class ExecStartError extends DockerError {}

/** Starts a process in a container. Throws Docker's error when the container does not run. */
export function execInContainer(engine: Engine, container: Container, options: ExecOptions): Process {
  checkRunning(container);
  const executable = findExecutable(engine.host, container.fileSystem, options.argv);
  if (executable === null) throw new ExecStartError('invalid', notFound(options.argv[0] ?? ''));
  const directory = options.workingDirectory === '' ? [] : [`PWD=${options.workingDirectory}`];
  const context = options.privileged ? { ...container.context!, netAdmin: true } : container.context!;
  return engine.host.processes.spawn(executable.program, {
    context,
    argv: executable.argv,
    environment: processEnvironment(container, engine.release, [...options.environment, ...directory]),
    stdin: options.stdin,
    stdout: options.stdout,
    stderr: options.stderr,
  });
}

export function checkRunning(container: Container): void {
  if (container.state.status === 'paused') {
    throw new DockerError(
      'conflict',
      `Container ${container.name} is paused, unpause the container before exec`,
    );
  }
  if (container.state.status === 'restarting') {
    throw new DockerError(
      'conflict',
      `Container ${container.id} is restarting, wait until the container is running`,
    );
  }
  if (!container.isRunning) throw new DockerError('conflict', `Container ${container.id} is not running`);
}

function notFound(name: string): string {
  const reason = name.includes('/')
    ? `stat ${name}: no such file or directory`
    : 'executable file not found in $PATH';
  return `OCI runtime exec failed: exec failed: unable to start container process: exec: "${name}": ${reason}: unknown`;
}
