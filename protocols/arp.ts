/** ARP for IPv4 over Ethernet (RFC 826). Other hardware and protocol types are recognised only to be refused. */
import { get16, get32, put16, put32 } from './bytes.ts';
import { ETHERTYPE } from './ethernet.ts';
import { copyMac, MAC_LENGTH } from './mac-address.ts';

/** Offsets in the message, named as in RFC 826 (ar$hrd … ar$tpa) for Ethernet and IPv4. */
export const ARP = {
  HRD: 0,
  PRO: 2,
  HLN: 4,
  PLN: 5,
  OP: 6,
  SHA: 8,
  SPA: 14,
  THA: 18,
  TPA: 24,
} as const;

/** Length of an Ethernet/IPv4 ARP message in bytes. */
export const ARP_LENGTH = 28;

/** Operation codes (ar$op). */
export const ARP_OP = { REQUEST: 1, REPLY: 2 } as const;

/** Hardware type of Ethernet (ARPHRD_ETHER). */
export const ARP_HARDWARE_ETHERNET = 1;

/** True when `length` bytes at `offset` hold a whole Ethernet/IPv4 ARP message. */
export function isEthernetIpv4Arp(buf: Uint8Array, offset: number, length: number): boolean {
  return (
    length >= ARP_LENGTH &&
    get16(buf, offset + ARP.HRD) === ARP_HARDWARE_ETHERNET &&
    get16(buf, offset + ARP.PRO) === ETHERTYPE.IPV4 &&
    buf[offset + ARP.HLN] === MAC_LENGTH &&
    buf[offset + ARP.PLN] === 4
  );
}

export function arpOperation(buf: Uint8Array, offset: number): number {
  return get16(buf, offset + ARP.OP);
}

/** The sender's protocol address (ar$spa). */
export function arpSenderAddress(buf: Uint8Array, offset: number): number {
  return get32(buf, offset + ARP.SPA);
}

/** The target's protocol address (ar$tpa). */
export function arpTargetAddress(buf: Uint8Array, offset: number): number {
  return get32(buf, offset + ARP.TPA);
}

/**
 * Writes a message of ARP_LENGTH bytes. `targetMac` is null where it is unknown: the field is then zero, as
 * arp_create() leaves it.
 */
export function writeArp(
  buf: Uint8Array,
  offset: number,
  operation: number,
  senderMac: Uint8Array,
  senderAddress: number,
  targetMac: Uint8Array | null,
  targetAddress: number,
): void {
  put16(buf, offset + ARP.HRD, ARP_HARDWARE_ETHERNET);
  put16(buf, offset + ARP.PRO, ETHERTYPE.IPV4);
  buf[offset + ARP.HLN] = MAC_LENGTH;
  buf[offset + ARP.PLN] = 4;
  put16(buf, offset + ARP.OP, operation);
  copyMac(buf, offset + ARP.SHA, senderMac);
  put32(buf, offset + ARP.SPA, senderAddress);
  if (targetMac === null) buf.fill(0, offset + ARP.THA, offset + ARP.THA + MAC_LENGTH);
  else copyMac(buf, offset + ARP.THA, targetMac);
  put32(buf, offset + ARP.TPA, targetAddress);
}
