import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EnvironmentOptions } from './harness.ts';
import { Pair } from './harness.ts';

/** What happens to each segment: lost, late, doubled or neither. */
const fateArbitrary = fc.oneof(
  { weight: 8, arbitrary: fc.constant<readonly number[]>([0]) },
  { weight: 2, arbitrary: fc.constant<readonly number[]>([]) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 60e6 }).map((late): readonly number[] => [late]) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 60e6 }).map((late): readonly number[] => [0, late]) },
);

const settingsArbitrary = fc.record({
  sack: fc.boolean(),
  timestamps: fc.boolean(),
  windowScaling: fc.boolean(),
  dsack: fc.boolean(),
  tailLossProbe: fc.boolean(),
  congestionControl: fc.constantFrom<'cubic' | 'reno'>('cubic', 'reno'),
});

const caseArbitrary = fc.record({
  forward: fc.array(fateArbitrary, { minLength: 1, maxLength: 40 }),
  backward: fc.array(fateArbitrary, { minLength: 1, maxLength: 40 }),
  clientSettings: settingsArbitrary,
  serverSettings: settingsArbitrary,
  clientMtu: fc.integer({ min: 300, max: 1600 }),
  serverMtu: fc.integer({ min: 300, max: 1600 }),
  rcvbuf: fc.option(fc.integer({ min: 2048, max: 65536 }), { nil: undefined }),
  bytes: fc.integer({ min: 0, max: 200_000 }),
  reply: fc.integer({ min: 0, max: 60_000 }),
  chunk: fc.integer({ min: 1, max: 30_000 }),
  readSize: fc.integer({ min: 1, max: 70_000 }),
  readPauseNs: fc.constantFrom(0, 0, 1e6, 30e6),
  initialSequence: fc.constantFrom(0, 1, 0x7fffff00, 0xfffffff0),
});

type Case = typeof caseArbitrary extends fc.Arbitrary<infer T> ? T : never;

/** The fates repeat, but not for ever: at last every segment arrives, so a stream can always finish. */
function fates(list: readonly (readonly number[])[]): (n: number) => readonly number[] {
  return (n) => (n < 4000 && n % 97 !== 0 ? list[n % list.length]! : [0]);
}

const byteAt = (position: number, salt: number): number =>
  (position * 31 + (position >> 8) * 7 + salt) & 0xff;

/** Moves `bytes` from `send` to `receive`, checking each; resolves by events on the pair's clock. */
class Transfer {
  sent = 0;
  received = 0;
  intact = true;
  ended = false;
  private readonly salt: number;
  private readonly bytes: number;
  private readonly chunk: Uint8Array;

  constructor(bytes: number, chunkBytes: number, salt: number) {
    this.bytes = bytes;
    this.chunk = new Uint8Array(chunkBytes);
    this.salt = salt;
  }

  pump(write: (buf: Uint8Array, offset: number, length: number) => number): boolean {
    while (this.sent < this.bytes) {
      const length = Math.min(this.chunk.length, this.bytes - this.sent);
      for (let i = 0; i < length; i++) this.chunk[i] = byteAt(this.sent + i, this.salt);
      const taken = write(this.chunk, 0, length);
      this.sent += taken;
      if (taken === 0) return false;
    }
    return true;
  }

  drain(read: (target: Uint8Array, offset: number, length: number) => number, target: Uint8Array): void {
    for (;;) {
      const length = read(target, 0, target.length);
      if (length === 0) return;
      for (let i = 0; i < length; i++) {
        if (target[i] !== byteAt(this.received + i, this.salt)) this.intact = false;
      }
      this.received += length;
    }
  }
}

