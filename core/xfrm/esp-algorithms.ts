/** An algorithm and its key, as `ip xfrm state add` names them. */
export interface XfrmAlgorithm {
  readonly name: string;
  readonly key: Uint8Array;
}

/** The algorithms of an association: an AEAD, or encryption with or without authentication. */
export interface XfrmAlgorithms {
  /** Key and 4-byte salt; ICV in bits. */
  readonly aead: (XfrmAlgorithm & { readonly icvBits: number }) | null;
  readonly encryption: XfrmAlgorithm | null;
  /** ICV in bits. */
  readonly authentication: (XfrmAlgorithm & { readonly truncBits: number }) | null;
}

export const AEAD_GCM = 'rfc4106(gcm(aes))';
export const CIPHER_NULL = 'ecb(cipher_null)';
export const CIPHER_AES_CBC = 'cbc(aes)';
export const DIGEST_NULL = 'digest_null';
export const HMAC_SHA1 = 'hmac(sha1)';
export const HMAC_SHA256 = 'hmac(sha256)';

/** Length of the salt at the end of an AEAD's key (RFC 4106 section 4). */
export const GCM_SALT_LENGTH = 4;

/** The bits that the kernel keeps of a hash unless `auth-trunc` says otherwise (net/xfrm/xfrm_algo.c). */
export const DEFAULT_TRUNC_BITS: ReadonlyMap<string, number> = new Map([
  [DIGEST_NULL, 0],
  [HMAC_SHA1, 96],
  [HMAC_SHA256, 96],
]);

const HASH_BITS: ReadonlyMap<string, number> = new Map([
  [DIGEST_NULL, 0],
  [HMAC_SHA1, 160],
  [HMAC_SHA256, 256],
]);

/** Checks algorithms for ESP; the kernel's complaint, or null when they will do. */
export function algorithmComplaint(algorithms: XfrmAlgorithms): string | null {
  const { aead, encryption, authentication } = algorithms;
  if (aead !== null) {
    if (encryption !== null || authentication !== null) return 'Invalid argument';
    if (aead.name !== AEAD_GCM) return 'Function not implemented';
    const keyed = [20, 28, 36].includes(aead.key.length) && [64, 96, 128].includes(aead.icvBits);
    return keyed ? null : 'Invalid argument';
  }
  if (encryption === null) return 'Invalid argument';
  if (encryption.name === CIPHER_AES_CBC) {
    if (![16, 24, 32].includes(encryption.key.length)) return 'Invalid argument';
  } else if (encryption.name === CIPHER_NULL) {
    if (encryption.key.length !== 0) return 'Invalid argument';
  } else {
    return 'Function not implemented';
  }
  if (authentication === null) return null;
  const bits = HASH_BITS.get(authentication.name);
  if (bits === undefined) return 'Function not implemented';
  const fits = authentication.truncBits <= bits && authentication.truncBits % 8 === 0;
  return fits ? null : 'Invalid argument';
}
