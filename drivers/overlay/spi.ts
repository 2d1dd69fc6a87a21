const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/**
 * The SPI of one direction of an encrypted overlay: FNV-1a over the sender's address, the key's tag and the
 * receiver's address (moby libnetwork/drivers/overlay/encryption.go, buildSPI). Addresses are hashed in their
 * 16-byte form, which for IPv4 is ::ffff:a.b.c.d; the tag is the low 32 bits of the key's Lamport time.
 */
export function overlaySpi(source: number, destination: number, tag: number): number {
  let hash = addMapped(FNV_OFFSET, source);
  hash = addWord(hash, tag);
  return addMapped(hash, destination) >>> 0;
}

function addMapped(hash: number, address: number): number {
  let mixed = hash;
  for (let i = 0; i < 10; i++) mixed = addByte(mixed, 0);
  mixed = addByte(addByte(mixed, 0xff), 0xff);
  return addWord(mixed, address);
}

function addWord(hash: number, word: number): number {
  let mixed = hash;
  for (let shift = 24; shift >= 0; shift -= 8) mixed = addByte(mixed, (word >>> shift) & 0xff);
  return mixed;
}

function addByte(hash: number, byte: number): number {
  return Math.imul(hash ^ byte, FNV_PRIME);
}
