import { get16, get32, put16, put32 } from '../../protocols/bytes.ts';
import { checksumReplace16, checksumReplace32 } from '../../protocols/checksum.ts';
import { ICMP_HEADER_LENGTH, setIcmpChecksum } from '../../protocols/icmp.ts';
import { IPV4, PROTO, ipv4HeaderLength } from '../../protocols/ipv4.ts';
import { TCP_CHECKSUM } from '../../protocols/tcp/tcp-header.ts';
import { UDP, UDP_HEADER_LENGTH } from '../../protocols/udp.ts';
import type { Packet } from '../packet/packet.ts';
import type { IpvsConnection } from './ipvs-connection.ts';

const TCP_HEADER_LENGTH = 20;

/** dnat_handler and the new destination: a client's packet goes to the real server. */
export function rewriteRequest(packet: Packet, connection: IpvsConnection): void {
  const at = packet.networkOffset;
  rewrite(packet, at + IPV4.DESTINATION, 2, connection.real >>> 0, connection.realPort);
}

/** snat_handler and the new source: a real server's packet comes from the virtual address. */
export function rewriteReply(packet: Packet, connection: IpvsConnection): void {
  const at = packet.networkOffset;
  rewrite(packet, at + IPV4.SOURCE, 0, connection.virtual >>> 0, connection.virtualPort);
}

/**
 * ip_vs_nat_icmp: an ICMP error about a packet of the connection, from the real server's side (`isReply`) or the
 * client's. Its own address, and the address and port in what it quotes, are changed; the quoted TCP or UDP checksum
 * is left as it is, so it no longer fits, as on Linux.
 */
export function rewriteIcmpError(packet: Packet, connection: IpvsConnection, isReply: boolean): void {
  const { buf, networkOffset: ip, tail } = packet;
  const address = (isReply ? connection.virtual : connection.real) >>> 0;
  const port = isReply ? connection.virtualPort : connection.realPort;
  const icmp = ip + ipv4HeaderLength(buf, ip);
  const inner = icmp + ICMP_HEADER_LENGTH;
  replaceAddress(buf, ip, ip + (isReply ? IPV4.SOURCE : IPV4.DESTINATION), address);
  replaceAddress(buf, inner, inner + (isReply ? IPV4.DESTINATION : IPV4.SOURCE), address);
  const ports = inner + ipv4HeaderLength(buf, inner);
  put16(buf, ports + (isReply ? 2 : 0), port);
  setIcmpChecksum(buf, icmp, tail - icmp);
}

/** Writes an address and a port and mends both checksums by what changed. */
function rewrite(packet: Packet, addressAt: number, portOffset: number, address: number, port: number): void {
  const { buf, networkOffset: ip, tail } = packet;
  const at = ip + ipv4HeaderLength(buf, ip);
  const oldAddress = get32(buf, addressAt);
  const oldPort = get16(buf, at + portOffset);
  const checkAt = checksumOffset(buf, ip, at, tail);
  put16(buf, at + portOffset, port);
  if (checkAt >= 0) {
    const check = checksumReplace32(get16(buf, checkAt), oldAddress, address);
    const mended = checksumReplace16(check, oldPort, port);
    // A UDP checksum of zero would say that there is none (RFC 768).
    const isUdp = buf[ip + IPV4.PROTOCOL] === PROTO.UDP;
    put16(buf, checkAt, isUdp && mended === 0 ? 0xffff : mended);
  }
  replaceAddress(buf, ip, addressAt, address);
}

/** Where the transport checksum is, −1 when there is none. */
function checksumOffset(buf: Uint8Array, ip: number, at: number, end: number): number {
  if (buf[ip + IPV4.PROTOCOL] === PROTO.TCP) return at + TCP_HEADER_LENGTH <= end ? at + TCP_CHECKSUM : -1;
  if (at + UDP_HEADER_LENGTH > end) return -1;
  return get16(buf, at + UDP.CHECKSUM) === 0 ? -1 : at + UDP.CHECKSUM;
}

function replaceAddress(buf: Uint8Array, ip: number, addressAt: number, address: number): void {
  const check = get16(buf, ip + IPV4.CHECKSUM);
  put16(buf, ip + IPV4.CHECKSUM, checksumReplace32(check, get32(buf, addressAt), address));
  put32(buf, addressAt, address);
}
