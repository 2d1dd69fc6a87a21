import { EMPTY_INPUT, CallbackOutput } from '../../core/host/streams.ts';
import { SIGKILL, SIGTERM, type Process, type ProcessContext } from '../../core/host/process.ts';
import { VirtualFileSystem } from '../../core/host/virtual-file-system.ts';
import type { WaitQueue } from '../../core/host/wait-queue.ts';
import type { WaitRequest } from '../../core/host/program.ts';
import { DockerError } from '../docker-error.ts';
import { findImage } from '../images/image-catalog.ts';
import { Container } from './container.ts';
import type { ContainerConfig } from './container-config.ts';
import { ContainerNetworking } from './container-networking.ts';
import type { Engine } from './engine.ts';
import { newId } from './identifiers.ts';

/** The containers of one daemon and their life: create, start, stop, remove. */
export class Containers {
  readonly networking: ContainerNetworking;
  private readonly engine: Engine;
  private readonly byId = new Map<string, Container>();

  constructor(engine: Engine) {
    this.engine = engine;
    this.networking = new ContainerNetworking(engine);
  }

  /** All containers, oldest first. */
  list(): Container[] {
    return [...this.byId.values()];
  }

  find(reference: string): Container | undefined {
    const name = reference.replace(/^\//, '');
    const exact = this.byId.get(reference) ?? this.list().find((container) => container.name === name);
    if (exact !== undefined || reference === '') return exact;
    const byPrefix = this.list().filter((container) => container.id.startsWith(reference));
    return byPrefix.length === 1 ? byPrefix[0] : undefined;
  }

  get(reference: string): Container {
    const found = this.find(reference);
    if (found === undefined) throw new DockerError('notFound', `No such container: ${reference}`);
    return found;
  }

  create(config: ContainerConfig): Container {
    const taken = this.list().find((container) => container.name === config.name);
    if (taken !== undefined) {
      throw new DockerError(
        'conflict',
        `Conflict. The container name "/${config.name}" is already in use by container "${taken.id}". ` +
          'You have to remove (or rename) that container to be able to reuse that name.',
      );
    }
    this.networking.checkConfig(config);
    const container = new Container(newId(this.engine.random), config, this.engine.host.sim.nowNs);
    this.byId.set(container.id, container);
    return container;
  }

  /** Starts a container: its sandbox, its networks, its first process. What was half made is undone on failure. */
  start(container: Container): void {
    if (container.isRunning) return;
    const image = findImage(container.config.image);
    const fileSystem = new VirtualFileSystem();
    for (const [path, text] of image.files) fileSystem.writeText(path, text);
    const uts = { hostname: container.hostname };
    try {
      container.context = this.networking.attach(container, fileSystem, uts, image.userland);
      container.process = this.startProcess(container, container.context);
    } catch (error) {
      this.networking.detach(container);
      container.status = 'created';
      container.exitCode = 128;
      throw error;
    }
    container.status = 'running';
    container.startedNs = this.engine.host.sim.nowNs;
  }

  /** Stops a container: SIGTERM, and SIGKILL when it still runs after `timeoutNs`. */
  *stop(
    proc: Process,
    container: Container,
    timeoutNs: number,
  ): Generator<WaitRequest, void, WaitQueue | null> {
    const process = container.process;
    if (process === null || !container.isRunning) return;
    if (timeoutNs > 0) {
      this.signal(container, SIGTERM);
      if (process.exitCode === null) yield* proc.wait(process.exited, timeoutNs);
    }
    if (process.exitCode === null) process.kill(SIGKILL);
    while (process.exitCode === null) yield* proc.wait(process.exited);
  }

  /** Sends a signal to a container's first process; one that it does not handle does nothing to a pid 1. */
  signal(container: Container, signal: number): void {
    const process = container.process;
    if (process === null || !container.isRunning) {
      throw new DockerError('conflict', `Container ${container.id} is not running`);
    }
    if (signal !== SIGKILL && !process.caughtSignals.has(signal) && !this.diesOf(container, signal)) return;
    process.kill(signal);
  }

  remove(container: Container, force: boolean): void {
    if (container.isRunning) {
      if (!force) {
        throw new DockerError(
          'conflict',
          `You cannot remove a running container ${container.id}. ` +
            'Stop the container before attempting removal or force remove',
        );
      }
      container.process?.kill(SIGKILL);
    }
    this.byId.delete(container.id);
    container.status = 'removing';
  }

  /** The kernel delivers no signal to a pid 1 that has no handler; servers of images have one. */
  private diesOf(container: Container, _signal: number): boolean {
    const program = this.argv(container)[0] ?? '';
    return !['sleep', 'sh', 'ash', 'bash', 'top', 'tail', 'cat'].includes(
      program.slice(program.lastIndexOf('/') + 1),
    );
  }

  private argv(container: Container): string[] {
    const image = findImage(container.config.image);
    const entrypoint = container.config.entrypoint ?? image.entrypoint;
    const overridden = container.config.entrypoint !== undefined;
    const command =
      container.config.command.length > 0 || overridden ? container.config.command : image.command;
    return [...entrypoint, ...command];
  }

  private startProcess(container: Container, context: ProcessContext): Process {
    const host = this.engine.host;
    const argv = this.argv(container);
    const program = host.env.programs.find(argv[0] ?? '');
    if (program === undefined) {
      throw new DockerError(
        'invalid',
        'failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: ' +
          `exec: "${argv[0]}": executable file not found in $PATH: unknown`,
      );
    }
    return host.processes.spawn(program, {
      context,
      argv,
      environment: this.environment(container),
      stdin: EMPTY_INPUT,
      stdout: new CallbackOutput((text) => this.output(container, text, false)),
      stderr: new CallbackOutput((text) => this.output(container, text, true)),
      onExit: (process) => this.ended(container, process),
    });
  }

  /** The environment of a container's processes. */
  environment(container: Container): Map<string, string> {
    const image = findImage(container.config.image);
    const environment = new Map<string, string>(image.environment);
    environment.set('HOSTNAME', container.hostname);
    for (const [name, value] of container.linkEnvironment) environment.set(name, value);
    for (const [name, value] of container.config.environment ?? []) environment.set(name, value);
    if (container.config.tty === true) environment.set('TERM', 'xterm');
    environment.set('HOME', '/root');
    return environment;
  }

  private output(container: Container, text: string, isError: boolean): void {
    container.log += text;
    for (const listener of container.outputListeners) listener(text, isError);
  }

  private ended(container: Container, process: Process): void {
    container.exitCode = process.exitCode ?? 0;
    container.finishedNs = this.engine.host.sim.nowNs;
    if (container.status !== 'removing') container.status = 'exited';
    this.killRest(container);
    this.networking.detach(container);
    container.process = null;
    if (container.config.autoRemove === true) this.byId.delete(container.id);
  }

  /** The end of pid 1 ends every process of the container. */
  private killRest(container: Container): void {
    for (const process of this.engine.host.processes.list()) {
      if (process.context === container.context) process.kill(SIGKILL);
    }
  }
}
