import { ecnDecapsulate } from '../../protocols/ecn.ts';
import { get16, moveBytes, put16 } from '../../protocols/bytes.ts';
import {
  ESP_HEADER_LENGTH,
  ESP_TRAILER_LENGTH,
  espNextHeader,
  espPayloadLength,
} from '../../protocols/esp.ts';
import { ETHERTYPE } from '../../protocols/ethernet.ts';
import { IPV4, PROTO, ipv4HeaderLength } from '../../protocols/ipv4.ts';
import { checksumReplace16 } from '../../protocols/checksum.ts';
import { updateIpv4Length } from '../namespace/ipv4-output.ts';
import { PACKET_HOST, SEAL_KNOWN, SEAL_NONE, type Packet } from '../packet/packet.ts';
import { SecurityAssociation } from './security-association.ts';

/** What espDecrypt gives for a packet that is not genuine, and for one that makes no sense once it is opened. */
export const ESP_NOT_GENUINE = -1;
export const ESP_MALFORMED = -2;

/**
 * esp_input and esp_input_done2: opens the packet whose ESP header is at `transportOffset`, takes header, trailer and
 * ICV away and returns the next header, or one of the negative numbers above. `head` is then at the payload.
 *
 * A packet that this same key sealed in this run, and that nobody has changed since, is not put through the cipher
 * again: the plaintext it was made of is still known.
 */
export function espDecrypt(packet: Packet, association: SecurityAssociation, sequenceHigh: number): number {
  const { transform } = association;
  const esp = packet.transportOffset;
  const length = packet.tail - esp;
  const text = esp + ESP_HEADER_LENGTH + transform.ivLength;
  const textLength = packet.tail - transform.icvLength - text;
  if (textLength < ESP_TRAILER_LENGTH || (textLength & (transform.blockSize - 1)) !== 0) return ESP_MALFORMED;
  if (!openKnown(packet, association, sequenceHigh, text, textLength)) {
    packet.seal();
    if (!transform.open(packet.buf, esp, length, sequenceHigh)) return ESP_NOT_GENUINE;
  }
  packet.sealState = SEAL_NONE;
  const payloadLength = espPayloadLength(packet.buf, text, textLength);
  if (payloadLength < 0) return ESP_MALFORMED;
  const nextHeader = espNextHeader(packet.buf, text, textLength);
  packet.head = text;
  packet.tail = text + payloadLength;
  return nextHeader;
}

function openKnown(
  packet: Packet,
  association: SecurityAssociation,
  sequenceHigh: number,
  text: number,
  textLength: number,
): boolean {
  if (packet.sealState === SEAL_NONE || packet.sealedLength !== packet.tail - packet.transportOffset)
    return false;
  const sealer = packet.sealer;
  if (!(sealer instanceof SecurityAssociation) || !association.opens(sealer)) return false;
  if (association.usesEsn && packet.sealedSequenceHigh !== sequenceHigh) return false;
  if (packet.sealState === SEAL_KNOWN) packet.buf.set(packet.plaintext!.subarray(0, textLength), text);
  return true;
}

/** xfrm4_transport_input: the IPv4 header moves up to the payload, and names its protocol again. */
export function uncoverTransport(packet: Packet, nextHeader: number): void {
  const { buf, networkOffset: ip, head: payload } = packet;
  const headerLength = ipv4HeaderLength(buf, ip);
  const at = payload - headerLength;
  moveBytes(buf, at, ip, headerLength);
  buf[at + IPV4.PROTOCOL] = nextHeader;
  packet.networkOffset = at;
  packet.transportOffset = payload;
  packet.head = at;
  updateIpv4Length(packet);
}

/**
 * xfrm4_remove_tunnel_encap: the inner packet becomes a frame again, with the Ethernet header of the outer one.
 * False when what was inside is not IPv4.
 */
export function uncoverTunnel(packet: Packet, association: SecurityAssociation): boolean {
  const { buf, head: inner, networkOffset: outer } = packet;
  if (packet.tail - inner < 20 || buf[inner]! >>> 4 !== 4) return false;
  if (association.settings.noEcn !== true) ecnDecapsulate(buf, inner, buf[outer + IPV4.TOS]!);
  if (association.settings.decapDscp === true) copyDscp(buf, outer, inner);
  const mac = packet.macOffset;
  if (mac >= 0) buf.copyWithin(inner - 14, mac, mac + 14);
  put16(buf, inner - 2, ETHERTYPE.IPV4);
  packet.head = inner - 14;
  packet.networkOffset = inner;
  packet.transportOffset = -1;
  packet.macOffset = packet.head;
  packet.pktType = PACKET_HOST;
  packet.route = null;
  return true;
}

function copyDscp(buf: Uint8Array, outer: number, inner: number): void {
  const from = get16(buf, inner);
  const to = (from & 0xff03) | (buf[outer + IPV4.TOS]! & 0xfc);
  put16(buf, inner, to);
  put16(buf, inner + IPV4.CHECKSUM, checksumReplace16(get16(buf, inner + IPV4.CHECKSUM), from, to));
}

/** The protocol of a tunnelled IPv4 packet. */
export const TUNNEL_PROTOCOL = PROTO.IPIP;
