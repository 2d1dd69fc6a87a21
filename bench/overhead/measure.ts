import { COST_STAGES, type CostMeter, type CostProfile, type CostStage } from '../../core/host/cost-meter.ts';
import { TcpFlow, UdpFlow, type Flow } from './flow.ts';
import type { Topology } from './topology.ts';
import { WireCounter } from './wire-counter.ts';

export const TRANSPORTS = ['udp', 'tcp'] as const;
export type Transport = (typeof TRANSPORTS)[number];

/** What the traffic is on the wire, for one unit (a datagram, or a segment). */
export interface WireFigures {
  /** Payload bytes of one unit: for TCP what a segment carries, which the MTU may have cut. */
  unitBytes: number;
  frames: number;
  frameBytes: number;
  mediumBytes: number;
  /** Frames of acknowledgements that come back. */
  framesBack: number;
  /** Payload bits per second when the link is the limit. */
  goodputBps: number;
}

/** CPU time of one unit, by machine and stage, in nanoseconds. */
export interface CpuFigures {
  unitBytes: number;
  client: StageTimes;
  server: StageTimes;
}

export interface StageTimes {
  totalNs: number;
  stages: Partial<Record<CostStage, { passes: number; ns: number }>>;
}

const UDP_UNITS = 400;
const TCP_UNITS = 1200;
/** Few enough that no window or queue is in the way. */
const CPU_BURST = 20;
const CPU_UNITS = 200;
/** A new TCP connection acknowledges its first segments one by one. */
const CPU_WARM_UP = 100;
/** Traffic of the swarm itself may fall into a window; then the next is taken. */
const ATTEMPTS = 20;

/** Sends back to back over the link and counts what passes the client's card. */
export function measureWire(topology: Topology, transport: Transport, payload: number): WireFigures {
  const units = transport === 'udp' ? UDP_UNITS : TCP_UNITS;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const flow = openFlow(topology, transport, payload);
    const counter = new WireCounter(topology.clientNic);
    flow.send(units);
    runUntilReceived(topology, flow, units * flow.unitBytes);
    topology.clientNic.removeTap(counter);
    flow.close();
    if (counter.foreign > 0) continue;
    return {
      unitBytes: flow.unitBytes,
      frames: counter.framesOut / units,
      frameBytes: counter.frameBytesOut / units,
      mediumBytes: counter.mediumBytesOut / units,
      framesBack: counter.framesIn / units,
      goodputBps: steadyRate(flow) * 8e9,
    };
  }
  throw new Error('the wire is never quiet');
}

/** Sends a few units at a time and adds up what the cores of both machines do. */
export function measureCpu(
  topology: Topology,
  transport: Transport,
  payload: number,
  profile: CostProfile,
): CpuFigures {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const flow = openFlow(topology, transport, payload);
    const counter = new WireCounter(topology.clientNic);
    for (let sent = 0; sent < CPU_WARM_UP + CPU_UNITS; sent += CPU_BURST) {
      if (sent === CPU_WARM_UP) topology.setCost(profile);
      flow.send(CPU_BURST);
      runUntilReceived(topology, flow, (sent + CPU_BURST) * flow.unitBytes);
    }
    const [client, server] = topology.hosts.map((host) => stageTimes(host.cost!, CPU_UNITS));
    topology.setCost(null);
    topology.clientNic.removeTap(counter);
    flow.close();
    if (counter.foreign === 0) return { unitBytes: flow.unitBytes, client: client!, server: server! };
  }
  throw new Error('the wire is never quiet');
}

function openFlow(topology: Topology, transport: Transport, payload: number): UdpFlow | TcpFlow {
  return transport === 'udp' ? new UdpFlow(topology, payload) : new TcpFlow(topology, payload);
}

function runUntilReceived(topology: Topology, flow: UdpFlow | TcpFlow, bytes: number): void {
  for (let step = 0; step < 100_000 && flow.receivedBytes < bytes; step++) {
    topology.run(100_000);
    if (flow instanceof UdpFlow) flow.read();
  }
  if (flow.receivedBytes !== bytes) throw new Error(`${flow.receivedBytes} of ${bytes} bytes arrived`);
  // The last acknowledgement is on its way.
  topology.run(100_000);
}

/** Bytes a nanosecond once the flow has found its pace: over the second half. */
function steadyRate({ arrivals }: Flow): number {
  const from = arrivals[Math.floor(arrivals.length / 2)]!;
  const to = arrivals.at(-1)!;
  return (to.bytes - from.bytes) / (to.timeNs - from.timeNs);
}

function stageTimes(meter: CostMeter, units: number): StageTimes {
  const stages: StageTimes['stages'] = {};
  for (const [index, stage] of COST_STAGES.entries()) {
    const count = meter.stageCount[index]!;
    if (count > 0) stages[stage] = { passes: count / units, ns: meter.stageNs[index]! / units };
  }
  return { totalNs: meter.busyNs / units, stages };
}
