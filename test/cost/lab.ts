import { Lab } from '../../bench/lab.ts';
import { Cable } from '../../core/device/link/cable.ts';
import { NO_IMPAIRMENTS, type Impairments } from '../../core/device/link/impairments.ts';
import { Nic } from '../../core/device/link/nic.ts';
import {
  COST_STAGES,
  CostMeter,
  type CostProfile,
  type CostStage,
  type StageCost,
} from '../../core/host/cost-meter.ts';
import type { Host } from '../../core/host/host.ts';
import type { NetNamespace } from '../../core/namespace/net-namespace.ts';
import { UdpSocket } from '../../core/socket/udp-socket.ts';

/** Every stage has a price of its own, so that a sum tells which stages are in it. */
export const POWERS: CostProfile = Object.fromEntries(
  COST_STAGES.map((stage, index): [string, StageCost] => [stage, { packetNs: 3 ** index, byteNs: 0 }]),
);

/** The stages that a meter has been charged for, each with how often. */
export function passes(meter: CostMeter): Partial<Record<CostStage, number>> {
  const result: Partial<Record<CostStage, number>> = {};
  for (const [index, stage] of COST_STAGES.entries()) {
    if (meter.stageCount[index]! > 0) result[stage] = meter.stageCount[index]!;
  }
  return result;
}

/** Gives a machine a core of that profile. */
export function meter(host: Host, profile: CostProfile): CostMeter {
  host.cost = new CostMeter(host.sim, profile);
  return host.cost;
}

/** Two machines on a cable, 10.0.0.1 and 10.0.0.2, that know each other's MAC. */
export function cabledHosts(lab: Lab, impairments: Impairments = NO_IMPAIRMENTS): [Nic, Nic] {
  const nics = [1, 2].map((n) => {
    const host = lab.host(`host${n}`);
    const nic = new Nic('eth0', host, host.initNamespace, lab.mac());
    host.initNamespace.addDevice(nic);
    host.initNamespace.ipv4.addAddress(nic, 0x0a000000 + n, 24);
    host.initNamespace.ipv4.setUp(nic);
    return nic;
  }) as [Nic, Nic];
  new Cable(lab.sim, 'wire', nics[0], nics[1], impairments, impairments);
  nics[0].netns.ipv4.arp.neighbour(nics[0], 0x0a000002).setPermanent(nics[1].mac);
  nics[1].netns.ipv4.arp.neighbour(nics[1], 0x0a000001).setPermanent(nics[0].mac);
  return nics;
}

/** A sender and a receiver whose ways are known (ARP is done). */
export function udpPair(lab: Lab, from: NetNamespace, to: NetNamespace, address: number) {
  const receiver = new UdpSocket(to);
  receiver.bind(0, 9000);
  const sender = new UdpSocket(from);
  sender.connect(address, 9000);
  sender.send(new Uint8Array(1));
  lab.sim.run(lab.sim.nowNs + 1e9);
  if (receiver.receive() === null) throw new Error('no way to the receiver');
  return { sender, receiver };
}
