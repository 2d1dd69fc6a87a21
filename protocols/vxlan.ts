/** VXLAN (RFC 7348). Not modelled: the group policy and generic protocol extensions. */
import { get32, put32 } from './bytes.ts';

/** Offsets in the header. The VNI is the first three bytes of the last word. */
export const VXLAN = { FLAGS: 0, RESERVED: 1, VNI: 4 } as const;

/** Length of the header in bytes. */
export const VXLAN_HEADER_LENGTH = 8;

/** The port IANA gave to VXLAN; the kernel's own default is 8472, and Docker sets 4789. */
export const VXLAN_PORT = 4789;

/** The "I" flag: the VNI is valid. */
export const VXLAN_FLAG_VNI = 0x08;

/** The largest VNI, 24 bits. */
export const VXLAN_VNI_MAX = 0xffffff;

/** Writes a header. */
export function writeVxlanHeader(buf: Uint8Array, offset: number, vni: number): void {
  put32(buf, offset, 0x08000000);
  put32(buf, offset + VXLAN.VNI, (vni << 8) >>> 0);
}

/**
 * The VNI of the header at `offset`, -1 when `length` bytes hold no header or the I flag is clear. The reserved
 * bits are ignored (RFC 7348 section 5); vxlan_rcv() drops what has a flag that the device does not know, see
 * hasUnknownVxlanBits.
 */
export function vxlanVni(buf: Uint8Array, offset: number, length: number): number {
  if (length < VXLAN_HEADER_LENGTH || (buf[offset]! & VXLAN_FLAG_VNI) === 0) return -1;
  return get32(buf, offset + VXLAN.VNI) >>> 8;
}

/** True when a bit other than the I flag and the VNI is set: vxlan_rcv() drops the packet. */
export function hasUnknownVxlanBits(buf: Uint8Array, offset: number): boolean {
  return get32(buf, offset) !== 0x08000000 || buf[offset + VXLAN.VNI + 3] !== 0;
}
