import { describe, expect, it } from 'vitest';
import { Lab } from '../../bench/lab.ts';
import { COST_STAGES, type CostMeter } from '../../core/host/cost-meter.ts';
import { openTable } from '../../core/netfilter/tables/open-table.ts';
import { UdpSocket } from '../../core/socket/udp-socket.ts';
import { COST_LEVELS, costAt } from '../../scenarios/cost/scenario-cost.ts';
import { LINUX_PROFILE } from '../../scenarios/cost/linux-profile.ts';
import { OverlayLab } from '../vxlan/overlay-lab.ts';
import { meter, udpPair } from './lab.ts';

const LINUX = costAt(LINUX_PROFILE, 'mid').profile;
const PAYLOAD = new Uint8Array(18);

/** What one datagram costs, read and all, when the way is known. */
function costOf(
  cost: CostMeter,
  run: (job: () => void) => void,
  pair: { sender: UdpSocket; receiver: UdpSocket },
) {
  run(() => pair.sender.send(PAYLOAD));
  run(() => expect(pair.receiver.receive()).not.toBeNull());
  return cost.busyNs;
}

/** Within the error of the measurement (±10 %). */
function expectNear(ns: number, measuredNs: number) {
  expect(ns).toBeGreaterThan(measuredNs * 0.9);
  expect(ns).toBeLessThan(measuredNs * 1.1);
}

describe('the profile linux gives back what was measured, in nanoseconds a packet', () => {
  it('loopback: 2580', () => {
    const lab = new Lab();
    const host = lab.host('host1');
    const pair = udpPair(lab, host.initNamespace, host.initNamespace, 0x7f000001);
    expectNear(
      costOf(meter(host, LINUX), (job) => host.runJob(job), pair),
      2580,
    );
  });

  it('two veth pairs and a bridge: 4040, with br_netfilter 690 more', () => {
    for (const measuredNs of [4040, 4730]) {
      const lab = new Lab();
      const host = lab.host('host1');
      const bridge = lab.bridge(host, 'br0', 0x0a000001, 16);
      const [from, to] = [2, 3].map((n) => lab.container(host, bridge, 0x0a000000 + n, 16));
      const pair = udpPair(lab, from!, to!, 0x0a000003);
      if (measuredNs > 4040) Object.assign(host.bridgeNetfilter, { loaded: true, callIptables: 1 });
      expectNear(
        costOf(meter(host, LINUX), (job) => host.runJob(job), pair),
        measuredNs,
      );
    }
  });

  it('a router with its tables between two veth pairs: 4220', () => {
    const lab = new Lab();
    const host = lab.host('host1');
    host.initNamespace.ipv4.setForwarding(1);
    const [left, right] = [0, 1].map((n) => lab.bridge(host, `br${n}`, 0x0a000001 + (n << 16), 16));
    const from = lab.container(host, left!, 0x0a000002, 16, 0x0a000001);
    const to = lab.container(host, right!, 0x0a010002, 16, 0x0a010001);
    openTable(host.initNamespace, 2, 'filter');
    const pair = udpPair(lab, from, to, 0x0a010002);
    const cost = meter(host, LINUX);
    const bridgesNs = 2 * LINUX.bridge!.packetNs;
    expectNear(costOf(cost, (job) => host.runJob(job), pair) - bridgesNs, 4220);
  });

  it('containers on two machines by VXLAN, cards aside: 8200 with a veth pair in their place', () => {
    const lab = new OverlayLab();
    const [one, two] = lab.nodes;
    const receiver = new UdpSocket(two.container);
    receiver.bind(0, 9000);
    const sender = new UdpSocket(one.container);
    sender.connect(two.containerAddress, 9000);
    sender.send(PAYLOAD);
    lab.run(1);
    receiver.receive();
    const meters = [meter(one.host, LINUX), meter(two.host, LINUX)];
    one.host.runJob(() => sender.send(PAYLOAD));
    lab.run(1);
    two.host.runJob(() => expect(receiver.receive()).not.toBeNull());
    const cardsNs = LINUX.nicTransmit!.packetNs + LINUX.nicReceive!.packetNs;
    const totalNs = meters.reduce((sum, cost) => sum + cost.busyNs, 0);
    expectNear(totalNs - cardsNs + LINUX.veth!.packetNs, 8200);
  });
});

it('every figure has a source, and low ≤ mid ≤ high', () => {
  for (const stage of COST_STAGES) {
    const figures = LINUX_PROFILE.stages[stage];
    expect(figures?.source, stage).toMatch(/\w{3}/);
    const [low, mid, high] = COST_LEVELS.map((level) => costAt(LINUX_PROFILE, level).profile[stage]!);
    for (const unit of ['packetNs', 'byteNs'] as const) {
      expect(low![unit], stage).toBeLessThanOrEqual(mid![unit]);
      expect(mid![unit], stage).toBeLessThanOrEqual(high![unit]);
    }
  }
});
