import { put32 } from '../../protocols/bytes.ts';
import type { GcmRequest } from '../host/cipher-provider.ts';
import { gcmMachine, type GcmMachine } from './gcm-machine.ts';
import { DIGEST, KEY_STREAM, MESSAGE } from './gcm-module.ts';
import { ghashTable } from './ghash-table.ts';

/** A block cipher with its key, which the platform brings. */
export interface BlockCipher {
  /** Encrypts each block of 16 bytes by itself. The result is only valid until the next call. */
  encrypt(blocks: Uint8Array): Uint8Array;
}

/** The longest text and additional data together: more than an IP packet is long. */
const MAXIMUM_LENGTH = 0x11000;

/**
 * Galois/Counter Mode (NIST SP 800-38D) with one key and nonces of 12 bytes. A message's counter blocks go through the block
 * cipher in one call, because the way to a platform's cipher costs more than a block does.
 */
export class Gcm {
  private readonly cipher: BlockCipher;
  private readonly table: Uint8Array;

  constructor(cipher: BlockCipher) {
    this.cipher = cipher;
    this.table = ghashTable(cipher.encrypt(new Uint8Array(16)));
  }

  /** Writes ciphertext and tag. */
  seal(request: GcmRequest): void {
    const { length, out, outOffset, tagLength } = request;
    const machine = gcmMachine(this.table);
    const text = this.load(machine, request);
    if (length > 0) machine.xor(text, KEY_STREAM + 16, text + length);
    this.digest(machine, text, request);
    copy(machine.memory, text, length, out, outOffset);
    for (let i = 0; i < tagLength; i++) out[outOffset + length + i] = machine.memory[DIGEST + i]!;
  }

  /** Writes the plaintext; false, with nothing written, when the tag is wrong. */
  open(request: GcmRequest): boolean {
    const { input, inputOffset, length, out, outOffset, tagLength } = request;
    const machine = gcmMachine(this.table);
    const { memory } = machine;
    const text = this.load(machine, request);
    this.digest(machine, text, request);
    let difference = 0;
    for (let i = 0; i < tagLength; i++) difference |= memory[DIGEST + i]! ^ input[inputOffset + length + i]!;
    if (difference !== 0) return false;
    if (length > 0) machine.xor(text, KEY_STREAM + 16, text + length);
    copy(memory, text, length, out, outOffset);
    return true;
  }

  /** Puts additional data, text and key stream into the machine's memory; returns where the text is. */
  private load(machine: GcmMachine, request: GcmRequest): number {
    const { aad, input, inputOffset, length } = request;
    if (length > MAXIMUM_LENGTH || aad.length > MAXIMUM_LENGTH - length)
      throw new RangeError('too long for GCM');
    const { memory } = machine;
    const text = MESSAGE + wholeBlocks(aad.length);
    memory.set(aad, MESSAGE);
    clear(memory, MESSAGE + aad.length, text);
    copy(input, inputOffset, length, memory, text);
    memory.set(this.cipher.encrypt(counterBlocks(request.nonce, 1 + wholeBlocks(length) / 16)), KEY_STREAM);
    return text;
  }

  /** GHASH over additional data, ciphertext and their lengths, and the key stream's first block: the tag, at DIGEST. */
  private digest(machine: GcmMachine, text: number, request: GcmRequest): void {
    const { memory } = machine;
    const end = text + wholeBlocks(request.length);
    clear(memory, text + request.length, end + 16);
    put32(memory, end + 4, request.aad.length * 8);
    put32(memory, end + 12, request.length * 8);
    machine.ghash(MESSAGE, end + 16);
    machine.xor(DIGEST, KEY_STREAM, DIGEST + 16);
  }
}

/** Counter blocks, kept from message to message: all but the nonce stays the same. */
let counters = new Uint8Array(0);
let counterWords = new Int32Array(0);
/** As many of them as the last message needed: messages of one length often follow each other. */
let lastCounters = counters;
const nonceWords = new Int32Array(3);
const nonceBytes = new Uint8Array(nonceWords.buffer);

/** The first `count` counter blocks of a nonce: the one for the tag, then those of the text. */
function counterBlocks(nonce: Uint8Array, count: number): Uint8Array {
  if (counters.length < count * 16) makeCounters(count * 2);
  nonceBytes.set(nonce);
  const first = nonceWords[0]!;
  const second = nonceWords[1]!;
  const third = nonceWords[2]!;
  for (let at = 0; at < count * 4; at += 4) {
    counterWords[at] = first;
    counterWords[at + 1] = second;
    counterWords[at + 2] = third;
  }
  if (lastCounters.length !== count * 16) lastCounters = counters.subarray(0, count * 16);
  return lastCounters;
}

function makeCounters(count: number): void {
  counters = new Uint8Array(count * 16);
  counterWords = new Int32Array(counters.buffer);
  lastCounters = counters;
  for (let i = 0; i < count; i++) put32(counters, i * 16 + 12, i + 1);
}

/** Zeroes for less than two blocks. */
function clear(memory: Uint8Array, from: number, to: number): void {
  for (let i = from; i < to; i++) memory[i] = 0;
}

function wholeBlocks(length: number): number {
  return (length + 15) & ~15;
}

function copy(from: Uint8Array, fromOffset: number, length: number, to: Uint8Array, toOffset: number): void {
  to.set(from.subarray(fromOffset, fromOffset + length), toOffset);
}
