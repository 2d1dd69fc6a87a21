import { Cable } from '../core/device/link/cable.ts';
import { NO_IMPAIRMENTS, type Impairments } from '../core/device/link/impairments.ts';
import { Nic } from '../core/device/link/nic.ts';
import type { NetNamespace } from '../core/namespace/net-namespace.ts';
import { TcpSocket } from '../core/socket/tcp-socket.ts';
import { Lab, report } from './lab.ts';

const TOTAL_BYTES = 100_000_000;

/** What one transfer of 100 MB gave. */
export interface Transfer {
  goodputMbps: number;
  frames: number;
  wallSeconds: number;
}

/** What a machine of `transfer` has its card do. */
export interface Offloads {
  tso?: boolean;
  gro?: boolean;
}

/** Sends 100 MB over one cable between two machines; the receiver reads at once. */
export function transfer(impairments: Impairments, offloads: Offloads = {}): Transfer {
  const lab = new Lab();
  const nics = [1, 2].map((n) => {
    const host = lab.host(`host${n}`);
    const nic = new Nic('eth0', host, host.initNamespace, lab.mac());
    host.initNamespace.addDevice(nic);
    host.initNamespace.ipv4.addAddress(nic, 0x0a000000 + n, 24);
    host.initNamespace.ipv4.setUp(nic);
    Object.assign(nic.features, offloads);
    return nic;
  }) as [Nic, Nic];
  new Cable(lab.sim, 'wire', nics[0], nics[1], impairments, impairments);
  const start = process.hrtime.bigint();
  const doneNs = sendStream(lab, nics[0].netns, nics[1].netns, 0x0a000002, TOTAL_BYTES);
  const wallSeconds = Number(process.hrtime.bigint() - start) / 1e9;
  const frames = nics[0].stats.txPackets + nics[1].stats.txPackets;
  return { goodputMbps: (TOTAL_BYTES * 8) / (doneNs / 1e3), frames, wallSeconds };
}

/** The byte at a place of what `sendStream` sends. */
export function streamByte(at: number): number {
  const i = at % 65536;
  return (i ^ (i >>> 8)) & 0xff;
}

/**
 * Sends `totalBytes` from one namespace to `address` of another over TCP and runs the simulation to its end; `onData` gets
 * what the receiver reads. Returns when the last byte was read, in nanoseconds. Throws when not all arrives.
 */
export function sendStream(
  lab: Lab,
  from: NetNamespace,
  to: NetNamespace,
  address: number,
  totalBytes: number,
  onData?: (bytes: Uint8Array) => void,
): number {
  const chunk = Uint8Array.from({ length: 65536 }, (_, i) => streamByte(i));
  const sink = new Uint8Array(1 << 20);
  let sent = 0;
  let received = 0;
  let doneNs = 0;

  class Receiver extends TcpSocket {
    override onReadable(): void {
      const connection = this.connection!;
      for (let n = connection.read(sink, 0, sink.length); n > 0; n = connection.read(sink, 0, sink.length)) {
        received += n;
        onData?.(sink.subarray(0, n));
      }
      if (received === totalBytes && doneNs === 0) doneNs = lab.sim.nowNs;
      if (connection.endOfStream) this.close();
    }
  }
  class Listener extends TcpSocket {
    protected override makeChild(): TcpSocket {
      return new Receiver(this.netns);
    }
    override onAcceptable(): void {
      this.accept();
    }
  }
  class Sender extends TcpSocket {
    override onEstablished(): void {
      this.pump();
    }
    override onWritable(): void {
      this.pump();
    }
    private pump(): void {
      while (sent < totalBytes) {
        const at = sent % chunk.length;
        const taken = this.send(chunk, at, Math.min(chunk.length - at, totalBytes - sent));
        if (taken <= 0) return;
        sent += taken;
      }
      this.shutdown();
    }
  }
  const listener = new Listener(to);
  listener.bind(0, 5000);
  listener.listen(5);
  const sender = new Sender(from);
  sender.connect(address, 5000);
  lab.sim.run(600e9);
  if (received !== totalBytes) throw new Error(`only ${received} bytes arrived`);
  return doneNs;
}

export function run(): void {
  const path = { ...NO_IMPAIRMENTS, rateBps: 1e9, delayNs: 5_000_000 };
  for (const loss of [0, 0.001, 0.01]) {
    const runs = [1, 2, 3]
      .map(() => transfer({ ...path, loss }))
      .sort((a, b) => a.wallSeconds - b.wallSeconds);
    const { goodputMbps, frames, wallSeconds } = runs[1]!;
    report(`100 MB, 1 Gbit/s, 10 ms, loss ${loss * 100} %: goodput`, goodputMbps, 'Mbit/s');
    report(`100 MB, 1 Gbit/s, 10 ms, loss ${loss * 100} %: speed`, frames / wallSeconds, 'frames/s');
  }
  const fast = { ...NO_IMPAIRMENTS, rateBps: 1e10, delayNs: 20_000 };
  const runs = [1, 2, 3].map(() => transfer(fast)).sort((a, b) => a.wallSeconds - b.wallSeconds);
  report('100 MB, 10 Gbit/s, 40 us: speed', runs[1]!.frames / runs[1]!.wallSeconds, 'frames/s');
  for (const [what, offloads] of [
    ['TSO', { tso: true }],
    ['TSO and GRO', { tso: true, gro: true }],
  ] as const) {
    const offloaded = [1, 2, 3]
      .map(() => transfer(fast, offloads))
      .sort((a, b) => a.wallSeconds - b.wallSeconds);
    report(
      `100 MB, 10 Gbit/s, 40 us, ${what}: speed`,
      offloaded[1]!.frames / offloaded[1]!.wallSeconds,
      'frames/s',
    );
  }
}
