import { Cable } from '../core/device/link/cable.ts';
import { NO_IMPAIRMENTS, type Impairments } from '../core/device/link/impairments.ts';
import { Nic } from '../core/device/link/nic.ts';
import { TcpSocket } from '../core/socket/tcp-socket.ts';
import { Lab, report } from './lab.ts';

const TOTAL_BYTES = 100_000_000;

/** What one transfer of 100 MB gave. */
export interface Transfer {
  goodputMbps: number;
  frames: number;
  wallSeconds: number;
}

/** Sends 100 MB over one cable between two machines; the receiver reads at once. */
export function transfer(impairments: Impairments): Transfer {
  const lab = new Lab();
  const nics = [1, 2].map((n) => {
    const host = lab.host(`host${n}`);
    const nic = new Nic('eth0', host, host.initNamespace, lab.mac());
    host.initNamespace.addDevice(nic);
    host.initNamespace.ipv4.addAddress(nic, 0x0a000000 + n, 24);
    host.initNamespace.ipv4.setUp(nic);
    return nic;
  }) as [Nic, Nic];
  new Cable(lab.sim, 'wire', nics[0], nics[1], impairments, impairments);
  const chunk = new Uint8Array(65536).fill(7);
  const sink = new Uint8Array(1 << 20);
  let sent = 0;
  let received = 0;
  let doneNs = 0;

  class Receiver extends TcpSocket {
    override onReadable(): void {
      const connection = this.connection!;
      for (let n = connection.read(sink, 0, sink.length); n > 0; n = connection.read(sink, 0, sink.length))
        received += n;
      if (received === TOTAL_BYTES && doneNs === 0) doneNs = lab.sim.nowNs;
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
      while (sent < TOTAL_BYTES) {
        const taken = this.send(chunk, 0, Math.min(chunk.length, TOTAL_BYTES - sent));
        if (taken <= 0) return;
        sent += taken;
      }
      this.shutdown();
    }
  }
  const listener = new Listener(nics[1].netns);
  listener.bind(0, 5000);
  listener.listen(5);
  const sender = new Sender(nics[0].netns);
  const start = process.hrtime.bigint();
  sender.connect(0x0a000002, 5000);
  lab.sim.run(600e9);
  const wallSeconds = Number(process.hrtime.bigint() - start) / 1e9;
  if (received !== TOTAL_BYTES) throw new Error(`only ${received} bytes arrived`);
  const frames = nics[0].stats.txPackets + nics[1].stats.txPackets;
  return { goodputMbps: (TOTAL_BYTES * 8) / (doneNs / 1e3), frames, wallSeconds };
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
}
