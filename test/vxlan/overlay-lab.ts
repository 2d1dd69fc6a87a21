import { Bridge } from '../../core/device/bridge/bridge.ts';
import { Cable } from '../../core/device/link/cable.ts';
import { NO_IMPAIRMENTS, type Impairments } from '../../core/device/link/impairments.ts';
import { Nic } from '../../core/device/link/nic.ts';
import { TAP_OUT, type NetDevice } from '../../core/device/net-device.ts';
import { Veth } from '../../core/device/veth.ts';
import { vxlanConfig, type VxlanConfig } from '../../core/device/vxlan/vxlan-config.ts';
import { VxlanRemote } from '../../core/device/vxlan/vxlan-fdb.ts';
import { Vxlan } from '../../core/device/vxlan/vxlan.ts';
import { Host } from '../../core/host/host.ts';
import { ProgramRegistry } from '../../core/host/program.ts';
import type { NetNamespace } from '../../core/namespace/net-namespace.ts';
import { PacketPool } from '../../core/packet/packet-pool.ts';
import { Simulator } from '../../core/sim/simulator.ts';
import { UdpSocket } from '../../core/socket/udp-socket.ts';
import { parseIpv4 } from '../../protocols/ipv4-address.ts';
import { parseMac } from '../../protocols/ethernet.ts';
import { nodeCiphers } from '../../scenarios/run/node-ciphers.ts';

export const ip = parseIpv4;
export const mac = parseMac;

/** One host of an overlay as Docker lays it out: eth0, and a namespace with br0, vxlan0 and a container's veth. */
export interface OverlayNode {
  host: Host;
  nic: Nic;
  overlay: NetNamespace;
  bridge: Bridge;
  vxlan: Vxlan;
  container: NetNamespace;
  containerDev: Veth;
  underlayAddress: number;
  containerAddress: number;
  containerMac: Uint8Array;
}

export interface OverlayOptions {
  mtu?: number;
  underlayMtu?: number;
  impairments?: Impairments;
  vxlan?: Partial<VxlanConfig>;
}

/** Two hosts on a cable, 192.168.99.109 and .110, with containers 10.0.1.2 and 10.0.1.3 on VNI 4097. */
export class OverlayLab {
  readonly sim: Simulator;
  readonly pool = new PacketPool();
  readonly nodes: [OverlayNode, OverlayNode];

  constructor(options: OverlayOptions = {}) {
    this.sim = new Simulator(7);
    this.nodes = [this.node('host1', 109, 2, options), this.node('host2', 110, 3, options)];
    const [first, second] = this.nodes;
    const impairments = options.impairments ?? NO_IMPAIRMENTS;
    new Cable(this.sim, 'cable', first.nic, second.nic, impairments, impairments);
    this.introduce(first, second);
    this.introduce(second, first);
  }

  /** Runs the simulation for so many seconds. */
  run(seconds: number): void {
    const untilNs = this.sim.nowNs + seconds * 1e9;
    this.sim.at(untilNs, () => {});
    this.sim.run(untilNs);
  }

  /** Frames allocated and neither freed nor queued at a socket. */
  get inFlight(): number {
    return this.pool.allocated - this.pool.freed;
  }

  private introduce(node: OverlayNode, peer: OverlayNode): void {
    node.overlay.ipv4.arp.neighbour(node.vxlan, peer.containerAddress).setPermanent(peer.containerMac);
    node.vxlan.changeFdb('add', peer.containerMac, new VxlanRemote(peer.underlayAddress, 0, -1, ''));
  }

  private node(name: string, last: number, member: number, options: OverlayOptions): OverlayNode {
    const env = {
      sim: this.sim,
      pool: this.pool,
      programs: new ProgramRegistry(),
      tracer: null,
      ciphers: nodeCiphers,
    };
    const host = new Host(name, env);
    const init = host.initNamespace;
    const mtu = options.mtu ?? 1450;
    const nic = new Nic('eth0', host, init, Uint8Array.of(2, 0, 0xc0, 0xa8, 0x63, last));
    nic.mtu = options.underlayMtu ?? 1500;
    init.addDevice(nic);
    const underlayAddress = ip(`192.168.99.${last}`);
    init.ipv4.addAddress(nic, underlayAddress, 24);
    init.ipv4.setUp(init.loopback);
    init.ipv4.setUp(nic);

    const overlay = host.createNamespace('overlay');
    const bridge = new Bridge('br0', host, overlay, Uint8Array.of(2, 1, 1, 1, 1, last), false);
    overlay.addDevice(bridge);
    overlay.ipv4.addAddress(bridge, ip('10.0.1.1'), 24);
    const config = vxlanConfig({
      vni: 4097,
      port: 4789,
      proxy: true,
      l2miss: true,
      l3miss: true,
      ...options.vxlan,
    });
    const vxlan = new Vxlan('vx-001001', host, init, Uint8Array.of(2, 2, 2, 2, 2, last), config);
    init.addDevice(vxlan);
    overlay.moveDeviceHere(vxlan, 'vxlan0');
    vxlan.mtu = mtu;
    bridge.addPort(vxlan);

    const container = host.createNamespace('container');
    const containerMac = Uint8Array.of(2, 0x42, 10, 0, 1, member);
    const [outer, inner] = Veth.pair(
      host,
      { name: 'veth0', netns: overlay, mac: Uint8Array.of(2, 3, 3, 3, 3, last) },
      { name: 'eth0', netns: container, mac: containerMac },
    );
    container.addDevice(inner);
    overlay.addDevice(outer);
    outer.mtu = mtu;
    inner.mtu = mtu;
    bridge.addPort(outer);
    const containerAddress = ip(`10.0.1.${member}`);
    container.ipv4.addAddress(inner, containerAddress, 24);
    for (const dev of [bridge, vxlan, outer]) overlay.ipv4.setUp(dev);
    container.ipv4.setUp(inner);
    return {
      host,
      nic,
      overlay,
      bridge,
      vxlan,
      container,
      containerDev: inner,
      underlayAddress,
      containerAddress,
      containerMac,
    };
  }
}

/** A UDP socket bound in a namespace. */
export function openUdp(netns: NetNamespace, port: number): UdpSocket {
  const socket = new UdpSocket(netns);
  socket.bind(0, port);
  return socket;
}

/** Frames that pass a device, as they passed, with the time. */
export interface SeenFrame {
  timeNs: number;
  bytes: Uint8Array;
  out: boolean;
}

/** Records what a device sends and receives. */
export function watch(dev: NetDevice): SeenFrame[] {
  const frames: SeenFrame[] = [];
  dev.addTap({
    capture(timeNs, buf, offset, length, direction): void {
      frames.push({ timeNs, bytes: buf.slice(offset, offset + length), out: direction === TAP_OUT });
    },
  });
  return frames;
}
