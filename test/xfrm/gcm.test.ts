import { createCipheriv, createHash, type CipherGCMTypes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { GcmRequest } from '../../core/host/cipher-provider.ts';
import { nodeCiphers } from '../../scenarios/run/node-ciphers.ts';
import { toHex } from './bytes.ts';

/** Bytes that look random and are the same each time. */
function bytes(name: string, length: number): Uint8Array {
  const out = new Uint8Array(length);
  for (let at = 0; at < length; at += 32) {
    const block = createHash('sha256').update(`${name} ${at}`).digest();
    out.set(block.subarray(0, Math.min(32, length - at)), at);
  }
  return out;
}

/** What OpenSSL makes of it: ciphertext and tag. */
function reference(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, text: Uint8Array, tagLength: number) {
  const name = `aes-${key.length * 8}-gcm` as CipherGCMTypes;
  const cipher = createCipheriv(name, key, nonce, { authTagLength: tagLength }).setAAD(aad);
  return Buffer.concat([cipher.update(text), cipher.final(), cipher.getAuthTag()]);
}

/** A request in place, as ESP makes it: seven bytes into a buffer that is longer than the packet. */
function inPlace(
  key: Uint8Array,
  nonce: Uint8Array,
  aad: Uint8Array,
  text: Uint8Array,
  tagLength: number,
): GcmRequest {
  const buf = new Uint8Array(7 + text.length + tagLength + 5).fill(0xee);
  buf.set(text, 7);
  const at = { input: buf, inputOffset: 7, out: buf, outOffset: 7 };
  return { key, nonce, aad, length: text.length, tagLength, ...at };
}

function checkAgainstReference(
  key: Uint8Array,
  nonce: Uint8Array,
  aad: Uint8Array,
  text: Uint8Array,
  tagLength: number,
): void {
  const request = inPlace(key, nonce, aad, text, tagLength);
  const end = 7 + text.length + tagLength;
  nodeCiphers.gcmSeal(request);
  expect(toHex(request.out.subarray(7, end))).toBe(toHex(reference(key, nonce, aad, text, tagLength)));
  expect(toHex(request.out.subarray(end))).toBe('eeeeeeeeee');
  expect(nodeCiphers.gcmOpen(request)).toBe(true);
  expect(toHex(request.out.subarray(7, 7 + text.length))).toBe(toHex(text));
}

describe('GCM over a block cipher', () => {
  it.each([16, 24, 32])('with a key of %i bytes is what OpenSSL makes, at every length', (keyLength) => {
    const key = bytes('key', keyLength);
    for (const length of [...Array(100).keys(), 1000, 1449, 1450, 1451, 9000, 65535]) {
      checkAgainstReference(key, bytes(`nonce ${length}`, 12), bytes('aad', 8), bytes('text', length), 16);
    }
  });

  it.each([0, 1, 8, 12, 16, 17, 64, 300])('takes %i bytes of additional data', (length) => {
    checkAgainstReference(bytes('key', 16), bytes('nonce', 12), bytes('aad', length), bytes('text', 77), 12);
  });

  it('keeps many keys apart, used in turns', () => {
    for (let turn = 0; turn < 3; turn++) {
      for (let i = 0; i < 40; i++) {
        checkAgainstReference(
          bytes(`key ${i % 20}`, 16),
          bytes('nonce', 12),
          bytes('aad', 8),
          bytes('t', 50),
          8,
        );
      }
    }
  });

  it('has the key as it is now, not as it was', () => {
    const key = bytes('key', 16);
    checkAgainstReference(key, bytes('nonce', 12), bytes('aad', 8), bytes('text', 40), 16);
    key[15]! ^= 1;
    checkAgainstReference(key, bytes('nonce', 12), bytes('aad', 8), bytes('text', 40), 16);
  });

  it('refuses a packet with any bit changed, and leaves it alone', () => {
    const request = inPlace(bytes('key', 16), bytes('nonce', 12), bytes('aad', 8), bytes('text', 37), 8);
    nodeCiphers.gcmSeal(request);
    const buf = request.out;
    for (let bit = 0; bit < (37 + 8) * 8; bit++) {
      const at = 7 + (bit >> 3);
      buf[at]! ^= 1 << (bit & 7);
      const before = toHex(buf);
      expect(nodeCiphers.gcmOpen(request)).toBe(false);
      expect(toHex(buf)).toBe(before);
      buf[at]! ^= 1 << (bit & 7);
    }
    for (const part of [request.aad, request.nonce]) {
      for (let bit = 0; bit < part.length * 8; bit++) {
        part[bit >> 3]! ^= 1 << (bit & 7);
        expect(nodeCiphers.gcmOpen(request)).toBe(false);
        part[bit >> 3]! ^= 1 << (bit & 7);
      }
    }
    expect(nodeCiphers.gcmOpen(request)).toBe(true);
  });
});
