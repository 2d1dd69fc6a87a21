import { get16, get32 } from '../../protocols/bytes.ts';
import { ETHERTYPE } from '../../protocols/ethernet.ts';
import {
  IPV4,
  PROTO,
  ipv4Destination,
  ipv4HeaderLength,
  ipv4Source,
  isIpv4Fragment,
} from '../../protocols/ipv4.ts';
import type { Host } from '../host/host.ts';

const keys = new WeakMap<Host, number>();

/** The machine's secret for flow hashes (hashrnd in net/core/flow_dissector.c), drawn once. */
export function flowHashKey(host: Host): number {
  let key = keys.get(host);
  if (key === undefined) {
    key = host.sim.random.stream(`${host.name}:flow-hash`).uint32();
    keys.set(host, key);
  }
  return key;
}

/**
 * skb_get_hash over the frame at `offset`: addresses, protocol and ports of an IPv4 packet, the same for both
 * directions. A fragment, the first too, has no ports; nor has ICMP, whose identifier does not count. 0 for what is
 * not IP. The kernel's hash is keyed with a secret, so any keyed hash stands for it.
 * Not modelled: IPv6 flows (hashed as what is not IP), tunnelled headers.
 */
export function flowHash(key: number, buf: Uint8Array, offset: number, end: number): number {
  if (get16(buf, offset + 12) !== ETHERTYPE.IPV4 || end - offset < 34) return 0;
  const at = offset + 14;
  const source = ipv4Source(buf, at);
  const destination = ipv4Destination(buf, at);
  const protocol = buf[at + IPV4.PROTOCOL]!;
  let sourcePort = 0;
  let destinationPort = 0;
  if (
    (protocol === PROTO.UDP || protocol === PROTO.TCP || protocol === PROTO.SCTP) &&
    !isIpv4Fragment(buf, at)
  ) {
    const transport = at + ipv4HeaderLength(buf, at);
    if (transport + 4 <= end) {
      sourcePort = get16(buf, transport);
      destinationPort = get16(buf, transport + 2);
    }
  }
  // __flow_hash_consistentify: the smaller address, or port, first.
  const swap = destination < source || (destination === source && destinationPort < sourcePort);
  const hash = swap
    ? mix(key, destination, source, (destinationPort << 16) | sourcePort, protocol)
    : mix(key, source, destination, (sourcePort << 16) | destinationPort, protocol);
  return hash === 0 ? 1 : hash;
}

/** A hash of the frame's two MAC addresses (and EtherType), for what has no flow. */
export function macHash(key: number, buf: Uint8Array, offset: number): number {
  return mix(
    key,
    get32(buf, offset),
    get32(buf, offset + 4),
    get32(buf, offset + 8),
    get16(buf, offset + 12),
  );
}

/** udp_flow_src_port: a source port in [low, high) for a flow's hash. */
export function flowSourcePort(hash: number, low: number, high: number): number {
  const spread = (hash ^ (hash << 16)) >>> 0;
  return low + Math.floor((spread * (high - low)) / 0x1_0000_0000);
}

function mix(key: number, a: number, b: number, c: number, d: number): number {
  let hash = Math.imul(key ^ a, 0x85ebca6b);
  hash = Math.imul((hash ^ (hash >>> 15)) + b, 0xc2b2ae35);
  hash = Math.imul((hash ^ (hash >>> 13)) + c, 0x27d4eb2f);
  hash = Math.imul((hash ^ (hash >>> 16)) + d, 0x165667b1);
  hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}
