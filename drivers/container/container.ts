import type { Host } from '../../core/host/host.ts';
import type { Process, ProcessContext } from '../../core/host/process.ts';
import { VirtualFileSystem } from '../../core/host/virtual-file-system.ts';
import { WaitQueue } from '../../core/host/wait-queue.ts';
import type { NetNamespace } from '../../core/namespace/net-namespace.ts';
import type { Image } from '../images/image-store.ts';
import { shortId } from '../identifiers.ts';
import type { Endpoint, EndpointConfig } from '../network/endpoint.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import type { ContainerConfig, HostConfig } from './container-config.ts';
import type { ContainerInput } from './container-input.ts';
import { ContainerLog } from './container-log.ts';

export type ContainerStatus =
  'created' | 'running' | 'paused' | 'restarting' | 'removing' | 'exited' | 'dead';

/** A network that a container is or will be on. */
export interface ContainerNetwork {
  /** The name it was asked for under, until it is known by its own. */
  readonly name: string;
  networkId: string;
  config: EndpointConfig;
  /** While the container runs. */
  endpoint: Endpoint | null;
}

export interface ContainerState {
  status: ContainerStatus;
  exitCode: number;
  error: string;
  /** Null for never. */
  startedNs: number | null;
  finishedNs: number | null;
}

export class Container {
  readonly id: string;
  name: string;
  /** Docker made the name up: nobody resolves it. */
  readonly hasGeneratedName: boolean;
  readonly image: Image;
  readonly config: ContainerConfig;
  readonly hostConfig: HostConfig;
  readonly createdNs: number;
  readonly fileSystem = new VirtualFileSystem();
  readonly log: ContainerLog;
  readonly state: ContainerState = {
    status: 'created',
    exitCode: 0,
    error: '',
    startedNs: null,
    finishedNs: null,
  };
  /** In the order they were asked for. */
  readonly networks = new Map<string, ContainerNetwork>();
  /** Legacy links, from alias to the container. */
  readonly links = new Map<string, Container>();
  /** Woken each time the container ends, and when it is removed. */
  readonly ended = new WaitQueue();
  restartCount = 0;
  /** Ended by `docker stop` or `kill`: not restarted. */
  stoppedByHand = false;
  // While it runs:
  process: Process | null = null;
  context: ProcessContext | null = null;
  sandbox: Sandbox | null = null;
  stdin: ContainerInput | null = null;
  /** The container whose network this one joined. */
  joinedContainer: Container | null = null;
  hostname: string;

  constructor(
    host: Host,
    id: string,
    fields: {
      name: string;
      hasGeneratedName: boolean;
      image: Image;
      config: ContainerConfig;
      hostConfig: HostConfig;
    },
  ) {
    this.id = id;
    this.name = fields.name;
    this.hasGeneratedName = fields.hasGeneratedName;
    this.image = fields.image;
    this.config = fields.config;
    this.hostConfig = fields.hostConfig;
    this.createdNs = host.nowNs();
    this.log = new ContainerLog(host);
    this.hostname = fields.config.hostname;
  }

  get shortId(): string {
    return shortId(this.id);
  }

  get isRunning(): boolean {
    return this.state.status === 'running' || this.state.status === 'paused';
  }

  get isPaused(): boolean {
    return this.state.status === 'paused';
  }

  get netns(): NetNamespace | null {
    return this.context?.netns ?? null;
  }

  /** What it runs: the entrypoint, then the command. */
  get argv(): string[] {
    return [...this.entrypoint, ...this.command];
  }

  get entrypoint(): readonly string[] {
    const given = this.config.entrypoint;
    if (given === null) return this.image.entrypoint;
    return given.filter((word) => word !== '');
  }

  /** An entrypoint of the container's own does away with the image's command. */
  get command(): readonly string[] {
    if (this.config.command.length > 0 || this.config.entrypoint !== null) return this.config.command;
    return this.image.command;
  }

  /** True while it runs what the image says, so that it answers to signals as that program does. */
  get runsImageCommand(): boolean {
    return this.command === this.image.command && this.entrypoint === this.image.entrypoint;
  }

  get exposedPorts(): string[] {
    return [...new Set([...this.image.exposedPorts, ...this.config.exposedPorts])];
  }

  /** Its endpoint on a network, by the network's name; null when it is not there now. */
  endpointOn(networkName: string): Endpoint | null {
    return this.networks.get(networkName)?.endpoint ?? null;
  }

  get endpoints(): Endpoint[] {
    return [...this.networks.values()].map(({ endpoint }) => endpoint).filter((each) => each !== null);
  }
}