function runCase(input: Case): { pair: Pair; up: Transfer; down: Transfer } {
  const forward = { delayNs: 10e6, rateBps: 50e6, queueBytes: 100_000, fate: fates(input.forward) };
  const backward = { delayNs: 10e6, rateBps: 50e6, queueBytes: 100_000, fate: fates(input.backward) };
  const rmem = input.rcvbuf === undefined ? {} : { rmem: [2048, input.rcvbuf, input.rcvbuf] as const };
  const client: EnvironmentOptions = {
    settings: input.clientSettings,
    mtuBytes: input.clientMtu,
    initialSequence: input.initialSequence,
  };
  const server: EnvironmentOptions = {
    settings: { ...input.serverSettings, ...rmem },
    mtuBytes: input.serverMtu,
    initialSequence: 0xffffff00,
  };
  const pair = new Pair(forward, backward, client, server);
  const up = new Transfer(input.bytes, input.chunk, 1);
  const down = new Transfer(input.reply, input.chunk, 99);
  const scratch = new Uint8Array(input.readSize);
  pair.server.listen();
  const connection = pair.client.connect();
  const sendUp = (): void => {
    if (connection.canSend && up.pump((b, o, n) => connection.write(b, o, n))) connection.shutdown();
  };
  const serverStep = (): void => {
    const c = pair.server.connection!;
    up.drain((b, o, n) => c.read(b, o, n), scratch);
    if (!c.endOfStream) return;
    up.ended = true;
    if (c.canSend && down.pump((b, o, n) => c.write(b, o, n))) c.close();
  };
  const clientStep = (): void => {
    down.drain((b, o, n) => connection.read(b, o, n), scratch);
    if (!connection.endOfStream) return;
    down.ended = true;
    connection.close();
  };
  const paused = (step: () => void): (() => void) => {
    return input.readPauseNs === 0 ? step : () => pair.clock.after(input.readPauseNs, step);
  };
  pair.client.log.onWritableDo = sendUp;
  pair.client.log.onReadableDo = paused(clientStep);
  pair.server.log.onReadableDo = paused(serverStep);
  pair.server.log.onWritableDo = paused(serverStep);
  // Half of all segments lost means timeouts of two minutes: hours may pass.
  pair.clock.runUntil(200_000e9);
  return { pair, up, down };
}

describe('a stream over any network', () => {
  it('arrives intact, or fails with the right error, and leaves no timer behind', () => {
    fc.assert(
      fc.property(caseArbitrary, (input) => {
        const { pair, up, down } = runCase(input);
        expect(up.intact && down.intact).toBe(true);
        const { client, server } = pair;
        const clientError = client.connection!.error;
        const serverError = server.connection?.error ?? null;
        if (clientError === null && serverError === null) {
          expect([up.received, down.received]).toEqual([input.bytes, input.reply]);
          expect([up.ended, down.ended]).toEqual([true, true]);
        } else {
          for (const error of [clientError, serverError]) {
            expect([null, 'ETIMEDOUT', 'ECONNRESET', 'EPIPE']).toContain(error);
          }
        }
        expect(client.connection!.anyTimerArmed).toBe(false);
        expect([client.environment.armedTimers, server.environment.armedTimers]).toEqual([0, 0]);
      }),
      { numRuns: Number(process.env['TCP_RUNS'] ?? 150), seed: 20240607 },
    );
  });

  it('a peer that vanishes is noticed, with ETIMEDOUT and no timer left', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 1, max: 50_000 }), (alive, bytes) => {
        const pipe = { delayNs: 5e6, rateBps: 0, queueBytes: 0 };
        const dying = { ...pipe, fate: (n: number) => (n < alive ? [0] : []) };
        const pair = new Pair(dying, { ...pipe, fate: (n: number) => (n < alive ? [0] : []) });
        pair.server.listen();
        const connection = pair.client.connect();
        const data = new Uint8Array(bytes);
        let sent = 0;
        pair.client.log.onWritableDo = () => {
          if (sent < bytes) sent += connection.write(data, 0, bytes - sent);
        };
        pair.clock.runUntil(3000e9);
        const acked = connection.sndUna === connection.sndNxt && connection.error === null;
        if (!acked) {
          expect(connection.error).toBe('ETIMEDOUT');
          expect(pair.client.environment.armedTimers).toBe(0);
        }
      }),
      { numRuns: 60, seed: 7 },
    );
  });
});
