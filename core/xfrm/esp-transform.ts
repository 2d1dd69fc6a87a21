import { get32, put32 } from '../../protocols/bytes.ts';
import { ESP_HEADER_LENGTH } from '../../protocols/esp.ts';
import type { CipherProvider, GcmRequest } from '../host/cipher-provider.ts';
import {
  CIPHER_AES_CBC,
  GCM_SALT_LENGTH,
  HMAC_SHA1,
  HMAC_SHA256,
  type XfrmAlgorithms,
} from './esp-algorithms.ts';

/**
 * The cryptography of an association. Offsets point at the ESP header; `length` is that of the whole ESP packet,
 * ICV included. Everything happens in place.
 */
export interface EspTransform {
  readonly ivLength: number;
  /** Payload and trailer are filled up to a multiple of this (ALIGN(aead block size, 4)). */
  readonly blockSize: number;
  readonly icvLength: number;
  /** The explicit IV for a sequence number. */
  writeIv(buf: Uint8Array, offset: number, sequence: number): void;
  /** Encrypts and writes the ICV. `sequenceHigh` is authenticated when the association uses ESN. */
  seal(buf: Uint8Array, offset: number, length: number, sequenceHigh: number): void;
  /** Checks the ICV and decrypts; false when the packet is not genuine. */
  open(buf: Uint8Array, offset: number, length: number, sequenceHigh: number): boolean;
}

/** The transform for checked algorithms. `ivSalt` is eight random bytes of the association's own. */
export function espTransform(
  algorithms: XfrmAlgorithms,
  extended: boolean,
  ivSalt: Uint8Array,
  ciphers: CipherProvider | null,
): EspTransform {
  if (algorithms.aead !== null) return new GcmTransform(algorithms.aead, extended, ivSalt, ciphers);
  return new CipherHashTransform(algorithms, extended, ivSalt, ciphers);
}

/** rfc4106(gcm(aes)) with the IV of seqiv: the 64-bit sequence number XOR a random salt (crypto/seqiv.c). */
class GcmTransform implements EspTransform {
  readonly ivLength = 8;
  readonly blockSize = 4;
  readonly icvLength: number;
  private readonly extended: boolean;
  private readonly ivSaltHigh: number;
  private readonly ivSaltLow: number;
  private readonly ciphers: CipherProvider | null;
  private readonly request: GcmRequest;

  constructor(
    aead: { key: Uint8Array; icvBits: number },
    extended: boolean,
    ivSalt: Uint8Array,
    ciphers: CipherProvider | null,
  ) {
    this.icvLength = aead.icvBits / 8;
    this.extended = extended;
    this.ivSaltHigh = get32(ivSalt, 0);
    this.ivSaltLow = get32(ivSalt, 4);
    this.ciphers = ciphers;
    const keyLength = aead.key.length - GCM_SALT_LENGTH;
    const nonce = new Uint8Array(12);
    nonce.set(aead.key.subarray(keyLength));
    this.request = {
      key: aead.key.slice(0, keyLength),
      nonce,
      aad: new Uint8Array(extended ? 12 : 8),
      input: nonce,
      inputOffset: 0,
      length: 0,
      out: nonce,
      outOffset: 0,
      tagLength: this.icvLength,
    };
  }

  writeIv(buf: Uint8Array, offset: number, sequence: number): void {
    put32(buf, offset, Math.floor(sequence / 0x1_0000_0000) ^ this.ivSaltHigh);
    put32(buf, offset + 4, sequence ^ this.ivSaltLow);
  }

  seal(buf: Uint8Array, offset: number, length: number, sequenceHigh: number): void {
    needed(this.ciphers).gcmSeal(this.prepare(buf, offset, length, sequenceHigh));
  }

  open(buf: Uint8Array, offset: number, length: number, sequenceHigh: number): boolean {
    return needed(this.ciphers).gcmOpen(this.prepare(buf, offset, length, sequenceHigh));
  }

