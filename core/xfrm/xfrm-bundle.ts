import type { SecurityAssociation } from './security-association.ts';

/** The transforms that a packet is to go through, in the order they are applied (struct xfrm_dst, flattened). */
export interface XfrmBundle {
  readonly associations: readonly SecurityAssociation[];
  /** Whom it was put together for: with templates that leave the addresses open, they are the packet's. */
  readonly source: number;
  readonly destination: number;
  /** Generation of the association database it was put together from. */
  readonly generation: number;
}
