import { createCipheriv, createDecipheriv, createHmac, type CipherGCMTypes } from 'node:crypto';
import type { CipherProvider, GcmRequest } from '../../core/host/cipher-provider.ts';

/** AES and HMAC by Node's crypto module. */
export const nodeCiphers: CipherProvider = {
  gcmSeal(request: GcmRequest): void {
    const cipher = createCipheriv(gcmName(request), request.key, request.nonce, {
      authTagLength: request.tagLength,
    });
    cipher.setAAD(request.aad);
    const input = request.input.subarray(request.inputOffset, request.inputOffset + request.length);
    request.out.set(cipher.update(input), request.outOffset);
    cipher.final();
    request.out.set(cipher.getAuthTag(), request.outOffset + request.length);
  },

  gcmOpen(request: GcmRequest): boolean {
    const decipher = createDecipheriv(gcmName(request), request.key, request.nonce, {
      authTagLength: request.tagLength,
    });
    const end = request.inputOffset + request.length;
    decipher.setAAD(request.aad);
    decipher.setAuthTag(request.input.subarray(end, end + request.tagLength));
    const plain = decipher.update(request.input.subarray(request.inputOffset, end));
    try {
      decipher.final();
    } catch {
      return false;
    }
    request.out.set(plain, request.outOffset);
    return true;
  },

  cbc(key: Uint8Array, iv: Uint8Array, input: Uint8Array, encrypt: boolean): Uint8Array {
    const name = `aes-${key.length * 8}-cbc`;
    const cipher = encrypt ? createCipheriv(name, key, iv) : createDecipheriv(name, key, iv);
    cipher.setAutoPadding(false);
    return Buffer.concat([cipher.update(input), cipher.final()]);
  },

  hmac(hash: 'sha1' | 'sha256', key: Uint8Array, data: Uint8Array): Uint8Array {
    return createHmac(hash, key).update(data).digest();
  },
};

function gcmName(request: GcmRequest): CipherGCMTypes {
  return `aes-${request.key.length * 8}-gcm` as CipherGCMTypes;
}
