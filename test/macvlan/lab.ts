import { Nic } from '../../core/device/link/nic.ts';
import { NO_IMPAIRMENTS } from '../../core/device/link/impairments.ts';
import { Switch, type SwitchOptions } from '../../core/device/link/switch.ts';
import { TAP_OUT, type NetDevice } from '../../core/device/net-device.ts';
import { Host } from '../../core/host/host.ts';
import { EMPTY_INPUT, TextBuffer } from '../../core/host/streams.ts';
import { namespaceByName } from '../../core/host/namespace-file.ts';
import type { NetNamespace } from '../../core/namespace/net-namespace.ts';
import { PacketPool } from '../../core/packet/packet-pool.ts';
import { mountProc } from '../../core/proc/mount-proc.ts';
import { Simulator } from '../../core/sim/simulator.ts';
import { ProgramRegistry } from '../../core/host/program.ts';
import { programs as ip } from '../../programs/ip/index.ts';
import { programs as ping } from '../../programs/ping/index.ts';
import { programs as sysctl } from '../../programs/sysctl/index.ts';
import { programs as text } from '../../programs/text/index.ts';
import { runShellLine } from '../../programs/shell/run-shell-line.ts';
import { parseMac } from '../../protocols/mac-address.ts';

export interface Output {
  stdout: string;
  stderr: string;
  exit: number | null;
}

/** A frame as a device showed it. */
export interface Frame {
  bytes: Uint8Array;
  out: boolean;
}

/**
 * host1 (192.168.99.109 on eth0, a second card eth1 without an address) and outside (192.168.99.1 on the link,
 * 192.168.50.1 on VLAN 50), joined by a switch.
 */
export class LinkLab {
  readonly sim = new Simulator(5);
  readonly pool = new PacketPool();
  readonly host1: Host;
  readonly outside: Host;
  readonly eth0: Nic;
  readonly outsideEth0: Nic;

  constructor(options: Partial<SwitchOptions> = {}) {
    this.host1 = this.machine('host1');
    this.outside = this.machine('outside');
    this.eth0 = this.card(this.host1, 'eth0', '02:00:c0:a8:63:6d');
    const eth1 = this.card(this.host1, 'eth1', '02:00:00:00:00:11');
    this.outsideEth0 = this.card(this.outside, 'eth0', '02:00:c0:a8:63:01');
    const joined = new Switch(this.sim, 'lan', { refusesForeignMacs: false, reflective: false, ...options });
    for (const nic of [this.eth0, eth1, this.outsideEth0]) joined.attach(nic, NO_IMPAIRMENTS, null);
    this.ok('ip addr add 192.168.99.109/24 dev eth0; ip link set eth0 up; ip link set eth1 up');
    // eth1 must not answer for the address of eth0.
    this.ok('sysctl -q -w net.ipv4.conf.eth1.arp_ignore=1');
    this.ok('ip addr add 192.168.99.1/24 dev eth0; ip link set eth0 up', this.outside);
    this.ok(
      'ip link add link eth0 name eth0.50 type vlan id 50; ip addr add 192.168.50.1/24 dev eth0.50; ip link set eth0.50 up',
      this.outside,
    );
  }

  /** Runs a shell line to its end. */
  run(line: string, host = this.host1): Output {
    const stdout = new TextBuffer();
    const stderr = new TextBuffer();
    const context = {
      netns: host.initNamespace,
      fileSystem: host.fileSystem,
      uts: host,
      userland: 'debian' as const,
    };
    const process = runShellLine(host, context, line, { stdin: EMPTY_INPUT, stdout, stderr });
    const endNs = this.sim.nowNs + 60e9;
    while (process.exitCode === null && this.sim.nowNs < endNs) {
      const next = this.sim.nextEventNs();
      if (next === Infinity) break;
      this.sim.run(next);
    }
    return { stdout: stdout.text, stderr: stderr.text, exit: process.exitCode };
  }

  /** The same; throws when the line fails or says anything on standard error. */
  ok(line: string, host = this.host1): string {
    const { stdout, stderr, exit } = this.run(line, host);
    if (exit !== 0 || stderr !== '') throw new Error(`${line}: exit ${exit}: ${stderr}`);
    return stdout;
  }

  /** A namespace whose eth0 is a device of the kind made on `lower`, up, with an address. */
  container(name: string, lower: string, kind: string, cidr: string, mac = ''): NetNamespace {
    const address = mac === '' ? '' : `address ${mac}`;
    this.ok(`ip netns add ${name}; ip link add tmp link ${lower} ${address} type ${kind}`);
    this.ok(`ip link set tmp netns ${name}; ip -n ${name} link set tmp name eth0`);
    this.ok(
      `ip -n ${name} addr add ${cidr} dev eth0; ip -n ${name} link set lo up; ip -n ${name} link set eth0 up`,
    );
    return namespaceByName(this.host1, this.host1.fileSystem, name)!;
  }

  /** Whether one ping from a namespace ('' for the host itself) is answered. */
  reaches(from: string, address: string, host = this.host1): boolean {
    const where = from === '' ? '' : `ip netns exec ${from} `;
    return this.run(`${where}ping -c 1 -W 2 ${address}`, host).exit === 0;
  }

  /** Lets simulated seconds pass. */
  wait(seconds: number): void {
    this.sim.run(this.sim.nowNs + seconds * 1e9);
  }

  /** Packets neither freed nor waiting; a lab at rest has none. */
  get inFlight(): number {
    return this.pool.allocated - this.pool.freed;
  }

  private machine(name: string): Host {
    const programs = new ProgramRegistry();
    for (const { names, program } of [...ip, ...ping, ...sysctl, ...text]) {
      for (const known of names) programs.register(known, program);
    }
    const host = new Host(name, { sim: this.sim, pool: this.pool, programs, tracer: null, ciphers: null });
    host.initNamespace.ipv4.setUp(host.initNamespace.loopback);
    mountProc(host.fileSystem, host, host.initNamespace);
    return host;
  }

  private card(host: Host, name: string, mac: string): Nic {
    const nic = new Nic(name, host, host.initNamespace, parseMac(mac));
    host.initNamespace.addDevice(nic);
    return nic;
  }
}

/** Records what a device sends and receives. */
export function watch(dev: NetDevice): Frame[] {
  const frames: Frame[] = [];
  dev.addTap({
    capture(_timeNs, buf, offset, length, direction): void {
      frames.push({ bytes: buf.slice(offset, offset + length), out: direction === TAP_OUT });
    },
  });
  return frames;
}
