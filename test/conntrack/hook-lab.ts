import { Host } from '../../core/host/host.ts';
import { ProgramRegistry } from '../../core/host/program.ts';
import type { NetDevice } from '../../core/device/net-device.ts';
import type { NetNamespace } from '../../core/namespace/net-namespace.ts';
import { enableConntrack } from '../../core/netfilter/conntrack/enable-conntrack.ts';
import type { ConntrackTable } from '../../core/netfilter/conntrack/conntrack-table.ts';
import { conntrackLine } from '../../core/netfilter/conntrack/text.ts';
import {
  NF_ACCEPT,
  NF_INET_LOCAL_IN,
  NF_INET_LOCAL_OUT,
  NF_INET_POST_ROUTING,
  NF_INET_PRE_ROUTING,
} from '../../core/netfilter/hook.ts';
import { enableNat } from '../../core/netfilter/nat/enable-nat.ts';
import type { NatHooks, NatRuleSource } from '../../core/netfilter/nat/nat-hooks.ts';
import { NatRange, NF_NAT_MANIP_DST, NF_NAT_MANIP_SRC } from '../../core/netfilter/nat/nat-range.ts';
import { AF_INET, AF_INET6 } from '../../core/netfilter/conntrack/tuple.ts';
import { PacketPool } from '../../core/packet/packet-pool.ts';
import type { Packet } from '../../core/packet/packet.ts';
import { Simulator } from '../../core/sim/simulator.ts';
import { get16, put16, put32 } from '../../protocols/bytes.ts';
import { checksumAdd, checksumFold, pseudoHeaderSum } from '../../protocols/checksum.ts';
import { setIcmpChecksum, writeIcmpError } from '../../protocols/icmp.ts';
import { IPV4, PROTO, ipv4Destination, ipv4Source, writeIpv4Header } from '../../protocols/ipv4.ts';
import { formatIpv4, parseIpv4 } from '../../protocols/ipv4-address.ts';
import { putPorts, putTcpChecksum } from '../../protocols/tcp/tcp-header.ts';

/** A namespace whose hooks are run by hand: no device, no route takes part. */
export class HookLab {
  readonly sim: Simulator;
  readonly host: Host;
  readonly netns: NetNamespace;
  readonly table: ConntrackTable;

  constructor(seed = 1) {
    this.sim = new Simulator(seed);
    const env = {
      sim: this.sim,
      pool: new PacketPool(),
      programs: new ProgramRegistry(),
      tracer: null,
      ciphers: null,
    };
    this.host = new Host('host', env);
    this.netns = this.host.initNamespace;
    this.table = enableConntrack(this.netns);
    enableConntrack(this.netns, AF_INET6);
  }

  /** A packet that is forwarded: PREROUTING and POSTROUTING. Returns whether it got through. */
  forward(packet: Packet, outDev: NetDevice | null = null): boolean {
    return this.run(packet, NF_INET_PRE_ROUTING) && this.run(packet, NF_INET_POST_ROUTING, outDev);
  }

  /** A packet of this machine, sent. */
  send(packet: Packet): boolean {
    return this.run(packet, NF_INET_LOCAL_OUT) && this.run(packet, NF_INET_POST_ROUTING);
  }

  /** A packet for this machine. */
  receive(packet: Packet): boolean {
    return this.run(packet, NF_INET_PRE_ROUTING) && this.run(packet, NF_INET_LOCAL_IN);
  }

  run(packet: Packet, hook: number, outDev: NetDevice | null = null): boolean {
    return this.netns.hooks4.run(hook, packet, null, outDev) === NF_ACCEPT;
  }

  /** Lets simulated seconds pass. */
  wait(seconds: number): void {
    const untilNs = this.sim.nowNs + Math.round(seconds * 1e9);
    // With nothing to do the clock would stand still.
    this.sim.at(untilNs, () => undefined);
    this.sim.run(untilNs);
  }

  /** The table as `conntrack -L` prints it, sorted. */
  lines(): string[] {
    const lines: string[] = [];
    this.table.forEach((entry) => lines.push(conntrackLine(this.table, entry)));
    return lines.sort();
  }

  udp(from: string, to: string, payload = 'data'): Packet {
    const packet = this.packet(PROTO.UDP, from, to, 8 + payload.length);
    const at = packet.transportOffset;
    putPorts(packet.buf, at, portOf(from), portOf(to));
    put16(packet.buf, at + 4, 8 + payload.length);
    new TextEncoder().encodeInto(payload, packet.buf.subarray(at + 8));
    const sum = pseudoSum(packet);
    const check = ~checksumFold(checksumAdd(sum, packet.buf, at, packet.tail - at)) & 0xffff;
    put16(packet.buf, at + 6, check === 0 ? 0xffff : check);
    return packet;
  }

  echo(type: number, from: string, to: string, id: number): Packet {
    const packet = this.packet(PROTO.ICMP, from, to, 16);
    const at = packet.transportOffset;
    packet.buf[at] = type;
    put16(packet.buf, at + 4, id);
    setIcmpChecksum(packet.buf, at, 16);
    return packet;
  }

