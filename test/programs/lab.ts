import { Bridge } from '../../core/device/bridge/bridge.ts';
import { Veth } from '../../core/device/veth.ts';
import { Host } from '../../core/host/host.ts';
import type { Process, ProcessContext } from '../../core/host/process.ts';
import { EMPTY_INPUT, TextBuffer } from '../../core/host/streams.ts';
import { VirtualFileSystem } from '../../core/host/virtual-file-system.ts';
import type { NetDevice } from '../../core/device/net-device.ts';
import type { NetNamespace } from '../../core/namespace/net-namespace.ts';
import { PacketPool } from '../../core/packet/packet-pool.ts';
import { Simulator } from '../../core/sim/simulator.ts';
import { parseCidr, parseIpv4, prefixMask } from '../../protocols/ipv4-address.ts';
import { parseMac } from '../../protocols/mac-address.ts';
import { ProgramRegistry } from '../../core/host/program.ts';
import type { NamedProgram } from '../../programs/named-program.ts';
import { programs as arp } from '../../programs/arp/index.ts';
import { programs as arping } from '../../programs/arping/index.ts';
import { programs as brctl } from '../../programs/brctl/index.ts';
import { programs as bridge } from '../../programs/bridge/index.ts';
import { programs as conntrack } from '../../programs/conntrack/index.ts';
import { programs as dmesg } from '../../programs/dmesg/index.ts';
import { programs as dns } from '../../programs/dns/index.ts';
import { programs as echoTools } from '../../programs/echo-tools/index.ts';
import { programs as ethtool } from '../../programs/ethtool/index.ts';
import { programs as ip } from '../../programs/ip/index.ts';
import { programs as iptables } from '../../programs/iptables/index.ts';
import { programs as netTools } from '../../programs/net-tools/index.ts';
import { programs as netcat } from '../../programs/netcat/index.ts';
import { programs as nsenter } from '../../programs/nsenter/index.ts';
import { programs as ping } from '../../programs/ping/index.ts';
import { programs as shell } from '../../programs/shell/index.ts';
import { programs as sysctl } from '../../programs/sysctl/index.ts';
import { programs as text } from '../../programs/text/index.ts';
import { runShellLine } from '../../programs/shell/index.ts';
import { mountProc } from '../../core/proc/mount-proc.ts';

export interface CommandResult {
  stdout: string;
  stderr: string;
  exit: number | null;
}

/** Somewhere a command can be run: a machine or a container on it. */
export interface Place {
  context: ProcessContext;
  netns: NetNamespace;
}

/** A place with a bridge port, as a container has. */
export interface Container extends Place {
  name: string;
  eth0: Veth;
  hostEnd: Veth;
}

/** What a machine without Docker has. */
export function networkPrograms(): ProgramRegistry {
  const families: readonly (readonly NamedProgram[])[] = [
    [...arp, ...arping, ...brctl, ...bridge, ...dns, ...echoTools, ...ethtool, ...ip, ...netTools, ...netcat],
    [...conntrack, ...dmesg, ...iptables, ...nsenter, ...ping, ...shell, ...sysctl, ...text],
  ];
  const registry = new ProgramRegistry();
  for (const { names, program } of families.flat())
    for (const name of names) registry.register(name, program);
  return registry;
}

/** One machine to run commands on. Time passes only while a command runs, and in `wait`. */
export class Lab {
  readonly sim: Simulator;
  readonly host: Host;
  readonly machine: Place;

  constructor(seed = 1, programs: ProgramRegistry = networkPrograms()) {
    this.sim = new Simulator(seed);
    const env = {
      sim: this.sim,
      pool: new PacketPool(),
      programs,
      tracer: null,
      ciphers: null,
    };
    this.host = new Host('host1', env);
    const netns = this.host.initNamespace;
    netns.ipv4.setUp(netns.loopback);
    this.machine = this.place(netns, 'debian', this.host.fileSystem, 'host1');
  }

  /** Loads IPv6 and turns it off everywhere, as `sysctl net.ipv6.conf.all.disable_ipv6=1` does. */
  loadDisabledIpv6(): void {
    this.host.loadIpv6();
    this.host.initNamespace.ipv6!.setAllDisabled(1);
  }

  /** A place with its own files. */
  place(
    netns: NetNamespace,
    userland: ProcessContext['userland'],
    fileSystem = new VirtualFileSystem(),
    hostname = netns.name,
  ): Place {
    mountProc(fileSystem, this.host, netns);
    return { netns, context: { netns, fileSystem, uts: { hostname }, userland } };
  }

