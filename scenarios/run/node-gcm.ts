import { Gcm } from '../../core/cipher/gcm.ts';
import { nodeCrypto } from './node-crypto.ts';

/** Keys that stay expanded. The nodes of a swarm share three, each about 10 KiB. */
const KEPT_KEYS = 16;

interface ExpandedKey {
  readonly key: Uint8Array;
  readonly gcm: Gcm;
}

/** The keys used last, the latest first. */
const recent: ExpandedKey[] = [];

/**
 * GCM with AES by Node's crypto module. One cipher of a key stays, in ECB mode: to create one for each packet, as Node's own GCM
 * needs, takes longer than to encrypt the packet.
 */
export function nodeGcm(key: Uint8Array): Gcm {
  if (recent.length > 0 && sameKey(recent[0]!.key, key)) return recent[0]!.gcm;
  const at = recent.findIndex((expanded) => sameKey(expanded.key, key));
  const found = at < 0 ? expand(key) : recent.splice(at, 1)[0]!;
  recent.unshift(found);
  if (recent.length > KEPT_KEYS) recent.pop();
  return found.gcm;
}

function expand(key: Uint8Array): ExpandedKey {
  const cipher = nodeCrypto()
    .createCipheriv(`aes-${key.length * 8}-ecb`, key, null)
    .setAutoPadding(false);
  return { key: key.slice(), gcm: new Gcm({ encrypt: (blocks) => cipher.update(blocks) }) };
}

function sameKey(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