  /** Fills the request; the AAD is SPI and sequence number, all 64 bits of it with ESN (RFC 4106 section 5). */
  private prepare(buf: Uint8Array, offset: number, length: number, sequenceHigh: number): GcmRequest {
    const request = this.request;
    const { aad, nonce } = request;
    for (let i = 0; i < 4; i++) aad[i] = buf[offset + i]!;
    for (let i = 0; i < 4; i++) aad[aad.length - 4 + i] = buf[offset + 4 + i]!;
    if (this.extended) put32(aad, 4, sequenceHigh);
    for (let i = 0; i < 8; i++) nonce[4 + i] = buf[offset + ESP_HEADER_LENGTH + i]!;
    request.input = buf;
    request.out = buf;
    request.inputOffset = offset + ESP_HEADER_LENGTH + this.ivLength;
    request.outOffset = request.inputOffset;
    request.length = length - ESP_HEADER_LENGTH - this.ivLength - this.icvLength;
    return request;
  }
}

/** Encryption with AES-CBC (RFC 3602) or none (RFC 2410), then HMAC (RFC 2404, RFC 4868) or none. */
class CipherHashTransform implements EspTransform {
  readonly ivLength: number;
  readonly blockSize: number;
  readonly icvLength: number;
  private readonly encryptionKey: Uint8Array | null;
  private readonly hash: 'sha1' | 'sha256' | null;
  private readonly hashKey: Uint8Array;
  private readonly extended: boolean;
  private readonly ivSalt: Uint8Array;
  private readonly ciphers: CipherProvider | null;

  constructor(
    algorithms: XfrmAlgorithms,
    extended: boolean,
    ivSalt: Uint8Array,
    ciphers: CipherProvider | null,
  ) {
    const { encryption, authentication } = algorithms;
    const encrypts = encryption !== null && encryption.name === CIPHER_AES_CBC;
    this.encryptionKey = encrypts ? encryption.key : null;
    this.ivLength = encrypts ? 16 : 0;
    this.blockSize = encrypts ? 16 : 4;
    this.hash =
      authentication?.name === HMAC_SHA1 ? 'sha1' : authentication?.name === HMAC_SHA256 ? 'sha256' : null;
    this.hashKey = authentication?.key ?? new Uint8Array(0);
    this.icvLength = this.hash === null ? 0 : authentication!.truncBits / 8;
    this.extended = extended;
    this.ivSalt = ivSalt;
    this.ciphers = ciphers;
  }

  /** Unpredictable without the key, as RFC 3602 section 3 asks (the kernel's is made by echainiv). */
  writeIv(buf: Uint8Array, offset: number, sequence: number): void {
    if (this.encryptionKey === null) return;
    const block = new Uint8Array(16);
    block.set(this.ivSalt);
    put32(block, 8, Math.floor(sequence / 0x1_0000_0000));
    put32(block, 12, sequence >>> 0);
    buf.set(needed(this.ciphers).cbc(this.encryptionKey, new Uint8Array(16), block, true), offset);
  }

  seal(buf: Uint8Array, offset: number, length: number, sequenceHigh: number): void {
    const end = offset + length - this.icvLength;
    this.crypt(buf, offset, end, true);
    if (this.hash !== null) buf.set(this.icv(buf, offset, end, sequenceHigh), end);
  }

  open(buf: Uint8Array, offset: number, length: number, sequenceHigh: number): boolean {
    const end = offset + length - this.icvLength;
    if (this.hash !== null) {
      const icv = this.icv(buf, offset, end, sequenceHigh);
      if (!icv.every((byte, index) => byte === buf[end + index])) return false;
    }
    this.crypt(buf, offset, end, false);
    return true;
  }

  private crypt(buf: Uint8Array, offset: number, end: number, encrypt: boolean): void {
    if (this.encryptionKey === null) return;
    const iv = offset + ESP_HEADER_LENGTH;
    const text = iv + this.ivLength;
    const input = buf.subarray(text, end);
    buf.set(needed(this.ciphers).cbc(this.encryptionKey, buf.slice(iv, text), input, encrypt), text);
  }

  private icv(buf: Uint8Array, offset: number, end: number, sequenceHigh: number): Uint8Array {
    let data = buf.subarray(offset, end);
    if (this.extended) {
      const whole = new Uint8Array(data.length + 4);
      whole.set(data);
      put32(whole, data.length, sequenceHigh);
      data = whole;
    }
    return needed(this.ciphers).hmac(this.hash!, this.hashKey, data).subarray(0, this.icvLength);
  }
}

function needed(ciphers: CipherProvider | null): CipherProvider {
  if (ciphers === null) throw new Error('ESP needs a cipher provider (HostEnvironment.ciphers)');
  return ciphers;
}
