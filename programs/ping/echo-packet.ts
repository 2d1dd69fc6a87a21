import { get16 } from '../../protocols/bytes.ts';
import { ICMP, ICMP_TYPE, writeIcmpEcho } from '../../protocols/icmp.ts';
import { ICMPV6_HEADER_LENGTH, ICMPV6_TYPE, writeIcmpv6Echo } from '../../protocols/icmpv6.ts';
import type { IpAddress } from '../../protocols/ip-address.ts';
import { IPV4, ipv4HeaderLength } from '../../protocols/ipv4.ts';

/** A received ICMP or ICMPv6 message with what its IP header says. */
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

/** The same of ICMPv6; the kernel fills in its checksum. */
export function echoRequest6(id: number, sequence: number, data: Uint8Array): Uint8Array {
  const message = new Uint8Array(ICMPV6_HEADER_LENGTH + data.length);
  message.set(data, ICMPV6_HEADER_LENGTH);
  writeIcmpv6Echo(message, 0, ICMPV6_TYPE.ECHO_REQUEST, id, sequence);
  return message;
}

/** Takes a packet as a raw IPv4 socket delivers it apart; null when it is too short for an ICMP header. */
export function readIcmp(
  packet: Uint8Array,
  source: number,
  receivedNs: number,
): ReceivedIcmp<number> | null {
  return readMessage(packet.subarray(ipv4HeaderLength(packet, 0)), source, packet[IPV4.TTL]!, receivedNs);
}

/** Takes a message apart, whose header is the same in both families; null when it is too short for one. */
export function readMessage<Address extends IpAddress>(
  message: Uint8Array,
  source: Address,
  ttl: number,
  receivedNs: number,
): ReceivedIcmp<Address> | null {
  if (message.length < ICMP.DATA) return null;
  return {
    source,
    ttl,
    type: message[ICMP.TYPE]!,
    code: message[ICMP.CODE]!,
    id: get16(message, ICMP.ID),
    sequence: get16(message, ICMP.SEQUENCE),
    message,
    receivedNs,
  };
}
