import { ETHERTYPE, writeEthernetHeader } from '../../protocols/ethernet.ts';
import { ICMPV6_TYPE, setIcmpv6Checksum, writeIcmpv6Echo } from '../../protocols/icmpv6.ts';
import { PROTO } from '../../protocols/ipv4.ts';
import { walkedOffset, walkedProtocol, walkIpv6Headers, writeIpv6Header } from '../../protocols/ipv6.ts';
import { Ipv6Address, parseIpv6 } from '../../protocols/ipv6-address.ts';
import {
  writeNeighbourAdvertisement,
  writeNeighbourSolicitation,
  writeNdMtu,
  writeNdPrefix,
  writeNdLinkAddress,
  writeRouterAdvertisement,
} from '../../protocols/neighbour-discovery.ts';
import { parseMac } from '../../protocols/mac-address.ts';

const ETHERNET = 14;
const HEADER = 40;

export interface FrameOptions {
  from: string;
  to: string;
  fromMac?: string;
  toMac?: string;
  hops?: number;
}

/** A frame with an IPv6 packet whose payload starts with a header of kind `nextHeader`. */
export function frame6(options: FrameOptions, nextHeader: number, payload: Uint8Array): Uint8Array {
  const out = new Uint8Array(ETHERNET + HEADER + payload.length);
  const destination = parseIpv6(options.to);
  const mac = options.toMac === undefined ? multicastMac(destination) : parseMac(options.toMac);
  writeEthernetHeader(out, 0, mac, parseMac(options.fromMac ?? '02:00:00:00:00:99'), ETHERTYPE.IPV6);
  const source = parseIpv6(options.from);
  const hops = options.hops ?? 255;
  writeIpv6Header(out, ETHERNET, 0, 0, payload.length, nextHeader, hops, source, destination);
  out.set(payload, ETHERNET + HEADER);
  return out;
}

/** The same with an ICMPv6 message, whose checksum is set. */
export function icmp6(options: FrameOptions, message: Uint8Array): Uint8Array {
  const out = frame6(options, PROTO.ICMPV6, message);
  setIcmpv6Checksum(out, ETHERNET + HEADER, message.length, ETHERNET + 8, ETHERNET + 24);
  return out;
}

function multicastMac(group: Ipv6Address): Uint8Array {
  const mac = new Uint8Array(6);
  group.writeMulticastMac(mac, 0);
  return mac;
}

export function echoRequest(length = 16, id = 7): Uint8Array {
  const message = new Uint8Array(8 + length).map((_, i) => i & 0xff);
  writeIcmpv6Echo(message, 0, ICMPV6_TYPE.ECHO_REQUEST, id, 1);
  return message;
}

export function solicitation(
  target: string,
  mac: string | null,
  nonce: Uint8Array | null = null,
): Uint8Array {
  const buf = new Uint8Array(64);
  const length = writeNeighbourSolicitation(
    buf,
    0,
    parseIpv6(target),
    mac === null ? null : parseMac(mac),
    nonce,
  );
  return buf.slice(0, length);
}

export function advertisement(target: string, flags: number, mac: string | null): Uint8Array {
  const buf = new Uint8Array(64);
  const option = parseMac(mac ?? '00:00:00:00:00:00');
  const length = writeNeighbourAdvertisement(buf, 0, parseIpv6(target), flags, option);
  return buf.slice(0, mac === null ? 24 : length);
}

export interface RouterSettings {
  lifetimeS?: number;
  hopLimit?: number;
  mtu?: number;
  mac?: string;
  prefix?: { address: string; length: number; flags: number; validS: number; preferredS: number };
}

export function routerAdvertisement(settings: RouterSettings): Uint8Array {
  const buf = new Uint8Array(128);
  let end = writeRouterAdvertisement(buf, 0, settings.hopLimit ?? 0, 0, settings.lifetimeS ?? 1800, 0, 0);
  if (settings.mac !== undefined) end = writeNdLinkAddress(buf, end, 1, parseMac(settings.mac));
  if (settings.mtu !== undefined) end = writeNdMtu(buf, end, settings.mtu);
  if (settings.prefix !== undefined) {
    const { address, length, flags, validS, preferredS } = settings.prefix;
    end = writeNdPrefix(buf, end, parseIpv6(address), length, flags, validS, preferredS);
  }
  return buf.slice(0, end);
}

/** What an ICMPv6 frame says, for comparisons. */
export interface Message {
  type: number;
  code: number;
  from: string;
  to: string;
  hops: number;
  /** The message from its ICMPv6 header on. */
  bytes: Uint8Array;
}

/** The ICMPv6 message in a frame, or null. */
export function messageOf(frame: Uint8Array): Message | null {
  if (frame[12] !== 0x86 || frame[13] !== 0xdd) return null;
  const walk = walkIpv6Headers(frame, ETHERNET, frame.length - ETHERNET);
  if (walk < 0 || walkedProtocol(walk) !== PROTO.ICMPV6) return null;
  const bytes = frame.subarray(ETHERNET + walkedOffset(walk));
  return {
    type: bytes[0]!,
    code: bytes[1]!,
    from: String(Ipv6Address.read(frame, 22)),
    to: String(Ipv6Address.read(frame, 38)),
    hops: frame[21]!,
    bytes,
  };
}
