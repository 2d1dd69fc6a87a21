/** A key of encrypted overlays: 16 bytes for AES-128, and the Lamport time that its SPIs are made from. */
export interface IpsecKey {
  readonly value: Uint8Array;
  readonly tag: number;
}