  /** A bridge, up, with an address (docker0 without Docker). */
  bridge(name: string, mac: string, cidr: string): Bridge {
    const netns = this.host.initNamespace;
    const bridge = new Bridge(name, this.host, netns, parseMac(mac), true);
    bridge.txQueueLen = 0;
    netns.addDevice(bridge);
    addAddress(bridge, cidr, true);
    netns.ipv4.setUp(bridge);
    return bridge;
  }

  /** A namespace with an eth0 on a bridge, its default route, and files of its own. */
  container(
    name: string,
    bridge: Bridge,
    cidr: string,
    gateway: string,
    mac: string,
    hostMac: string,
  ): Container {
    const netns = this.host.createNamespace('');
    netns.ipv6?.setAllDisabled(1);
    netns.ipv4.setUp(netns.loopback);
    const outer = this.host.initNamespace;
    const [hostEnd, eth0] = Veth.pair(
      this.host,
      { name: `veth${name}`, netns: outer, mac: parseMac(hostMac) },
      { name: 'eth0', netns, mac: parseMac(mac) },
    );
    hostEnd.txQueueLen = 0;
    eth0.txQueueLen = 0;
    const containerIndex = outer.takeIfindex();
    outer.addDevice(hostEnd);
    netns.addDevice(eth0, containerIndex);
    bridge.addPort(hostEnd);
    outer.ipv4.setUp(hostEnd);
    addAddress(eth0, cidr, true);
    netns.ipv4.setUp(eth0);
    addDefaultRoute(eth0, gateway);
    const fileSystem = new VirtualFileSystem();
    fileSystem.writeText('/etc/hosts', `127.0.0.1\tlocalhost\n${cidr.split('/')[0]}\t${name}\n`);
    fileSystem.writeText('/etc/resolv.conf', `nameserver ${gateway}\n`);
    return { ...this.place(netns, 'busybox', fileSystem, name), name, eth0, hostEnd };
  }

  /** Starts a shell line and leaves it running. */
  start(place: Place, line: string): { process: Process; stdout: TextBuffer; stderr: TextBuffer } {
    const stdout = new TextBuffer();
    const stderr = new TextBuffer();
    const process = runShellLine(this.host, place.context, line, { stdin: EMPTY_INPUT, stdout, stderr });
    return { process, stdout, stderr };
  }

  /** Runs a shell line to its end, for `limitS` simulated seconds at most. */
  run(place: Place, line: string, limitS = 3600): CommandResult {
    const { process, stdout, stderr } = this.start(place, line);
    const limitNs = this.sim.nowNs + limitS * 1e9;
    while (process.exitCode === null && this.sim.nextEventNs() <= limitNs)
      this.sim.run(this.sim.nextEventNs());
    return { stdout: stdout.text, stderr: stderr.text, exit: process.exitCode };
  }

  /** Lets simulated seconds pass. */
  wait(seconds: number): void {
    this.sim.run(this.sim.nowNs + seconds * 1e9);
  }
}

export function addAddress(dev: NetDevice, cidr: string, withBroadcast = false): void {
  const { address, length } = parseCidr(cidr);
  const broadcast = withBroadcast ? (address | ~prefixMask(length)) >>> 0 : 0;
  dev.netns.ipv4.addAddress(dev, address, length, { broadcast });
}

export function addDefaultRoute(dev: NetDevice, gateway: string): void {
  dev.netns.ipv4.fib.add({
    type: 1,
    destination: 0,
    prefixLength: 0,
    gateway: parseIpv4(gateway),
    dev,
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

/** The docker0 of the recordings with c1 and c2 on it. */
export function dockerZeroLab(): { lab: Lab; c1: Container; c2: Container } {
  const lab = new Lab();
  lab.loadDisabledIpv6();
  lab.host.initNamespace.ipv4.setForwarding(1);
  const docker0 = lab.bridge('docker0', '02:42:b6:5e:6d:42', '172.17.0.1/16');
  const c1 = lab.container(
    'c1',
    docker0,
    '172.17.0.2/16',
    '172.17.0.1',
    '02:42:ac:11:00:02',
    'ea:9e:15:64:73:6f',
  );
  const c2 = lab.container(
    'c2',
    docker0,
    '172.17.0.3/16',
    '172.17.0.1',
    '02:42:ac:11:00:03',
    '0e:74:87:00:1c:a2',
  );
  return { lab, c1, c2 };
}

/** Times are the recording machine's: masked on both sides of a comparison. */
export function maskTimes(text: string): string {
  return text
    .replace(/time=[\d.]+ ms/g, 'time=T ms')
    .replace(/, time \d+ms/g, ', time Tms')
    .replace(/((?:rtt|round-trip) min\/avg\/max(?:\/mdev)?) = [\d./]+ ms/g, '$1 = T ms')
    .replace(/ {2}\d+\.\d+ms$/gm, '  Tms');
}
