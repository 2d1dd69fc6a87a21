/** Ethernet II frames. Not modelled: 802.3 length framing with LLC/SNAP (such a frame's type is below 1536). */
import { get16, put16 } from './bytes.ts';
import { copyMac } from './mac-address.ts';

export * from './mac-address.ts';

/** Offsets in the header (struct ethhdr). */
export const ETHERNET = {
  DESTINATION: 0,
  SOURCE: 6,
  TYPE: 12,
} as const;

/** Length of the header in bytes (ETH_HLEN); the frame check sequence is not part of a captured frame. */
export const ETHERNET_HEADER_LENGTH = 14;

/** EtherType values (include/uapi/linux/if_ether.h). */
export const ETHERTYPE = {
  IPV4: 0x0800,
  ARP: 0x0806,
  VLAN: 0x8100,
  IPV6: 0x86dd,
  QINQ: 0x88a8,
} as const;

/** The EtherType of the frame at `offset`. */
export function etherType(buf: Uint8Array, offset: number): number {
  return get16(buf, offset + ETHERNET.TYPE);
}

/** Writes a header at `offset`; the addresses are six-byte arrays. */
export function writeEthernetHeader(
  buf: Uint8Array,
  offset: number,
  destination: Uint8Array,
  source: Uint8Array,
  type: number,
): void {
  copyMac(buf, offset + ETHERNET.DESTINATION, destination);
  copyMac(buf, offset + ETHERNET.SOURCE, source);
  put16(buf, offset + ETHERNET.TYPE, type);
}
