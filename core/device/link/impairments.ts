/** What may wait to be sent: a number of frames or of bytes. */
export type LinkQueueLimit = { readonly packets: number } | { readonly bytes: number };

/** What happens to frames in one direction of a link. Times in nanoseconds, shares from 0 to 1. */
export interface Impairments {
  /** Bits per second; Infinity when sending takes no time. */
  readonly rateBps: number;
  readonly delayNs: number;
  /** The delay varies uniformly by up to this much, either way; frames still arrive in order. */
  readonly jitterNs: number;
  readonly loss: number;
  readonly duplicate: number;
  /** Share of frames that are sent without the delay and so overtake those before them. */
  readonly reorder: number;
  /** Share of frames in which one bit is flipped. */
  readonly corrupt: number;
  readonly queue: LinkQueueLimit;
}

/** A perfect cable. */
export const NO_IMPAIRMENTS: Impairments = {
  rateBps: Infinity,
  delayNs: 0,
  jitterNs: 0,
  loss: 0,
  duplicate: 0,
  reorder: 0,
  corrupt: 0,
  queue: { packets: 1000 },
};
