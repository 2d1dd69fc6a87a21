import { get16 } from '../../protocols/bytes.ts';
import { ICMP, ICMP_TYPE, writeIcmpEcho } from '../../protocols/icmp.ts';
import type { IpAddress } from '../../protocols/ip-address.ts';
import { IPV4, ipv4HeaderLength } from '../../protocols/ipv4.ts';

/** A received ICMP message with what its IP header says. */
export interface ReceivedIcmp<Address extends IpAddress = IpAddress> {
  source: Address;
  ttl: number;
  type: number;
  code: number;
  id: number;
  sequence: number;
  /** From the ICMP header on. */
  message: Uint8Array;
  receivedNs: number;
}

/** An echo request with the given data. */
export function echoRequest(id: number, sequence: number, data: Uint8Array): Uint8Array {
  const message = new Uint8Array(ICMP.DATA + data.length);
  message.set(data, ICMP.DATA);
  writeIcmpEcho(message, 0, message.length, ICMP_TYPE.ECHO, id, sequence);
  return message;
}

/** Takes a packet as a raw socket delivers it apart; null when it is too short for an ICMP header. */
export function readIcmp(
  packet: Uint8Array,
  source: number,
  receivedNs: number,
): ReceivedIcmp<number> | null {
  const headerLength = ipv4HeaderLength(packet, 0);
  if (packet.length < headerLength + ICMP.DATA) return null;
  const message = packet.subarray(headerLength);
  return {
    source,
    ttl: packet[IPV4.TTL]!,
    type: message[ICMP.TYPE]!,
    code: message[ICMP.CODE]!,
    id: get16(message, ICMP.ID),
    sequence: get16(message, ICMP.SEQUENCE),
    message,
    receivedNs,
  };
}
