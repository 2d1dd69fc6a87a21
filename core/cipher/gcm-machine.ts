import { DIGEST, TABLE, gcmModule } from './gcm-module.ts';

/** The running module, and its memory. */
export interface GcmMachine {
  readonly memory: Uint8Array;
  /** Goes on with the digest at DIGEST over the blocks from `from` to `end`, with the key whose table lies at TABLE. */
  ghash(from: number, end: number): void;
  /** Blocks from `to` to `end` become their exclusive or with those from `from` on. */
  xor(to: number, from: number, end: number): void;
}

/** What is used of it; the language's library does not name it. */
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object) => { exports: unknown };
};

let machine: GcmMachine | null = null;
let loadedTable: Uint8Array | null = null;

/** The machine with `table` (see ghashTable) in place and the digest zero. There is one, compiled when first asked for. */
export function gcmMachine(table: Uint8Array): GcmMachine {
  machine ??= start();
  if (loadedTable !== table) {
    machine.memory.set(table, TABLE);
    loadedTable = table;
  }
  machine.memory.fill(0, DIGEST, DIGEST + 16);
  return machine;
}

function start(): GcmMachine {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(gcmModule()));
  const { ghash, xor, memory } = exports as Omit<GcmMachine, 'memory'> & { memory: { buffer: ArrayBuffer } };
  return { ghash, xor, memory: new Uint8Array(memory.buffer) };
}
