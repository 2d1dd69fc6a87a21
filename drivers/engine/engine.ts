/**
 * dockerd of one host: what it has, and how it starts. Everything it does, it does by configuring the host.
 * Not modelled: restarts of the daemon alone (see reboot.ts for those with the host), live restore, volumes, builds, the API's socket (the docker command of the
 * same host reaches the engine directly).
 */
import type { Host } from '../../core/host/host.ts';
import type { Process } from '../../core/host/process.ts';
import { EMPTY_INPUT, TextBuffer } from '../../core/host/streams.ts';
import { WaitQueue } from '../../core/host/wait-queue.ts';
import type { RandomStream } from '../../core/sim/random-streams.ts';
import { ContainerManager } from '../container/container-manager.ts';
import { DriverRegistry, defaultDriverRegistry } from '../driver-registry.ts';
import type { DriverContext, NetworkDriver } from '../driver.ts';
import { DEFAULT_ENGINE_RELEASE, type EngineRelease } from '../engine-release.ts';
import { drawId } from '../identifiers.ts';
import { ImageStore } from '../images/image-store.ts';
import { NetworkManager } from '../network/network-manager.ts';
import { PortAllocator } from '../ports/port-allocator.ts';
import { NamespaceUsers } from '../sandbox/namespace-users.ts';
import { parseDaemonConfig, type DaemonConfig, type DaemonJson } from './daemon-config.ts';
import { EventLog } from './event-log.ts';
import { createPredefinedNetworks } from './predefined-networks.ts';
import type { SwarmMembership } from './swarm-membership.ts';

export interface EngineOptions {
  readonly release?: EngineRelease;
  /** Kinds of networks besides, or in place of, Docker's own. */
  readonly drivers?: DriverRegistry;
  /** The daemon before the machine was booted anew: its networks, containers and images are on the disk. */
  readonly previous?: Engine;
}

export class Engine implements DriverContext {
  readonly host: Host;
  readonly release: EngineRelease;
  readonly config: DaemonConfig;
  /** The daemon's own process: it holds the sockets that the daemon opens. */
  readonly daemon: Process;
  readonly id: string;
  readonly events: EventLog;
  readonly ports: PortAllocator;
  readonly images: ImageStore;
  readonly namespaces: NamespaceUsers;
  readonly networks: NetworkManager;
  readonly containers: ContainerManager;
  readonly startedNs: number;
  /** The host lost its power, and another daemon will take over. */
  isStopped = false;
  /** The swarm that the host is a node of; null when it is none. */
  swarm: SwarmMembership | null = null;
  private readonly driverKinds: DriverRegistry;
  private readonly drivers = new Map<string, NetworkDriver>();

  constructor(host: Host, json: DaemonJson = {}, options: EngineOptions = {}) {
    this.host = host;
    this.release = options.release ?? DEFAULT_ENGINE_RELEASE;
    this.config = parseDaemonConfig(json, this.release);
    this.driverKinds = options.drivers ?? defaultDriverRegistry();
    this.startedNs = host.nowNs();
    const { previous } = options;
    this.id = previous?.id ?? drawId(this.random('engine-id'));
    this.images = previous?.images ?? new ImageStore();
    this.daemon = startDaemonProcess(host);
    host.fileSystem.makeDirectory('/var/run/docker/netns');
    this.events = new EventLog(host);
    this.ports = new PortAllocator(host.initNamespace);
    this.namespaces = new NamespaceUsers(host);
    this.networks = new NetworkManager(this, previous?.networks);
    this.containers = new ContainerManager(this, previous?.containers);
    createPredefinedNetworks(this, previous?.networks);
  }

  random(purpose: string): RandomStream {
    return this.host.sim.random.stream(`${this.host.name}/docker:${purpose}`);
  }

  /** The driver of a kind, made when it is first asked for; Docker's error when there is no such kind. */
  driver(type: string): NetworkDriver {
    let driver = this.drivers.get(type);
    if (driver === undefined) {
      driver = this.driverKinds.create(type, this);
      this.drivers.set(type, driver);
    }
    return driver;
  }

  /** Every kind of network there is. */
  driverTypes(): string[] {
    return this.driverKinds.types();
  }
}

function startDaemonProcess(host: Host): Process {
  const forever = new WaitQueue();
  return host.processes.spawn(
    function* (proc) {
      for (;;) yield* proc.wait(forever);
    },
    {
      context: { netns: host.initNamespace, fileSystem: host.fileSystem, uts: host, userland: 'debian' },
      argv: ['/usr/sbin/dockerd', '-H', 'fd://', '--containerd=/run/containerd/containerd.sock'],
      stdin: EMPTY_INPUT,
      stdout: new TextBuffer(),
      stderr: new TextBuffer(),
    },
  );
}
