/** Starting and ending containers (daemon/start.go, monitor.go, stop.go, kill.go, pause.go). */
import type { Process } from '../../core/host/process.ts';
import { SIGKILL, SIGTERM } from '../../core/host/process.ts';
import type { WaitRequest } from '../../core/host/program.ts';
import { EMPTY_INPUT, type InputStream } from '../../core/host/streams.ts';
import type { WaitQueue } from '../../core/host/wait-queue.ts';
import { mountProc } from '../../core/proc/mount-proc.ts';
import { DockerError } from '../docker-error.ts';
import type { Engine } from '../engine/engine.ts';
import { writeSysctl } from '../sysctl.ts';
import { isContainerMode } from './container-config.ts';
import { ContainerInput } from './container-input.ts';
import { processEnvironment } from './container-environment.ts';
import { setUpNetwork, tearDownNetwork } from './container-network.ts';
import type { Container } from './container.ts';
import { findExecutable } from './executable.ts';
import { signalNumber } from './signal-names.ts';

type Run<T> = Generator<WaitRequest, T, WaitQueue | null>;

const SECOND_NS = 1_000_000_000;
const DEFAULT_STOP_TIMEOUT_S = 10;
/** A restart policy waits 100 ms, then twice as long each time, at most a minute. */
const FIRST_RESTART_DELAY_NS = 100_000_000;
const MAX_RESTART_DELAY_NS = 60 * SECOND_NS;

/** Starts a container that is created or has ended. One that runs is left alone. */
export function startContainer(engine: Engine, container: Container): void {
  if (container.isPaused) {
    throw new DockerError('conflict', 'cannot start a paused container, try unpause instead');
  }
  if (container.isRunning) return;
  container.stoppedByHand = false;
  try {
    enterNetwork(engine, container);
    launch(engine, container);
  } catch (error) {
    leaveNetwork(engine, container);
    if (!(error instanceof DockerError)) throw error;
    container.state.exitCode = failureCode(error);
    container.state.error = error.message;
    if (container.hostConfig.autoRemove) engine.containers.forget(container);
    throw error;
  }
  engine.events.record('container', 'start', container.id, eventAttributes(container));
}

/** What `docker run` exits with, and the container's exit code, when it could not be started. */
export function failureCode(error: DockerError): number {
  if (/executable file not found|no such file or directory/.test(error.message)) return 127;
  return /permission denied|is a directory/.test(error.message) ? 126 : 128;
}

/** `docker stop`: the stop signal, and after the time-out SIGKILL. Returns when the container has ended. */
export function* stopContainer(
  engine: Engine,
  caller: Process,
  container: Container,
  timeoutS: number | null,
): Run<void> {
  if (!container.isRunning) return;
  container.stoppedByHand = true;
  const seconds = timeoutS ?? container.config.stopTimeout ?? DEFAULT_STOP_TIMEOUT_S;
  const signal = stopSignalOf(container);
  recordKill(engine, container, signal);
  signalContainer(engine, container, signal);
  const untilNs = caller.nowNs + (seconds < 0 ? Infinity : seconds * SECOND_NS);
  while (container.isRunning && caller.nowNs < untilNs) {
    yield* caller.wait(container.ended, untilNs - caller.nowNs);
  }
  if (container.isRunning) {
    recordKill(engine, container, SIGKILL);
    signalContainer(engine, container, SIGKILL);
  }
  engine.events.record('container', 'stop', container.id, eventAttributes(container));
}

export function stopSignalOf(container: Container): number {
  const name = container.config.stopSignal || container.image.stopSignal;
  return name === '' ? SIGTERM : (signalNumber(name) ?? SIGTERM);
}

/** `docker kill`: Docker's error when the container does not run. */
export function killContainer(engine: Engine, container: Container, signal: number): void {
  if (!container.isRunning) {
    throw new DockerError(
      'conflict',
      `Cannot kill container: ${container.name}: Container ${container.id} is not running`,
    );
  }
  if (signal === SIGKILL || signal === stopSignalOf(container)) container.stoppedByHand = true;
  recordKill(engine, container, signal);
  signalContainer(engine, container, signal);
}

