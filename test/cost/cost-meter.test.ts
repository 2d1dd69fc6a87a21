import { describe, expect, it } from 'vitest';
import { Lab } from '../../bench/lab.ts';
import { CostMeter, Stage } from '../../core/host/cost-meter.ts';
import { Simulator } from '../../core/sim/simulator.ts';
import { watch } from '../vxlan/overlay-lab.ts';
import { POWERS, cabledHosts, meter, passes, udpPair } from './lab.ts';

const price = (stage: keyof typeof POWERS) => POWERS[stage]!.packetNs;

describe('one packet', () => {
  it('over a bridge costs the sum of its stages, and captures are stamped along the way', () => {
    const lab = new Lab();
    const host = lab.host('host1');
    const bridge = lab.bridge(host, 'br0', 0x0a000001, 16);
    const [from, to] = [0x0a000002, 0x0a000003].map((address) => lab.container(host, bridge, address, 16));
    const { sender, receiver } = udpPair(lab, from!, to!, 0x0a000003);
    const [first, last] = [watch(from!.device('eth0')!), watch(to!.device('eth0')!)];
    const cost = meter(host, POWERS);
    const startNs = lab.sim.nowNs;
    host.runJob(() => sender.send(new Uint8Array(100)));

    expect(passes(cost)).toEqual({
      syscall: 1,
      copy: 1,
      socketSend: 1,
      route: 2,
      veth: 2,
      bridge: 1,
      socketReceive: 1,
    });
    const sentNs = price('syscall') + price('copy') + price('socketSend') + price('route');
    const arrivedNs = sentNs + 2 * price('veth') + price('bridge');
    expect(first.map((frame) => frame.timeNs - startNs)).toEqual([sentNs]);
    expect(last.map((frame) => frame.timeNs - startNs)).toEqual([arrivedNs]);
    const totalNs = arrivedNs + price('route') + price('socketReceive');
    expect(cost.busyNs).toBe(totalNs);
    expect(cost.busyUntilNs).toBe(startNs + totalNs);
    expect(receiver.receive()!.receivedNs - startNs).toBe(arrivedNs + price('route'));
  });

  it('between machines keeps each core busy for its own part', () => {
    const lab = new Lab();
    const nics = cabledHosts(lab);
    const { sender } = udpPair(lab, nics[0].netns, nics[1].netns, 0x0a000002);
    const [one, two] = [meter(nics[0].host, POWERS), meter(nics[1].host, POWERS)];
    const frames = watch(nics[1]);
    const startNs = lab.sim.nowNs;
    nics[0].host.runJob(() => sender.send(new Uint8Array(100)));
    lab.sim.run(startNs + 1e12);
    expect(passes(one)).toEqual({ syscall: 1, copy: 1, socketSend: 1, route: 1, nicTransmit: 1 });
    expect(passes(two)).toEqual({ nicReceive: 1, route: 1, socketReceive: 1 });
    expect(frames[0]!.timeNs - startNs).toBe(one.busyNs + price('nicReceive'));
  });

  it('pays for its bytes where the profile says so', () => {
    const cost = new CostMeter(new Simulator(), { copy: { packetNs: 10, byteNs: 0.5 } });
    cost.chargeSystemCall(1000);
    expect(cost.busyNs).toBe(510);
  });
});

describe('the core', () => {
  it('does one job after the other', () => {
    const sim = new Simulator();
    const cost = new CostMeter(sim, { route: { packetNs: 100, byteNs: 0 } });
    const job = () => {
      cost.begin();
      const waitedNs = cost.elapsedNs;
      cost.chargeTimes(Stage.route, 3);
      cost.end();
      return waitedNs;
    };
    expect([job(), job(), job()]).toEqual([0, 300, 600]);
    sim.at(1e6, () => expect(job()).toBe(0));
    sim.run();
    expect(cost.busyUntilNs).toBe(1e6 + 300);
    expect(cost.busyNs).toBe(1200);
  });

  it('leaves what comes while it is busy in the ring, and past 1024 frames drops it with a reason', () => {
    const lab = new Lab();
    const nics = cabledHosts(lab);
    const { sender, receiver } = udpPair(lab, nics[0].netns, nics[1].netns, 0x0a000002);
    receiver.receiveBufferBytes = 1e9;
    const host = nics[1].host;
    const cost = meter(host, { nicReceive: { packetNs: 1000, byteNs: 0 } });
    const frames = watch(nics[1]);
    const freeBefore = host.droppedTotal;
    const startNs = lab.sim.nowNs;
    for (let i = 0; i < 1500; i++) sender.send(Uint8Array.of(i >> 8, i));
    lab.sim.run(startNs + 1e9);

    // All arrive at one moment: the core takes the first, 1024 wait.
    expect(host.dropsOf('FULL_RING')).toBe(1500 - 1025);
    expect(host.droppedTotal - freeBefore).toBe(1500 - 1025);
    expect(nics[1].stats.rxDropped).toBe(1500 - 1025);
    expect(frames).toHaveLength(1025);
    expect(frames.map((frame) => frame.timeNs - startNs)).toEqual(frames.map((_, i) => (i + 1) * 1000));
    expect(cost.busyNs).toBe(1025 * 1000);
    const order = [];
    for (let datagram = receiver.receive(); datagram !== null; datagram = receiver.receive()) {
      order.push((datagram.data[0]! << 8) | datagram.data[1]!);
    }
    expect(order).toEqual(frames.map((_, i) => i));
    expect(lab.pool.allocated - lab.pool.freed).toBe(0);
  });

  it('drops nothing that it keeps up with', () => {
    const lab = new Lab();
    const nics = cabledHosts(lab);
    const { sender, receiver } = udpPair(lab, nics[0].netns, nics[1].netns, 0x0a000002);
    meter(nics[0].host, { socketSend: { packetNs: 1000, byteNs: 0 } });
    meter(nics[1].host, { nicReceive: { packetNs: 1000, byteNs: 0 } });
    receiver.receiveBufferBytes = 1e9;
    nics[0].host.runJob(() => {
      for (let i = 0; i < 5000; i++) sender.send(new Uint8Array(10));
    });
    lab.sim.run(lab.sim.nowNs + 1e9);
    expect(nics[1].host.dropsOf('FULL_RING')).toBe(0);
    expect(nics[1].stats.rxPackets).toBe(5001);
  });

  it('loses what is in the ring of a machine that goes down', () => {
    const lab = new Lab();
    const nics = cabledHosts(lab);
    const { sender } = udpPair(lab, nics[0].netns, nics[1].netns, 0x0a000002);
    meter(nics[1].host, { nicReceive: { packetNs: 1000, byteNs: 0 } });
    for (let i = 0; i < 5; i++) sender.send(new Uint8Array(10));
    lab.sim.run(lab.sim.nowNs + 2500);
    nics[1].host.running = false;
    lab.sim.run(lab.sim.nowNs + 1e9);
    expect(nics[1].host.dropsOf('HOST_DOWN')).toBe(2);
  });
});
