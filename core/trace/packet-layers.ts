import { get16, get32 } from '../../protocols/bytes.ts';
import { ESP_HEADER_LENGTH, ESP_TRAILER_LENGTH } from '../../protocols/esp.ts';
import { ETHERNET_HEADER_LENGTH, ETHERTYPE } from '../../protocols/ethernet.ts';
import { PROTO, IPV4, ipv4HeaderLength, isIpv4Fragment } from '../../protocols/ipv4.ts';
import { IPV6_HEADER_LENGTH, walkIpv6Headers, walkedOffset, walkedProtocol } from '../../protocols/ipv6.ts';
import { UDP_HEADER_LENGTH } from '../../protocols/udp.ts';
import { VXLAN_FLAG_VNI, VXLAN_HEADER_LENGTH } from '../../protocols/vxlan.ts';

/** A part of a packet, outermost first: a header, a payload, or what stands behind it. */
export interface PacketLayer {
  readonly name: string;
  readonly bytes: number;
}

/** Lengths that an ESP packet's algorithm gives it. */
export interface EspLengths {
  readonly ivLength: number;
  readonly icvLength: number;
  /** Text and trailer are filled up to a multiple of this. */
  readonly blockSize: number;
}

/**
 * The layers of the IP packet in `buf` from `offset` to `end`, which add up to its length. `esp` is what is known of
 * the first ESP header, whose text must be in clear; without it ESP hides what is in it.
 */
export function packetLayers(
  buf: Uint8Array,
  offset: number,
  end: number,
  esp: EspLengths | null,
): PacketLayer[] {
  const layers: PacketLayer[] = [];
  const version = buf[offset]! >>> 4;
  if (version === 4 && end - offset >= 20) {
    const header = Math.min(ipv4HeaderLength(buf, offset), end - offset);
    layers.push({ name: 'IPv4', bytes: header });
    if (isIpv4Fragment(buf, offset)) pushPayload(layers, 'part of a datagram', end - offset - header);
    else pushTransport(layers, buf, buf[offset + IPV4.PROTOCOL]!, offset + header, end, esp);
    return layers;
  }
  if (version === 6 && end - offset >= IPV6_HEADER_LENGTH) {
    const walk = walkIpv6Headers(buf, offset, end - offset);
    const header = walk < 0 ? IPV6_HEADER_LENGTH : walkedOffset(walk);
    layers.push({ name: 'IPv6', bytes: header });
    pushTransport(layers, buf, walk < 0 ? -1 : walkedProtocol(walk), offset + header, end, null);
    return layers;
  }
  pushPayload(layers, 'payload', end - offset);
  return layers;
}

function pushTransport(
  layers: PacketLayer[],
  buf: Uint8Array,
  protocol: number,
  at: number,
  end: number,
  esp: EspLengths | null,
): void {
  const length = end - at;
  if (protocol === PROTO.UDP && length >= UDP_HEADER_LENGTH) {
    layers.push({ name: 'UDP', bytes: UDP_HEADER_LENGTH });
    if (isVxlan(buf, at + UDP_HEADER_LENGTH, end)) pushVxlan(layers, buf, at + UDP_HEADER_LENGTH, end);
    else pushPayload(layers, 'payload', length - UDP_HEADER_LENGTH);
    return;
  }
  if (protocol === PROTO.TCP && length >= 20) {
    const header = Math.min((buf[at + 12]! >>> 4) * 4, length);
    layers.push({ name: 'TCP', bytes: header });
    pushPayload(layers, 'payload', length - header);
    return;
  }
  if ((protocol === PROTO.ICMP || protocol === PROTO.ICMPV6) && length >= 8) {
    layers.push({ name: protocol === PROTO.ICMP ? 'ICMP' : 'ICMPv6', bytes: 8 });
    pushPayload(layers, 'payload', length - 8);
    return;
  }
  if (protocol === PROTO.ESP && esp !== null) {
    pushEsp(layers, buf, at, end, esp);
    return;
  }
  pushPayload(layers, protocol === PROTO.ESP ? 'ESP' : 'payload', length);
}

/** What has the form of VXLAN is taken for it: its port may be any. */
function isVxlan(buf: Uint8Array, at: number, end: number): boolean {
  if (end - at < VXLAN_HEADER_LENGTH + ETHERNET_HEADER_LENGTH) return false;
  return get32(buf, at) === VXLAN_FLAG_VNI * 0x1000000 && buf[at + 7] === 0;
}

function pushVxlan(layers: PacketLayer[], buf: Uint8Array, at: number, end: number): void {
  layers.push({ name: 'VXLAN', bytes: VXLAN_HEADER_LENGTH });
  const frame = at + VXLAN_HEADER_LENGTH;
  layers.push({ name: 'Ethernet', bytes: ETHERNET_HEADER_LENGTH });
  const type = get16(buf, frame + 12);
  const inner = frame + ETHERNET_HEADER_LENGTH;
  if (type === ETHERTYPE.IPV4 || type === ETHERTYPE.IPV6) layers.push(...packetLayers(buf, inner, end, null));
  else pushPayload(layers, 'payload', end - inner);
}

function pushEsp(layers: PacketLayer[], buf: Uint8Array, at: number, end: number, esp: EspLengths): void {
  const text = at + ESP_HEADER_LENGTH + esp.ivLength;
  const trailer = end - esp.icvLength - ESP_TRAILER_LENGTH;
  const padding = buf[trailer]!;
  layers.push({ name: 'ESP header', bytes: ESP_HEADER_LENGTH }, { name: 'ESP IV', bytes: esp.ivLength });
  const nextHeader = buf[trailer + 1]!;
  if (nextHeader === PROTO.IPIP) layers.push(...packetLayers(buf, text, trailer - padding, null));
  else pushTransport(layers, buf, nextHeader, text, trailer - padding, null);
  layers.push(
    { name: 'ESP padding', bytes: padding },
    { name: 'ESP trailer', bytes: ESP_TRAILER_LENGTH },
    { name: 'ESP ICV', bytes: esp.icvLength },
  );
}

function pushPayload(layers: PacketLayer[], name: string, bytes: number): void {
  if (bytes > 0) layers.push({ name, bytes });
}
