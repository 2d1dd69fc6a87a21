import type { Process } from '../../core/host/process.ts';
import type { Run } from '../line-input.ts';
import { decode, encode } from '../sockets-io/tcp-stream.ts';
import type { Peer } from './peer.ts';

export interface CopyOptions {
  /** End after so long without anything coming or going. */
  idleNs: number;
  /** What the end of the input does: tell the peer (busybox, -N), nothing, or end so much later (-q). */
  atInputEnd: 'shutdown' | 'nothing' | { quitAfterNs: number };
  /**
   * What the end of the peer's words does: end at once (busybox's), end when all that was read of the input is sent
   * (OpenBSD's listener), or go on until the input has ended as well (OpenBSD's client; its readwrite()).
   */
  atPeerEnd: 'end' | 'drain' | 'finish-input';
  /** Most bytes sent at once: what a read of the input takes. */
  chunkBytes: number;
  /** Standard input is not read (-d). */
  ignoreInput: boolean;
}

/** Carries the input to the peer and the peer's words to the output, until an end: 0, or the error number. */
export function* copyBothWays(proc: Process, peer: Peer, options: CopyOptions): Run<number> {
  let waiting = new Uint8Array(0);
  let inputOpen = !options.ignoreInput;
  let quitNs = Infinity;
  let lastNs = proc.nowNs;
  for (;;) {
    const error = peer.takeError();
    if (error !== 0) return error;
    for (let data = peer.receive(); data !== null; data = peer.receive()) {
      proc.print(decode(data));
      lastNs = proc.nowNs;
    }
    if (peer.ended && options.atPeerEnd === 'end') return 0;
    if (waiting.length === 0 && inputOpen) {
      waiting = encode(proc.stdin.read()) as Uint8Array<ArrayBuffer>;
      if (waiting.length === 0 && proc.stdin.ended) {
        inputOpen = false;
        if (options.atInputEnd === 'shutdown') peer.shutdown();
        else if (options.atInputEnd !== 'nothing') quitNs = proc.nowNs + options.atInputEnd.quitAfterNs;
      }
    }
    let blocked = false;
    while (waiting.length > 0 && !blocked) {
      const sent = peer.send(waiting.subarray(0, options.chunkBytes));
      if (sent < 0) return -sent;
      blocked = sent === 0;
      waiting = waiting.slice(sent);
      lastNs = proc.nowNs;
    }
    const isDrained = waiting.length === 0 && (options.atPeerEnd === 'drain' || !inputOpen);
    if (peer.ended && isDrained) return 0;
    const untilNs = Math.min(quitNs, lastNs + options.idleNs);
    if (proc.nowNs >= untilNs) return 0;
    const queues = [peer.readable];
    if (blocked) queues.push(peer.writable);
    if (inputOpen && waiting.length === 0) {
      if (proc.stdin.ended) continue;
      queues.push(proc.stdin.readable);
    }
    yield* proc.waitAny([...new Set(queues)], untilNs - proc.nowNs);
  }
}