  tcp(from: string, to: string, segment: Segment): Packet {
    const options = segment.options ?? [];
    const length = 20 + options.length + (segment.length ?? 0);
    const packet = this.packet(PROTO.TCP, from, to, length);
    const { buf, transportOffset: at } = packet;
    putPorts(buf, at, portOf(from), portOf(to));
    put32(buf, at + 4, segment.seq >>> 0);
    put32(buf, at + 8, (segment.ack ?? 0) >>> 0);
    buf[at + 12] = ((20 + options.length) >> 2) << 4;
    buf[at + 13] = segment.flags;
    put16(buf, at + 14, segment.window ?? 1000);
    buf.set(options, at + 20);
    putTcpChecksum(buf, at, length, pseudoSum(packet));
    return packet;
  }

  /** An ICMP error from `from` about `quoted` as it is now, cut to its header and 8 bytes. */
  icmpError(type: number, code: number, from: string, to: string, quoted: Packet): Packet {
    const packet = this.packet(PROTO.ICMP, from, to, 8 + 28);
    const at = packet.transportOffset;
    const ip = quoted.networkOffset;
    packet.buf.set(quoted.buf.subarray(ip, ip + 28), at + 8);
    writeIcmpError(packet.buf, at, 36, type, code, 0);
    return packet;
  }

  private packet(protocol: number, from: string, to: string, length: number): Packet {
    const packet = this.host.pool.alloc(length);
    const head = packet.head - 20;
    packet.transportOffset = packet.head;
    packet.head = head;
    packet.networkOffset = head;
    packet.buf.fill(0, packet.transportOffset, packet.tail);
    writeIpv4Header(packet.buf, head, 0, 20 + length, 1, 0, 64, protocol, addressOf(from), addressOf(to));
    return packet;
  }
}

export interface Segment {
  flags: number;
  seq: number;
  ack?: number;
  window?: number;
  length?: number;
  options?: number[];
}

/** Translates every new connection the same way, as one rule would. */
export class OneRule implements NatRuleSource {
  range: NatRange;
  private readonly netns: NetNamespace;
  private readonly hook: number;
  evaluated = 0;

  constructor(netns: NetNamespace, hook: number, range: NatRange) {
    this.netns = netns;
    this.hook = hook;
    this.range = range;
  }

  evaluate(packet: Packet, hook: number): number {
    if (hook !== this.hook) return NF_ACCEPT;
    this.evaluated++;
    const source = hook === NF_INET_POST_ROUTING || hook === NF_INET_LOCAL_IN;
    const manip = source ? NF_NAT_MANIP_SRC : NF_NAT_MANIP_DST;
    return this.netns.netfilter!.nat!.setupInfo(packet.nfct!, this.range, manip);
  }
}

/** SNAT in POSTROUTING to an address, perhaps with ports. */
export function snat(lab: HookLab, address: string, ports?: [number, number]): OneRule {
  return addRule(lab, NF_INET_POST_ROUTING, address, ports);
}

/** DNAT in PREROUTING. */
export function dnat(lab: HookLab, address: string, ports?: [number, number]): OneRule {
  return addRule(lab, NF_INET_PRE_ROUTING, address, ports);
}

function addRule(lab: HookLab, hook: number, address: string, ports?: [number, number]): OneRule {
  const hooks: NatHooks = enableNat(lab.netns, AF_INET);
  const range = new NatRange().setIpv4(parseIpv4(address));
  if (ports !== undefined) range.setPorts(ports[0], ports[1]);
  const rule = new OneRule(lab.netns, hook, range);
  hooks.sources.push(rule);
  return rule;
}

/** `address:port > address:port` of a UDP or TCP packet. */
export function flowOf(packet: Packet): string {
  const { buf, networkOffset: ip } = packet;
  const at = packet.networkOffset + 20;
  const from = `${formatIpv4(ipv4Source(buf, ip))}:${get16(buf, at)}`;
  return `${from} > ${formatIpv4(ipv4Destination(buf, ip))}:${get16(buf, at + 2)}`;
}

/** Whether the IPv4 header's and the transport's checksums are right. */
export function areChecksumsValid(packet: Packet): boolean {
  const { buf, networkOffset: ip, tail } = packet;
  const at = ip + 20;
  if (checksumFold(checksumAdd(0, buf, ip, 20)) !== 0xffff) return false;
  const sum = buf[ip + IPV4.PROTOCOL] === PROTO.ICMP ? 0 : pseudoSum(packet);
  return checksumFold(checksumAdd(sum, buf, at, tail - at)) === 0xffff;
}

function pseudoSum(packet: Packet): number {
  const { buf, networkOffset: ip } = packet;
  const length = packet.tail - ip - 20;
  return pseudoHeaderSum(ipv4Source(buf, ip), ipv4Destination(buf, ip), buf[ip + IPV4.PROTOCOL]!, length);
}

function addressOf(endpoint: string): number {
  return parseIpv4(endpoint.split(':')[0]!);
}

function portOf(endpoint: string): number {
  return Number(endpoint.split(':')[1]);
}
