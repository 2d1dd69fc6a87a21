/**
 * The WebAssembly module that AES-GCM's inner loops run in: GHASH (NIST SP 800-38D section 6.4) by tables of four bits
 * (Shoup), and the exclusive or with the key stream. The module is put together here instruction by instruction; as text it is
 *
 *     (module
 *       (memory (export "memory") 3)
 *       (func (export "ghash") (param $from i32) (param $end i32) (local $word i32) (local $digest v128)
 *         (local.set $digest (v128.load (i32.const DIGEST)))
 *         (loop
 *           $digest = $digest ^ load($from)
 *           $digest = the exclusive or, for each of its 32 nibbles, of load(TABLE + 256 * position + 16 * nibble)
 *           (br_if 0 (i32.lt_u ($from += 16) $end)))
 *         (v128.store (i32.const DIGEST) (local.get $digest)))
 *       (func (export "xor") (param $to i32) (param $from i32) (param $end i32)
 *         (loop
 *           store($to, load($to) ^ load($from))
 *           $from += 16
 *           (br_if 0 (i32.lt_u ($to += 16) $end)))))
 *
 * Both do at least one block, and whole blocks only.
 */

/** Where the table of the hash key lies: 32 positions of a nibble, 16 products each, 16 bytes a product. */
export const TABLE = 0;
export const TABLE_LENGTH = 32 * 16 * 16;
/** Where the digest lies, which `ghash` goes on from. */
export const DIGEST = TABLE_LENGTH;
/** Room for what is hashed, and for the key stream. */
export const MESSAGE = 0x3000;
export const KEY_STREAM = 0x18000;
const PAGES = 3;

/** Value types and instructions (WebAssembly core specification, section 5). */
const I32 = 0x7f;
const V128 = 0x7b;
const VOID = 0x40;
const LOOP = 0x03;
const END = 0x0b;
const BR_IF = 0x0d;
const I32_LT_U = 0x49;
const I32_ADD = 0x6a;
const I32_AND = 0x71;
const I32_SHL = 0x74;
const I32_SHR_U = 0x76;
const V128_LOAD = 0;
const V128_STORE = 11;
const I32X4_EXTRACT_LANE = 27;
const V128_XOR = 81;

/** The module's bytes. */
export function gcmModule(): Uint8Array {
  const ghash = [...vector([localsOf(1, I32), localsOf(1, V128)]), ...ghashBody(), END];
  const xor = [...vector([]), ...xorBody(), END];
  return Uint8Array.of(
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, vector([functionType(2), functionType(3)])),
    ...section(3, vector([[0], [1]])),
    ...section(5, vector([[0, PAGES]])),
    ...section(7, vector([exported('ghash', 0, 0), exported('xor', 0, 1), exported('memory', 2, 0)])),
    ...section(10, vector([sized(ghash), sized(xor)])),
  );
}

function ghashBody(): number[] {
  const [from, end, word, digest] = [0, 1, 2, 3];
  const code = [...constant(DIGEST), ...load(0), ...set(digest), LOOP, VOID];
  code.push(...get(digest), ...get(from), ...load(0), ...simd(V128_XOR), ...set(digest));
  for (let lane = 0; lane < 4; lane++) {
    code.push(...get(digest), ...simd(I32X4_EXTRACT_LANE), lane, ...set(word));
    for (let nibble = 0; nibble < 8; nibble++) {
      // Bytes lie low to high in a word; of each byte the high nibble comes first.
      const bit = (nibble ^ 1) * 4;
      code.push(...get(word), ...sixteenTimesNibble(bit), ...load(TABLE + (lane * 8 + nibble) * 256));
      if (nibble > 0) code.push(...simd(V128_XOR));
    }
    // A sum for each word first, so that a word's look-ups need not wait for those of the one before.
    if (lane > 0) code.push(...simd(V128_XOR));
  }
  code.push(...set(digest), ...nextBlock(from), ...get(end), I32_LT_U, BR_IF, 0, END);
  return [...code, ...constant(DIGEST), ...get(digest), ...store()];
}

function xorBody(): number[] {
  const [to, from, end] = [0, 1, 2];
  const code = [LOOP, VOID, ...get(to)];
  code.push(...get(to), ...load(0), ...get(from), ...load(0), ...simd(V128_XOR), ...store());
  code.push(...get(from), ...constant(16), I32_ADD, ...set(from));
  return [...code, ...nextBlock(to), ...get(end), I32_LT_U, BR_IF, 0, END];
}

/** Sixteen times the four bits from `bit` on of the word on the stack. */
function sixteenTimesNibble(bit: number): number[] {
  const shift = bit === 0 ? [...constant(4), I32_SHL] : [...constant(bit - 4), I32_SHR_U];
  return [...shift, ...constant(0xf0), I32_AND];
}

/** Moves a local on by a block, and leaves it on the stack. */
function nextBlock(local: number): number[] {
  return [...get(local), ...constant(16), I32_ADD, 0x22, local];
}

function get(local: number): number[] {
  return [0x20, local];
}

function set(local: number): number[] {
  return [0x21, local];
}

/** i32.const, whose number is a signed LEB128. */
function constant(value: number): number[] {
  const bytes = [0x41];
  for (; value > 0x3f; value >>>= 7) bytes.push((value & 0x7f) | 0x80);
  return [...bytes, value];
}

function simd(instruction: number): number[] {
  return [0xfd, instruction];
}

/** v128.load of the address on the stack, 16-byte alignment as a hint. */
function load(offset: number): number[] {
  return [...simd(V128_LOAD), 4, ...unsigned(offset)];
}

function store(): number[] {
  return [...simd(V128_STORE), 4, 0];
}

function functionType(parameters: number): number[] {
  return [0x60, ...vector(new Array<number[]>(parameters).fill([I32])), 0];
}

function localsOf(count: number, type: number): number[] {
  return [count, type];
}

function exported(name: string, kind: number, index: number): number[] {
  return [...vector(Array.from(name, (letter) => [letter.charCodeAt(0)])), kind, index];
}

function section(id: number, content: number[]): number[] {
  return [id, ...sized(content)];
}

function sized(content: number[]): number[] {
  return [...unsigned(content.length), ...content];
}

function vector(items: number[][]): number[] {
  return [...unsigned(items.length), ...items.flat()];
}

/** Unsigned LEB128. */
function unsigned(value: number): number[] {
  const bytes: number[] = [];
  for (; value > 0x7f; value >>>= 7) bytes.push((value & 0x7f) | 0x80);
  return [...bytes, value];
}
