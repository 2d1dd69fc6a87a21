import type { Process, ProcessContext } from '../../core/host/process.ts';
import type { ContainerConfig } from './container-config.ts';
import type { Endpoint } from './endpoint.ts';
import type { Sandbox } from './sandbox.ts';
import { shortId } from './identifiers.ts';

export type ContainerStatus =
  'created' | 'running' | 'paused' | 'restarting' | 'removing' | 'exited' | 'dead';

/** A container: its configuration, its state and, while it runs, its sandbox and first process. */
export class Container {
  readonly id: string;
  name: string;
  readonly config: ContainerConfig;
  readonly createdNs: number;
  status: ContainerStatus = 'created';
  exitCode = 0;
  startedNs = 0;
  finishedNs = 0;
  /** Its network namespace and what is in it; null while stopped, and for `container:` mode the owner's. */
  sandbox: Sandbox | null = null;
  /** What its processes see; kept over a stop so that a `container:` child stays where it was. */
  context: ProcessContext | null = null;
  process: Process | null = null;
  /** Endpoints by network id, in the order they were made. */
  readonly endpoints = new Map<string, Endpoint>();
  /** Standard output and error so far, for `docker logs`. */
  log = '';
  /** Hears of new output, for `docker logs -f` and a foreground `docker run`. */
  readonly outputListeners: ((text: string, isError: boolean) => void)[] = [];
  /** Environment variables that links added at start. */
  linkEnvironment = new Map<string, string>();

  constructor(id: string, config: ContainerConfig, createdNs: number) {
    this.id = id;
    this.name = config.name;
    this.config = config;
    this.createdNs = createdNs;
  }

  get isRunning(): boolean {
    return this.status === 'running' || this.status === 'paused';
  }

  get hostname(): string {
    return this.config.hostname ?? shortId(this.id);
  }
}
