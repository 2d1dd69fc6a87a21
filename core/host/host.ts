import type { NetDevice } from '../device/net-device.ts';
import { netifReceive } from '../device/receive.ts';
import { enableIpv6 } from '../namespace/ipv6-stack.ts';
import { NetNamespace } from '../namespace/net-namespace.ts';
import { DropReason, DROP_REASONS } from '../packet/drop-reason.ts';
import type { Packet } from '../packet/packet.ts';
import type { PacketPool } from '../packet/packet-pool.ts';
import type { Simulator } from '../sim/simulator.ts';
import { Timer } from '../sim/timer.ts';
import { SizeLog } from '../trace/size-log.ts';
import type { Tracer } from '../trace/tracer.ts';
import { Backlog } from './backlog.ts';
import type { CipherProvider } from './cipher-provider.ts';
import type { CostMeter } from './cost-meter.ts';
import { KernelLog } from './kernel-log.ts';
import { ProcessTable } from './process-table.ts';
import type { ProgramRegistry } from './program.ts';
import { VirtualFileSystem } from './virtual-file-system.ts';

/** netdev_max_backlog times a few CPUs: frames past it are dropped as CPU_BACKLOG. */
const BACKLOG_LIMIT = 100_000;

/** What the machines of one simulation share. */
export interface HostEnvironment {
  sim: Simulator;
  pool: PacketPool;
  programs: ProgramRegistry;
  tracer: Tracer | null;
  ciphers: CipherProvider | null;
}

/**
 * A machine: namespaces, a CPU and processes.
 *
 * It runs to completion, like softirq: a frame that arrives is carried through every device, hook and table of
 * the host in one go. A device that hands a frame to another device of the host queues it here (`netifRx`) and
 * one loop drains the queue, so nothing recurses. `nowNs()` is the simulated time plus what the job in
 * progress has cost so far.
 */
export class Host {
  readonly name: string;
  readonly env: HostEnvironment;
  readonly sim: Simulator;
  readonly pool: PacketPool;
  readonly namespaces: NetNamespace[] = [];
  /** The namespace the machine booted in (init_net); another one after it lost its power. */
  initNamespace: NetNamespace;
  readonly fileSystem = new VirtualFileSystem();
  readonly kernelLog = new KernelLog();
  hostname: string;
  readonly processes: ProcessTable;
  /** Packets dropped on this machine, by reason number. */
  readonly drops = new Float64Array(DROP_REASONS.length);
  /** Packets that were too long for their way. */
  readonly sizeLog = new SizeLog();
  /** Packets that reached their end here. */
  consumed = 0;
  /** Charges CPU time; null under the `ideal` profile, which charges nothing. */
  cost: CostMeter | null = null;
  /** Kernel modules and system-wide switches (br_netfilter, bridge-nf-call-iptables …). */
  readonly bridgeNetfilter = { loaded: false, callIptables: 0, callIp6tables: 0, callArptables: 0 };
  /** The ipv6 module is there: every namespace has an IPv6 stack. See loadIpv6. */
  private ipv6Loaded = false;
  /** false while the machine is powered off: nothing is received, no process runs. */
  running = true;
  readonly backlog: Backlog;
  private nextNamespaceId = 1;

  constructor(name: string, env: HostEnvironment) {
    this.name = name;
    this.hostname = name;
    this.env = env;
    this.sim = env.sim;
    this.pool = env.pool;
    this.backlog = new Backlog(this, BACKLOG_LIMIT);
    this.processes = new ProcessTable(this);
    this.initNamespace = this.createNamespace('');
  }

  /** The time on this machine: the simulation's plus what the job in progress has cost. */
  nowNs(): number {
    return this.cost === null ? this.sim.nowNs : this.sim.nowNs + this.cost.elapsedNs;
  }

  /** Gives the machine IPv6: its namespaces now, and every one to come. Without it IPv6 costs nothing. */
  loadIpv6(): void {
    this.ipv6Loaded = true;
    for (const namespace of this.namespaces) enableIpv6(namespace);
  }

  /** A new network namespace with only a loopback device, down. `name` as under /var/run/netns, or ''. */
  createNamespace(name: string): NetNamespace {
    const namespace = new NetNamespace(this, this.nextNamespaceId++, name);
    this.namespaces.push(namespace);
    if (this.ipv6Loaded) enableIpv6(namespace);
    return namespace;
  }

  /** Takes a namespace away with all its devices. */
  destroyNamespace(namespace: NetNamespace): void {
    namespace.destroy();
    const index = this.namespaces.indexOf(namespace);
    if (index >= 0) this.namespaces.splice(index, 1);
  }

  /**
   * Runs something as one job of the host's core: what it charges keeps the core busy from now on. Jobs started
   * inside a job are part of it.
   */
  runJob(job: () => void): void {
    const cost = this.cost;
    if (cost === null || cost.inJob) {
      job();
      return;
    }
    cost.begin();
    try {
      job();
    } finally {
      cost.end();
    }
  }

  /** A timer whose work is a job of the core. `background`: see Timer. */
  timer(work: () => void, background = false): Timer {
    return new Timer(this.sim, () => this.runJob(work), background);
  }

  /** netif_rx: queues a frame as received by `dev`, and drains the queue unless a drain is in progress. */
  netifRx(dev: NetDevice, packet: Packet): void {
    this.backlog.push(dev, packet);
  }

  /** Carries one frame up the stack of the device it arrived on. For the backlog. */
  receive(dev: NetDevice, packet: Packet): void {
    netifReceive(dev, packet);
  }

  /** Drops a packet: exactly one counter goes up, the tracer hears of it, and the packet is freed. */
  dropPacket(packet: Packet, reason: number, where: NetDevice | null = packet.dev): void {
    this.drops[reason]!++;
    if (this.env.tracer !== null) this.env.tracer.dropped(this, packet, reason, where);
    this.pool.free(packet);
  }

  /** Frees a packet that reached its end (delivered to a socket, answered, absorbed). */
  consumePacket(packet: Packet): void {
    this.consumed++;
    this.pool.free(packet);
  }

  /** Total of `drops`. */
  get droppedTotal(): number {
    return this.drops.reduce((sum, count) => sum + count, 0);
  }

  /** Drops counted so far under a reason's name. */
  dropsOf(reason: keyof typeof DropReason): number {
    return this.drops[DropReason[reason]]!;
  }
}
