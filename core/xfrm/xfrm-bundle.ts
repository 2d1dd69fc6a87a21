import type { SecurityAssociation } from './security-association.ts';

/** The transforms one policy asks for, in the order they are applied (struct xfrm_dst, flattened). */
export interface XfrmBundle {
  readonly associations: readonly SecurityAssociation[];
}
