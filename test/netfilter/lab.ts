import { Host } from '../../core/host/host.ts';
import type { NetNamespace } from '../../core/namespace/net-namespace.ts';
import { AF_INET, AF_INET6 } from '../../core/netfilter/conntrack/tuple.ts';
import { iptables } from '../../core/netfilter/text/iptables-command.ts';
import { splitWords } from '../../core/netfilter/text/iptables-restore.ts';
import { PacketPool } from '../../core/packet/packet-pool.ts';
import type { Packet } from '../../core/packet/packet.ts';
import { ProgramRegistry } from '../../core/host/program.ts';
import { Simulator } from '../../core/sim/simulator.ts';
import { put16 } from '../../protocols/bytes.ts';
import { ETHERTYPE } from '../../protocols/ethernet.ts';
import { parseIpv4 } from '../../protocols/ipv4-address.ts';
import { PROTO, writeIpv4Header } from '../../protocols/ipv4.ts';

/** A machine with an empty namespace to put rules into. */
export function newNamespace(seed = 1): NetNamespace {
  const sim = new Simulator(seed);
  const env = { sim, pool: new PacketPool(), programs: new ProgramRegistry(), tracer: null, ciphers: null };
  const netns = new Host('host1', env).initNamespace;
  netns.ipv4.setUp(netns.loopback);
  return netns;
}

/** Runs an iptables command line that must succeed; returns what it prints. */
export function run(netns: NetNamespace, line: string, family = AF_INET): string {
  const output = iptables(netns, family, splitWords(line));
  if (output.code !== 0) throw new Error(`iptables ${line}: ${output.stderr}`);
  return output.stdout;
}

export function run6(netns: NetNamespace, line: string): string {
  return run(netns, line, AF_INET6);
}

/** What an IPv4 packet of a test has. */
export interface PacketParts {
  source?: string;
  destination?: string;
  protocol?: number;
  sourcePort?: number;
  destinationPort?: number;
  tcpFlags?: number;
  payload?: number[];
}

/** A packet as hooks see it: head at the IPv4 header. The transport checksum is not filled in. */
export function packetOf(netns: NetNamespace, parts: PacketParts): Packet {
  const protocol = parts.protocol ?? PROTO.UDP;
  const header = protocol === PROTO.TCP ? 20 : 8;
  const payload = parts.payload ?? [];
  const length = 20 + header + payload.length;
  const packet = netns.host.pool.alloc(length);
  const at = packet.head;
  packet.buf.fill(0, at, at + length);
  packet.networkOffset = at;
  packet.transportOffset = at + 20;
  packet.protocol = ETHERTYPE.IPV4;
  const source = parseIpv4(parts.source ?? '10.0.0.1');
  const destination = parseIpv4(parts.destination ?? '10.0.0.2');
  writeIpv4Header(packet.buf, at, 0, length, 1, 0, 64, protocol, source, destination);
  put16(packet.buf, at + 20, parts.sourcePort ?? 1000);
  put16(packet.buf, at + 22, parts.destinationPort ?? 2000);
  if (protocol === PROTO.TCP) {
    packet.buf[at + 32] = 0x50;
    packet.buf[at + 33] = parts.tcpFlags ?? 2;
  } else {
    put16(packet.buf, at + 24, header + payload.length);
  }
  packet.buf.set(payload, at + 20 + header);
  return packet;
}
