import { Bridge } from '../core/device/bridge/bridge.ts';
import { Veth } from '../core/device/veth.ts';
import { Host } from '../core/host/host.ts';
import { ProgramRegistry } from '../core/host/program.ts';
import type { NetNamespace } from '../core/namespace/net-namespace.ts';
import { PacketPool } from '../core/packet/packet-pool.ts';
import { Simulator } from '../core/sim/simulator.ts';

/** A bare simulation for measurements: no Docker, no scenario. */
export class Lab {
  readonly sim = new Simulator(1);
  readonly pool = new PacketPool();
  private macs = 1;

  host(name: string): Host {
    const env = {
      sim: this.sim,
      pool: this.pool,
      programs: new ProgramRegistry(),
      tracer: null,
      ciphers: null,
    };
    const host = new Host(name, env);
    host.initNamespace.ipv4.setUp(host.initNamespace.loopback);
    return host;
  }

  mac(): Uint8Array {
    const n = this.macs++;
    return Uint8Array.of(2, 0, 0, (n >>> 16) & 255, (n >>> 8) & 255, n & 255);
  }

  /** A bridge that has `address` (0 for none) in the host's own namespace. */
  bridge(host: Host, name: string, address: number, prefixLength: number): Bridge {
    const bridge = new Bridge(name, host, host.initNamespace, this.mac(), true);
    host.initNamespace.addDevice(bridge);
    if (address !== 0) host.initNamespace.ipv4.addAddress(bridge, address, prefixLength);
    host.initNamespace.ipv4.setUp(bridge);
    return bridge;
  }

  /** A namespace with one interface on the bridge and a default route through `gateway` (0 for none). */
  container(host: Host, bridge: Bridge, address: number, prefixLength: number, gateway = 0): NetNamespace {
    const netns = host.createNamespace('');
    netns.ipv4.setUp(netns.loopback);
    const id = this.macs;
    const init = host.initNamespace;
    const [inner, outer] = Veth.pair(
      host,
      { name: `c${id}`, netns: init, mac: this.mac() },
      { name: `v${id}`, netns: init, mac: this.mac() },
    );
    init.addDevice(inner);
    init.addDevice(outer);
    bridge.addPort(outer);
    init.ipv4.setUp(outer);
    netns.moveDeviceHere(inner, 'eth0');
    netns.ipv4.addAddress(inner, address, prefixLength);
    netns.ipv4.setUp(inner);
    if (gateway !== 0) {
      netns.ipv4.fib.add({
        type: 1,
        destination: 0,
        prefixLength: 0,
        gateway,
        dev: inner,
        prefSrc: 0,
        scope: 0,
        protocol: 3,
        table: 254,
        metric: 0,
        mtu: 0,
        tos: 0,
        onlink: false,
      });
    }
    return netns;
  }
}

/** The median of several timings of `work`, in seconds of wall time. */
export function medianSeconds(rounds: number, work: () => void): number {
  return medianTimes(rounds, work).wallSeconds;
}

/** The same, and the median of the processor time, which says less of what else the machine does. */
export function medianTimes(
  rounds: number,
  work: () => void,
): { wallSeconds: number; processorSeconds: number } {
  const wall: number[] = [];
  const processor: number[] = [];
  for (let i = 0; i < rounds; i++) {
    const start = process.hrtime.bigint();
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    wall.push(Number(process.hrtime.bigint() - start) / 1e9);
    processor.push((user + system) / 1e6);
  }
  return { wallSeconds: median(wall), processorSeconds: median(processor) };
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

/** Prints one result: what, the figure, its unit. */
export function report(subject: string, value: number, unit: string): void {
  const text =
    value >= 1e6
      ? `${(value / 1e6).toFixed(2)} M`
      : value >= 1e4
        ? `${(value / 1e3).toFixed(1)} k`
        : value.toFixed(1);
  console.log(`${subject.padEnd(64)} ${text.padStart(12)} ${unit}`);
}
