import Benchmark from 'benchmark';
import { Cable } from '../core/device/link/cable.ts';
import { NO_IMPAIRMENTS } from '../core/device/link/impairments.ts';
import { Nic } from '../core/device/link/nic.ts';
import { Simulator } from '../core/sim/simulator.ts';
import { Timer } from '../core/sim/timer.ts';
import { Lab, medianSeconds, report } from './lab.ts';

/** The hold model: each event that fires schedules the next a random time later; `pending` are always waiting. */
function hold(pending: number): { sim: Simulator; step: () => void } {
  const sim = new Simulator(1);
  const random = sim.random.stream('hold');
  for (let i = 0; i < pending; i++) {
    const timer: Timer = new Timer(sim, () => timer.arm(1 + random.below(2_000_000)));
    timer.arm(random.below(2_000_000));
  }
  return {
    sim,
    step: () => {
      const until = sim.fired + 1000;
      while (sim.fired < until) sim.run(sim.nextEventNs());
    },
  };
}

/** Frames on 64 busy links: each link queues only its first frame, whatever is in flight behind it. */
function lanes(inFlight: number): number {
  const lab = new Lab();
  const nics: Nic[] = [];
  for (let i = 0; i < 64; i++) {
    const [one, two] = [0, 1].map((side) => {
      const host = lab.host(`h${i}-${side}`);
      const nic = new Nic('eth0', host, host.initNamespace, lab.mac());
      host.initNamespace.addDevice(nic);
      host.initNamespace.ipv4.setUp(nic);
      return nic;
    }) as [Nic, Nic];
    const delay = { ...NO_IMPAIRMENTS, rateBps: 1e9, delayNs: 50_000_000, queue: { packets: 1_000_000 } };
    new Cable(lab.sim, `l${i}`, one, two, delay, delay);
    nics.push(one);
  }
  const frame = new Uint8Array(100);
  frame.fill(0xff, 0, 6);
  frame[12] = 0x88;
  const send = () => {
    for (let i = 0; i < inFlight; i++) nics[i & 63]!.transmit(lab.pool.from(frame));
    lab.sim.run();
  };
  send();
  return inFlight / medianSeconds(7, send);
}

export function run(): void {
  for (const pending of [1_000, 100_000]) {
    const { step } = hold(pending);
    const bench = new Benchmark(`hold ${pending}`, step, { minSamples: 20, maxTime: 2 });
    bench.run();
    report(`events, hold model, ${pending} pending`, (bench.hz ?? 0) * 1000, 'events/s');
  }
  report('frames through 64 links, 100 000 in flight (send and arrive)', lanes(100_000), 'frames/s');
}