function recordKill(engine: Engine, container: Container, signal: number): void {
  const attributes = { ...eventAttributes(container), signal: String(signal) };
  engine.events.record('container', 'kill', container.id, attributes);
}

/**
 * Sends a signal to the container's first process. As the init of a PID namespace that process gets only signals it
 * listens to, SIGKILL apart (kernel/signal.c, SIGNAL_UNKILLABLE). `--init` puts tini there, which passes signals on.
 */
export function signalContainer(engine: Engine, container: Container, signal: number): void {
  const { process } = container;
  if (process === null) return;
  if (container.isPaused && signal === SIGKILL) unpauseContainer(engine, container);
  if (signal === SIGKILL || process.caughtSignals.has(signal) || container.hostConfig.init) {
    process.kill(signal);
    return;
  }
  const code = container.runsImageCommand ? container.image.exitCodeOnStop : null;
  if (code === null || !(signal === stopSignalOf(container) || signal === SIGTERM)) return;
  exitCodes.set(process, code);
  process.kill(signal);
}

/** Programs of images that end in their own way when told to stop: the code to report. */
const exitCodes = new WeakMap<Process, number>();

export function pauseContainer(engine: Engine, container: Container): void {
  if (!container.isRunning) throw new DockerError('conflict', `Container ${container.id} is not running`);
  if (container.isPaused) throw new DockerError('conflict', `Container ${container.id} is already paused`);
  for (const process of processesOf(engine, container)) process.freeze();
  container.state.status = 'paused';
  engine.events.record('container', 'pause', container.id, eventAttributes(container));
}

export function unpauseContainer(engine: Engine, container: Container): void {
  if (!container.isPaused) throw new DockerError('conflict', `Container ${container.id} is not paused`);
  container.state.status = 'running';
  for (const process of processesOf(engine, container)) process.thaw();
  engine.events.record('container', 'unpause', container.id, eventAttributes(container));
}

/** The processes of a container, its first one and those started in it. */
export function processesOf(engine: Engine, container: Container): Process[] {
  return engine.host.processes
    .list()
    .filter(({ context, threadOf }) => threadOf === null && context.fileSystem === container.fileSystem);
}

/** The network that the container lives in: its own sandbox, or that of another container. */
function enterNetwork(engine: Engine, container: Container): void {
  const { networkMode } = container.hostConfig;
  if (!isContainerMode(networkMode)) {
    setUpNetwork(engine, container);
    return;
  }
  const target = engine.containers.get(networkMode.slice(networkMode.indexOf(':') + 1));
  if (target === container) throw new DockerError('invalid', 'cannot join own network');
  if (!target.isRunning) {
    throw new DockerError('conflict', `cannot join network of a non running container: ${target.id}`);
  }
  if (target.state.status === 'restarting') {
    throw new DockerError(
      'conflict',
      `Container ${target.id} is restarting, wait until the container is running`,
    );
  }
  container.joinedContainer = target;
  container.hostname = target.hostname;
  for (const path of ['/etc/hosts', '/etc/resolv.conf', '/etc/hostname']) {
    const file = target.fileSystem.find(path);
    if (file !== null) container.fileSystem.define(path, file);
  }
}

function launch(engine: Engine, container: Container): void {
  const { host } = engine;
  const { fileSystem, config, hostConfig } = container;
  const netns = container.sandbox?.netns ?? container.joinedContainer!.netns!;
  const executable = findExecutable(host, fileSystem, container.argv);
  if (executable === null) throw notFoundError(container.argv[0] ?? '');
  applySysctls(container);
  if (container.joinedContainer !== null) engine.namespaces.hold(netns);
  container.context = {
    netns,
    fileSystem,
    uts: { hostname: container.hostname },
    userland: container.image.userland,
    netAdmin: hostConfig.privileged || hasCapability(hostConfig.capAdd, 'NET_ADMIN'),
  };
  if (container.state.startedNs === null) {
    mountProc(fileSystem, host, netns, { readOnlySys: !hostConfig.privileged });
  }
  container.stdin = config.openStdin ? new ContainerInput(config.tty) : null;
  // A terminal is there to read from even when nobody can type on it: with -t alone a shell waits for ever.
  const stdin: InputStream = container.stdin ?? (config.tty ? new ContainerInput(true) : EMPTY_INPUT);
  Object.assign(container.state, { status: 'running', startedNs: host.nowNs(), error: '', exitCode: 0 });
  container.process = host.processes.spawn(executable.program, {
    context: container.context,
    argv: executable.argv,
    environment: processEnvironment(container, engine.release),
    stdin,
    stdout: container.log.output('stdout'),
    stderr: container.log.output(config.tty ? 'stdout' : 'stderr'),
    onExit: (process) => containerEnded(engine, container, process),
  });
}

