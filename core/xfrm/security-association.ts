/** A security association; its machinery is in the files beside this one. */
export interface SecurityAssociation {
  /** Security parameters index (host order). */
  readonly spi: number;
  /** IP protocol: ESP 50 or AH 51. */
  readonly protocol: number;
  readonly mode: 'transport' | 'tunnel';
  readonly reqid: number;
}
