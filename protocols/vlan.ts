/** IEEE 802.1Q tags. The tag sits between the source address and the EtherType it pushes back. */
import { get16, put16 } from './bytes.ts';
import { ETHERNET, ETHERTYPE } from './ethernet.ts';

/** Offsets from the start of the frame: TPID where the EtherType was, then the tag control information. */
export const VLAN = {
  TPID: ETHERNET.TYPE,
  TCI: ETHERNET.TYPE + 2,
  TYPE: ETHERNET.TYPE + 4,
} as const;

/** Length of a tag in bytes (VLAN_HLEN). */
export const VLAN_TAG_LENGTH = 4;

/** The VLAN identifier's bits of the tag control information (VLAN_VID_MASK). */
export const VLAN_VID_MASK = 0x0fff;

/** True when the frame at `offset`, `length` bytes long, carries a whole 802.1Q tag. */
export function hasVlanTag(buf: Uint8Array, offset: number, length: number): boolean {
  return length >= VLAN.TYPE + 2 && get16(buf, offset + VLAN.TPID) === ETHERTYPE.VLAN;
}

/** The VLAN identifier of a tagged frame. */
export function vlanId(buf: Uint8Array, offset: number): number {
  return get16(buf, offset + VLAN.TCI) & VLAN_VID_MASK;
}

/** The priority code point (PCP) of a tagged frame, 0 to 7. */
export function vlanPriority(buf: Uint8Array, offset: number): number {
  return get16(buf, offset + VLAN.TCI) >>> 13;
}

/**
 * Inserts a tag: the frame grows by VLAN_TAG_LENGTH into the headroom and then starts at `offset - 4`, which is
 * returned.
 */
export function pushVlanTag(buf: Uint8Array, offset: number, vid: number, priority = 0): number {
  const start = offset - VLAN_TAG_LENGTH;
  buf.copyWithin(start, offset, offset + ETHERNET.TYPE);
  put16(buf, start + VLAN.TPID, ETHERTYPE.VLAN);
  put16(buf, start + VLAN.TCI, (priority << 13) | (vid & VLAN_VID_MASK));
  return start;
}

/** Removes the tag: the frame then starts at `offset + 4`, which is returned. */
export function popVlanTag(buf: Uint8Array, offset: number): number {
  const start = offset + VLAN_TAG_LENGTH;
  buf.copyWithin(start, offset, offset + ETHERNET.TYPE);
  return start;
}
