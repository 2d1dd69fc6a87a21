/** AEAD and hash primitives that the platform brings; under Node they come from its crypto module. */
export interface CipherProvider {
  /** AES-GCM: writes ciphertext and tag. `out` holds `length` + `tagLength` bytes from `outOffset`. */
  gcmSeal(request: GcmRequest): void;
  /** AES-GCM: checks the tag and writes the plaintext; false when the tag is wrong. */
  gcmOpen(request: GcmRequest): boolean;
  /** AES-CBC over whole blocks without padding. */
  cbc(key: Uint8Array, iv: Uint8Array, input: Uint8Array, encrypt: boolean): Uint8Array;
  /** HMAC with 'sha1' or 'sha256'. */
  hmac(hash: 'sha1' | 'sha256', key: Uint8Array, data: Uint8Array): Uint8Array;
}

/** One AES-GCM operation. The key's length chooses AES-128, 192 or 256; the nonce is 12 bytes. */
export interface GcmRequest {
  key: Uint8Array;
  nonce: Uint8Array;
  aad: Uint8Array;
  input: Uint8Array;
  inputOffset: number;
  /** Bytes of plaintext (without the tag). */
  length: number;
  out: Uint8Array;
  outOffset: number;
  tagLength: number;
}
