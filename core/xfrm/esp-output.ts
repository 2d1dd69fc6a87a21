import { get16, moveBytes, put32 } from '../../protocols/bytes.ts';
import { ecnEncapsulate, ECN } from '../../protocols/ecn.ts';
import { ESP_HEADER_LENGTH, ESP_TRAILER_LENGTH } from '../../protocols/esp.ts';
import {
  IPV4,
  IPV4_FLAG,
  IPV4_HEADER_LENGTH,
  PROTO,
  ipv4Destination,
  ipv4HeaderLength,
  writeIpv4Header,
} from '../../protocols/ipv4.ts';
import { Stage } from '../host/cost-meter.ts';
import { updateIpv4Length } from '../namespace/ipv4-output.ts';
import type { NetNamespace } from '../namespace/net-namespace.ts';
import { SEAL_NONE, SEAL_PENDING, type Packet } from '../packet/packet.ts';
import type { SecurityAssociation } from './security-association.ts';

/** Room pushed in front of a packet: outer IPv4, ESP header and IV, and an Ethernet header after them. */
const PUSH_ROOM = IPV4_HEADER_LENGTH + ESP_HEADER_LENGTH + 16 + 14;

/**
 * Wraps a packet, whose IPv4 header is at `networkOffset`, as xfrm_outer_mode_output and esp_output do. The
 * ciphertext is put off until somebody looks: see Packet.sealState.
 */
export function espEncapsulate(
  netns: NetNamespace,
  packet: Packet,
  association: SecurityAssociation,
  sequence: number,
): void {
  const { pool, cost } = netns.host;
  const { transform } = association;
  // An inner ESP packet is plaintext to the outer one.
  packet.seal();
  packet.sealState = SEAL_NONE;
  const push = ESP_HEADER_LENGTH + transform.ivLength;
  if (packet.networkOffset < PUSH_ROOM)
    pool.ensureHeadroom(packet, packet.head + PUSH_ROOM - packet.networkOffset);
  const isTunnel = association.mode === 'tunnel';
  const ip = packet.networkOffset;
  const headerLength = isTunnel ? 0 : ipv4HeaderLength(packet.buf, ip);
  const payload = ip + headerLength;
  const payloadLength = packet.tail - payload;
  const block = transform.blockSize;
  const textLength = Math.ceil((payloadLength + ESP_TRAILER_LENGTH) / block) * block;
  const padLength = textLength - payloadLength - ESP_TRAILER_LENGTH;
  pool.ensureTailroom(packet, padLength + ESP_TRAILER_LENGTH + transform.icvLength);
  if (cost !== null) cost.charge(Stage.espEncrypt, payloadLength);

  const buf = packet.buf;
  const nextHeader = isTunnel ? PROTO.IPIP : buf[ip + IPV4.PROTOCOL]!;
  for (let i = 0; i < padLength; i++) buf[packet.tail + i] = i + 1;
  buf[packet.tail + padLength] = padLength;
  buf[packet.tail + padLength + 1] = nextHeader;
  packet.tail = payload + textLength + transform.icvLength;

  const esp = payload - push;
  if (isTunnel) writeTunnelHeader(netns, packet, association, ip, esp - IPV4_HEADER_LENGTH);
  else movePlainHeader(packet, ip, headerLength, push);
  put32(buf, esp, association.spi);
  put32(buf, esp + 4, sequence >>> 0);
  transform.writeIv(buf, esp + ESP_HEADER_LENGTH, sequence);
  packet.transportOffset = esp;
  packet.macOffset = -1;
  packet.sealState = SEAL_PENDING;
  packet.sealer = association;
  packet.sealedLength = packet.tail - esp;
  packet.sealedSequenceHigh = association.usesEsn ? Math.floor(sequence / 0x1_0000_0000) : 0;
  updateIpv4Length(packet);
}

/** Transport mode: the IPv4 header moves down, and names ESP. */
function movePlainHeader(packet: Packet, ip: number, headerLength: number, push: number): void {
  moveBytes(packet.buf, ip - push, ip, headerLength);
  packet.head = ip - push;
  packet.networkOffset = ip - push;
  packet.buf[ip - push + IPV4.PROTOCOL] = PROTO.ESP;
}

/** xfrm4_tunnel_encap_add. */
function writeTunnelHeader(
  netns: NetNamespace,
  packet: Packet,
  association: SecurityAssociation,
  inner: number,
  outer: number,
): void {
  const { buf } = packet;
  const { source, destination, settings } = association;
  const innerTos = buf[inner + IPV4.TOS]!;
  let tos = ecnEncapsulate(innerTos, innerTos);
  if (settings.noEcn === true) tos &= ~ECN.MASK;
  const innerFlags = get16(buf, inner + IPV4.FLAGS_FRAGMENT);
  const flags = settings.noPmtuDiscovery === true ? 0 : innerFlags & IPV4_FLAG.DF;
  const id = flags !== 0 ? 0 : netns.ipv4.identification.next(source, destination, PROTO.ESP);
  const ttl = netns.sysctl.ipDefaultTtl;
  writeIpv4Header(buf, outer, tos, packet.tail - outer, id, flags, ttl, PROTO.ESP, source, destination);
  packet.head = outer;
  packet.networkOffset = outer;
  const mark = association.outputMark;
  if (mark !== null) packet.mark = ((packet.mark & ~mark.mask) | (mark.value & mark.mask)) >>> 0;
  packet.route = netns.ipv4.fib.lookup(
    ipv4Destination(buf, outer),
    null,
    source,
    null,
    packet.mark,
    tos & 0x1c,
  );
}