function notFoundError(name: string): DockerError {
  return new DockerError(
    'invalid',
    `failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "${name}": ${
      name.includes('/') ? `stat ${name}: no such file or directory` : 'executable file not found in $PATH'
    }: unknown`,
  );
}

export function hasCapability(added: readonly string[], name: string): boolean {
  return added.some((each) => {
    const capability = each.toUpperCase().replace(/^CAP_/, '');
    return capability === name || capability === 'ALL';
  });
}

function applySysctls(container: Container): void {
  const runtime = (text: string) =>
    new DockerError('invalid', `failed to create shim task: OCI runtime create failed: ${text}: unknown`);
  for (const [key, value] of container.hostConfig.sysctls) {
    if (!key.startsWith('net.')) throw runtime(`sysctl "${key}" is not in a separate kernel namespace`);
    if (container.sandbox === null || container.sandbox.usesHost) {
      throw runtime(`sysctl "${key}" not allowed in host network namespace`);
    }
    if (!writeSysctl(container.sandbox.netns, key, value)) {
      const path = `/proc/sys/${key.replaceAll('.', '/')}`;
      throw runtime(`open ${path}: no such file or directory`);
    }
  }
}

/** The first process has ended: the others are killed, the network goes, and the restart policy is asked. */
function containerEnded(engine: Engine, container: Container, process: Process): void {
  if (container.process !== process) return;
  container.process = null;
  for (const other of processesOf(engine, container)) other.kill(SIGKILL);
  const code = exitCodes.get(process) ?? process.exitCode ?? 0;
  Object.assign(container.state, { status: 'exited', exitCode: code, finishedNs: engine.host.nowNs() });
  leaveNetwork(engine, container);
  container.stdin?.close();
  container.stdin = null;
  engine.events.record('container', 'die', container.id, {
    exitCode: String(code),
    ...eventAttributes(container),
  });
  const restarts = shouldRestart(container, code);
  if (restarts) scheduleRestart(engine, container);
  else if (container.hostConfig.autoRemove) engine.containers.forget(container);
  container.log.printed.wake();
  container.ended.wake();
}

function leaveNetwork(engine: Engine, container: Container): void {
  const netns = container.context?.netns;
  if (container.joinedContainer !== null && netns !== undefined) engine.namespaces.release(netns);
  container.joinedContainer = null;
  container.context = null;
  tearDownNetwork(engine, container);
}

/** The restart policy's word on a container that ended with this code. */
export function shouldRestart(container: Container, code: number): boolean {
  const { name, maximumRetryCount } = container.hostConfig.restartPolicy;
  if (container.stoppedByHand || name === 'no') return false;
  if (name !== 'on-failure') return true;
  return code !== 0 && (maximumRetryCount === 0 || container.restartCount < maximumRetryCount);
}

function scheduleRestart(engine: Engine, container: Container): void {
  container.state.status = 'restarting';
  const delayNs = Math.min(FIRST_RESTART_DELAY_NS * 2 ** container.restartCount, MAX_RESTART_DELAY_NS);
  container.restartCount++;
  engine.host.sim.at(engine.host.nowNs() + delayNs, () => {
    if (container.state.status !== 'restarting' || engine.isStopped) return;
    try {
      startContainer(engine, container);
    } catch (error) {
      if (!(error instanceof DockerError)) throw error;
      container.state.status = 'exited';
      container.ended.wake();
    }
  });
}

export function eventAttributes(container: Container): Record<string, string> {
  return { image: container.config.image, name: container.name };
}
