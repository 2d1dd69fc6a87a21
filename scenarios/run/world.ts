import type { PhysicalLink } from '../../core/device/link/cable.ts';
import type { Host } from '../../core/host/host.ts';
import type { ProcessContext } from '../../core/host/process.ts';
import type { ProgramRegistry } from '../../core/host/program.ts';
import { PacketPool } from '../../core/packet/packet-pool.ts';
import { Simulator } from '../../core/sim/simulator.ts';
import type { Tracer } from '../../core/trace/tracer.ts';
import { defaultDriverRegistry, type DriverRegistry } from '../../drivers/driver-registry.ts';
import { createProgramRegistry } from '../../programs/registry.ts';
import { nodeCiphers } from './node-ciphers.ts';

/** Everything that one run simulates. */
export class World {
  readonly sim: Simulator;
  readonly pool = new PacketPool();
  readonly programs: ProgramRegistry = createProgramRegistry();
  readonly ciphers = nodeCiphers;
  readonly hosts = new Map<string, Host>();
  readonly links = new Map<string, PhysicalLink>();
  /** The kinds of networks that Docker has on every host. */
  drivers: DriverRegistry = defaultDriverRegistry();

  /** Who hears what happens to packets, or null. */
  readonly tracer: Tracer | null;

  constructor(seed: number, tracer: Tracer | null = null) {
    this.tracer = tracer;
    this.sim = new Simulator(seed);
  }

  host(name: string): Host {
    const host = this.hosts.get(name);
    if (host === undefined) throw new Error(`no host ${name}`);
    return host;
  }
}

/** What a process on the machine itself sees. */
export function hostContext(host: Host): ProcessContext {
  return { netns: host.initNamespace, fileSystem: host.fileSystem, uts: host, userland: 'debian' };
}
