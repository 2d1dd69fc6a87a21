import { IpvsHeader } from '../core/ipvs/ipvs-header.ts';
import { ipvsOf } from '../core/ipvs/ipvs-of.ts';
import { FORWARD_MASQ } from '../core/ipvs/ipvs-destination.ts';
import type { IpvsState } from '../core/ipvs/ipvs-state.ts';
import { scheduleConnection } from '../core/ipvs/schedule.ts';
import type { NetDevice } from '../core/device/net-device.ts';
import type { NetNamespace } from '../core/namespace/net-namespace.ts';
import { NF_INET_LOCAL_IN, NF_STOLEN } from '../core/netfilter/hook.ts';
import { PACKET_HOST } from '../core/packet/packet.ts';
import { put16 } from '../protocols/bytes.ts';
import { PROTO, writeIpv4Header } from '../protocols/ipv4.ts';
import { Lab, medianSeconds, report } from './lab.ts';

const CLIENT = 0x0a010064;
const VIRTUAL = 0x0a020000;
const REAL = 0x0a010002;
const LOOKUPS = 1_000_000;
const PACKETS = 200_000;
const FLOWS = 10_000;
const UDP_BYTES = 28;

/** `count` virtual services at one address each, with one real server that is the same for all. */
function addServices(ipvs: IpvsState, count: number): void {
  const options = {
    scheduler: 'rr',
    schedulerFlags: 0,
    persistent: false,
    persistentTimeoutS: 0,
    netmask: 0xffffffff,
    onePacket: false,
  };
  for (let n = 0; n < count; n++) {
    const key = { fwmark: 0, protocol: PROTO.UDP, address: VIRTUAL + n, port: 5000 };
    const destination = { address: REAL, port: 5000, forwarding: FORWARD_MASQ, weight: 1 };
    const service = ipvs.services.add(key, options);
    ipvs.services.addDestination(service, { ...destination, upperThreshold: 0, lowerThreshold: 0 });
  }
}

/** The n-th flow: its header as IPVS reads it. */
function fill(header: IpvsHeader, n: number, services: number): void {
  header.protocol = PROTO.UDP;
  header.source = CLIENT + Math.floor(n / 50_000);
  header.sourcePort = 1024 + (n % 50_000);
  header.destination = VIRTUAL + (n % services);
  header.destinationPort = 5000;
}

function connectAll(ipvs: IpvsState, flows: number, services: number): void {
  const header = new IpvsHeader();
  for (let n = 0; n < flows; n++) {
    fill(header, n, services);
    const { protocol, destination, destinationPort } = header;
    const service = ipvs.services.forPacket(0, protocol, destination, destinationPort)!;
    scheduleConnection(ipvs, service, header);
  }
}

function measureLookups(services: number): void {
  const ipvs = ipvsOf(new Lab().host('host1').initNamespace);
  addServices(ipvs, services);
  connectAll(ipvs, FLOWS, services);
  const header = new IpvsHeader();
  let found = 0;
  const seconds = medianSeconds(5, () => {
    for (let i = 0; i < LOOKUPS; i++) {
      fill(header, (i * 7919) % FLOWS, services);
      const { protocol, source, sourcePort, destination, destinationPort } = header;
      const { connections } = ipvs;
      if (connections.findRequest(protocol, source, sourcePort, destination, destinationPort)) found++;
    }
  });
  if (found !== 5 * LOOKUPS) throw new Error(`found ${found} of ${5 * LOOKUPS}`);
  report(`ipvs: connection look-up, ${services} services`, LOOKUPS / seconds, 'look-ups/s');
  const serviceSeconds = medianSeconds(5, () => {
    for (let i = 0; i < LOOKUPS; i++) {
      if (ipvs.services.forPacket(0, PROTO.UDP, VIRTUAL + (i % services), 5000) === null)
        throw new Error('lost');
    }
  });
  report(`ipvs: service look-up among ${services}`, LOOKUPS / serviceSeconds, 'look-ups/s');
}

/** Packets through the LOCAL_IN hook, rewritten and sent out of a bridge where nobody takes them. */
function measurePackets(services: number): void {
  const lab = new Lab();
  const host = lab.host('host1');
  const bridge = lab.bridge(host, 'br0', 0x0a010001, 24);
  const netns = host.initNamespace;
  netns.ipv4.arp.neighbour(bridge, REAL).setPermanent(Uint8Array.of(2, 0, 0, 0, 0, 9));
  const ipvs = ipvsOf(netns);
  addServices(ipvs, services);
  connectAll(ipvs, FLOWS, services);
  const seconds = medianSeconds(5, () => {
    for (let i = 0; i < PACKETS; i++) sendOne(netns, bridge, (i * 7919) % FLOWS, services);
  });
  report(`ipvs: packets by NAT, ${services} services`, PACKETS / seconds, 'packets/s');
}

function sendOne(netns: NetNamespace, dev: NetDevice, n: number, services: number): void {
  const packet = netns.host.pool.alloc(UDP_BYTES);
  const { buf, head } = packet;
  const source = CLIENT + Math.floor(n / 50_000);
  writeIpv4Header(buf, head, 0, UDP_BYTES, 1, 0, 64, PROTO.UDP, source, VIRTUAL + (n % services));
  put16(buf, head + 20, 1024 + (n % 50_000));
  put16(buf, head + 22, 5000);
  put16(buf, head + 24, 8);
  put16(buf, head + 26, 0);
  packet.networkOffset = head;
  packet.pktType = PACKET_HOST;
  packet.dev = dev;
  packet.route = netns.ipv4.fib.lookup(0x0a010001);
  const verdict = netns.hooks4.run(NF_INET_LOCAL_IN, packet, dev, null);
  if (verdict !== NF_STOLEN) throw new Error(`verdict ${verdict}`);
}

function measureMemory(count: number): void {
  const ipvs = ipvsOf(new Lab().host('host1').initNamespace);
  addServices(ipvs, 1);
  const collect = globalThis.gc ?? ((): void => undefined);
  collect();
  const before = process.memoryUsage().heapUsed;
  connectAll(ipvs, count, 1);
  collect();
  const bytes = (process.memoryUsage().heapUsed - before) / ipvs.connections.count;
  report('ipvs: a connection, buckets included', bytes, 'bytes');
}

export function run(): void {
  for (const services of [1, 100, 10_000]) measureLookups(services);
  for (const services of [1, 100, 10_000]) measurePackets(services);
  if (globalThis.gc === undefined) console.log('(bytes a connection are exact only with node --expose-gc)');
  measureMemory(500_000);
}
