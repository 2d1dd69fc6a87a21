import { get32, put32 } from '../../protocols/bytes.ts';
import { TABLE_LENGTH } from './gcm-module.ts';

/** The reduction polynomial's low terms, 1 + x + x² + x⁷, in GCM's order of bits (NIST SP 800-38D section 6.3). */
const REDUCTION = 0xe1000000;

/**
 * The products of a hash key with each value of each nibble of a block: 32 positions, 16 values, 16 bytes. A product with a
 * whole block is the exclusive or of 32 of them.
 */
export function ghashTable(hashKey: Uint8Array): Uint8Array {
  const table = new Uint8Array(TABLE_LENGTH);
  const product = hashKey.slice(0, 16);
  for (let bit = 0; bit < 128; bit++) {
    const position = bit >> 2;
    const value = 8 >> (bit & 3);
    table.set(product, (position * 16 + value) * 16);
    timesX(product);
  }
  for (let position = 0; position < 32; position++) addSums(table, position * 256);
  return table;
}

/** Values of more than one bit: the sum of the lowest bit's product and the rest's. */
function addSums(table: Uint8Array, at: number): void {
  for (let value = 3; value < 16; value++) {
    const lowest = value & -value;
    const rest = value ^ lowest;
    for (let i = 0; i < 16; i++) {
      table[at + value * 16 + i] = table[at + lowest * 16 + i]! ^ table[at + rest * 16 + i]!;
    }
  }
}

/** A block times x: a shift to the right in GCM's order of bits, reduced. */
function timesX(block: Uint8Array): void {
  const reduce = block[15]! & 1;
  let carry = 0;
  for (let at = 0; at < 16; at += 4) {
    const word = get32(block, at);
    put32(block, at, (word >>> 1) | (carry << 31));
    carry = word & 1;
  }
  if (reduce !== 0) put32(block, 0, get32(block, 0) ^ REDUCTION);
}
