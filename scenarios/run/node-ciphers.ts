import type { CipherProvider, GcmRequest } from '../../core/host/cipher-provider.ts';
import { nodeCrypto } from './node-crypto.ts';
import { nodeGcm } from './node-gcm.ts';

/** AES and HMAC by Node's crypto module. */
export const nodeCiphers: CipherProvider = {
  gcmSeal(request: GcmRequest): void {
    nodeGcm(request.key).seal(request);
  },

  gcmOpen(request: GcmRequest): boolean {
    return nodeGcm(request.key).open(request);
  },

  cbc(key: Uint8Array, iv: Uint8Array, input: Uint8Array, encrypt: boolean): Uint8Array {
    const name = `aes-${key.length * 8}-cbc`;
    const { createCipheriv, createDecipheriv } = nodeCrypto();
    const cipher = encrypt ? createCipheriv(name, key, iv) : createDecipheriv(name, key, iv);
    cipher.setAutoPadding(false);
    return Buffer.concat([cipher.update(input), cipher.final()]);
  },

  hmac(hash: 'sha1' | 'sha256', key: Uint8Array, data: Uint8Array): Uint8Array {
    return nodeCrypto().createHmac(hash, key).update(data).digest();
  },
};
