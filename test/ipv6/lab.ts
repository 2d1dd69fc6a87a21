import { Bridge } from '../../core/device/bridge/bridge.ts';
import type { NetDevice } from '../../core/device/net-device.ts';
import { Veth } from '../../core/device/veth.ts';
import { Host } from '../../core/host/host.ts';
import type { Ipv6Stack } from '../../core/namespace/ipv6-stack.ts';
import type { NetNamespace } from '../../core/namespace/net-namespace.ts';
import { PacketPool } from '../../core/packet/packet-pool.ts';
import { Simulator } from '../../core/sim/simulator.ts';
import { Ipv6Address, parseCidr6, parseIpv6 } from '../../protocols/ipv6-address.ts';
import { parseMac } from '../../protocols/mac-address.ts';

const SECOND = 1e9;

/** A frame that a device received or sent. */
export interface Seen {
  timeNs: number;
  direction: number;
  bytes: Uint8Array;
}

/** One machine with IPv6, whose namespaces stand for machines of their own. */
export class Lab6 {
  readonly sim: Simulator;
  readonly pool = new PacketPool();
  readonly host: Host;

  constructor(seed = 1) {
    this.sim = new Simulator(seed);
    this.host = new Host('host1', {
      sim: this.sim,
      pool: this.pool,
      programs: { find: () => null } as never,
      tracer: null,
      ciphers: null,
    });
    this.host.loadIpv6();
    this.host.initNamespace.ipv4.setUp(this.host.initNamespace.loopback);
  }

  namespace(name: string): NetNamespace {
    const netns = this.host.createNamespace(name);
    netns.ipv4.setUp(netns.loopback);
    return netns;
  }

  /** Two devices joined by a veth pair, down. */
  pair(
    first: { netns: NetNamespace; name: string; mac: string },
    second: { netns: NetNamespace; name: string; mac: string },
  ): [Veth, Veth] {
    const [one, two] = Veth.pair(
      this.host,
      { ...first, mac: parseMac(first.mac) },
      { ...second, mac: parseMac(second.mac) },
    );
    first.netns.addDevice(one);
    second.netns.addDevice(two);
    return [one, two];
  }

  bridge(name: string, mac: string): Bridge {
    const netns = this.host.initNamespace;
    const bridge = new Bridge(name, this.host, netns, parseMac(mac), true);
    netns.addDevice(bridge);
    return bridge;
  }

  wait(seconds: number): void {
    this.sim.run(this.sim.nowNs + seconds * SECOND);
  }

  /** Packets taken from the pool and not given back. */
  get held(): number {
    return this.pool.allocated - this.pool.freed;
  }
}

export function up(...devices: NetDevice[]): void {
  for (const dev of devices) dev.netns.ipv4.setUp(dev);
}

export function stackOf(dev: NetDevice): Ipv6Stack {
  return dev.netns.ipv6!;
}

/** Adds an address that needs no duplicate address detection. */
export function addAddress(dev: NetDevice, cidr: string): Ipv6Address {
  const { address, length } = parseCidr6(cidr);
  const NODAD = 0x02;
  const PERMANENT = 0x80;
  stackOf(dev).addAddress(dev, address, length, { flags: NODAD | PERMANENT });
  return address;
}

export function addRoute(dev: NetDevice, cidr: string, gateway: string | null): void {
  const { address, length } = parseCidr6(cidr);
  stackOf(dev).addRoute(address, length, { dev, gateway: gateway === null ? null : parseIpv6(gateway) });
}

/** Keeps copies of all frames that pass a device. */
export function record(dev: NetDevice): Seen[] {
  const seen: Seen[] = [];
  dev.addTap({
    capture: (timeNs, buf, offset, length, direction) =>
      void seen.push({ timeNs, direction, bytes: buf.slice(offset, offset + length) }),
  });
  return seen;
}

/** Puts a frame on the wire towards a device, as if its peer had sent it. */
export function inject(lab: Lab6, dev: NetDevice, frame: Uint8Array): void {
  lab.host.netifRx(dev, lab.pool.from(frame));
}

/** The link, a and b, each an eth0 of its own namespace, with global addresses and detection over. */
export function twoNodes(seed = 1): { lab: Lab6; a: Veth; b: Veth; A: Ipv6Address; B: Ipv6Address } {
  const lab = new Lab6(seed);
  const [a, b] = lab.pair(
    { netns: lab.namespace('a'), name: 'eth0', mac: '02:00:00:00:00:0a' },
    { netns: lab.namespace('b'), name: 'eth0', mac: '02:00:00:00:00:0b' },
  );
  up(a, b);
  const A = addAddress(a, 'fd00::a/64');
  const B = addAddress(b, 'fd00::b/64');
  lab.wait(5);
  return { lab, a, b, A, B };
}
