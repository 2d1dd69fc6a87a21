/**
 * ESP (RFC 4303) with rfc4106(gcm(aes)): offsets and the arithmetic of padding and lengths. The cipher is not
 * here. Not modelled: other algorithms, traffic flow confidentiality padding.
 */
import { get32 } from './bytes.ts';

/** Offsets in the packet, from the ESP header. The ciphertext follows the explicit IV (RFC 4106 section 3). */
export const ESP = { SPI: 0, SEQUENCE: 4, IV: 8, CIPHERTEXT: 16 } as const;

/** Lengths in bytes: header (SPI and sequence number), explicit IV, trailer's pad-length and next-header bytes. */
export const ESP_HEADER_LENGTH = 8;
export const ESP_IV_LENGTH = 8;
export const ESP_TRAILER_LENGTH = 2;

/** The block that payload and trailer fill up: ALIGN(aead block size 1, 4), net/ipv4/esp4.c esp_output. */
export const ESP_BLOCK = 4;

/** The length of the ciphertext of `payloadLength` bytes: payload, padding and trailer. */
export function espCiphertextLength(payloadLength: number): number {
  return (payloadLength + ESP_TRAILER_LENGTH + ESP_BLOCK - 1) & -ESP_BLOCK;
}

/** The number of padding bytes behind `payloadLength` bytes, 0 to 3. */
export function espPadLength(payloadLength: number): number {
  return espCiphertextLength(payloadLength) - payloadLength - ESP_TRAILER_LENGTH;
}

/** The length of the whole ESP packet, without the IP header, for an integrity check value of `icvLength` bytes. */
export function espPacketLength(payloadLength: number, icvLength: number): number {
  return ESP_HEADER_LENGTH + ESP_IV_LENGTH + espCiphertextLength(payloadLength) + icvLength;
}

/**
 * Writes padding and trailer at `offset`, right after `payloadLength` bytes of payload: padding 1, 2, 3 …
 * (RFC 4303 section 2.4), the pad length and the next header. Returns the bytes written.
 */
export function writeEspTrailer(
  buf: Uint8Array,
  offset: number,
  payloadLength: number,
  nextHeader: number,
): number {
  const padLength = espPadLength(payloadLength);
  for (let i = 0; i < padLength; i++) buf[offset + i] = i + 1;
  buf[offset + padLength] = padLength;
  buf[offset + padLength + 1] = nextHeader;
  return padLength + ESP_TRAILER_LENGTH;
}

/**
 * The payload's length in a decrypted text of `plaintextLength` bytes at `offset`, read from its trailer; -1 when
 * the trailer states more padding than there is (esp_remove_trailer).
 */
export function espPayloadLength(buf: Uint8Array, offset: number, plaintextLength: number): number {
  if (plaintextLength < ESP_TRAILER_LENGTH) return -1;
  const padLength = buf[offset + plaintextLength - 2]!;
  const payloadLength = plaintextLength - ESP_TRAILER_LENGTH - padLength;
  return payloadLength < 0 ? -1 : payloadLength;
}

/** The next header that a decrypted text's trailer states. */
export function espNextHeader(buf: Uint8Array, offset: number, plaintextLength: number): number {
  return buf[offset + plaintextLength - 1]!;
}

/** The SPI of the packet at `offset`, unsigned. */
export function espSpi(buf: Uint8Array, offset: number): number {
  return get32(buf, offset + ESP.SPI);
}

/** The sequence number of the packet at `offset`, unsigned. */
export function espSequence(buf: Uint8Array, offset: number): number {
  return get32(buf, offset + ESP.SEQUENCE);
}
