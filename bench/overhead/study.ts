import { COST_LEVELS, costAt, type CostLevel } from '../../scenarios/cost/scenario-cost.ts';
import { LINUX_PROFILE } from '../../scenarios/cost/linux-profile.ts';
import {
  TRANSPORTS,
  measureCpu,
  measureWire,
  type CpuFigures,
  type Transport,
  type WireFigures,
} from './measure.ts';
import { Topology, type Mode } from './topology.ts';

export const PAYLOADS = [64, 256, 512, 1024, 1400] as const;
export const LINK_MTUS = [1500, 9000] as const;

/** One row of the study: a transport over a kind of network, with a payload and a link's MTU. */
export interface Row {
  transport: Transport;
  mode: Mode;
  linkMtu: number;
  /** MTU of the client's interface. */
  mtu: number;
  /** Bytes of payload asked for in one datagram or segment. */
  payload: number;
  /** The payload was chosen to fill the MTU. */
  fills: boolean;
  wire: WireFigures;
  goodput1GBps: number;
  goodput10GBps: number;
  cpu: Record<CostLevel, CpuFigures>;
}

/** Everything about one kind of network and one MTU. Builds it twice, for the two rates. */
export function study(mode: Mode, linkMtu: number, payloads: readonly number[] = PAYLOADS): Row[] {
  const slow = new Topology(mode, linkMtu, '1Gbit');
  const fast = new Topology(mode, linkMtu, '10Gbit');
  const rows: Row[] = [];
  for (const transport of TRANSPORTS) {
    const full = largestPayload(transport, slow.mtu);
    for (const payload of [...payloads, full]) {
      const wire = measureWire(slow, transport, payload);
      const cpu = Object.fromEntries(
        COST_LEVELS.map((level) => [
          level,
          measureCpu(fast, transport, payload, costAt(LINUX_PROFILE, level).profile),
        ]),
      ) as Record<CostLevel, CpuFigures>;
      rows.push({
        transport,
        mode,
        linkMtu,
        mtu: slow.mtu,
        payload,
        fills: payload === full,
        wire,
        goodput1GBps: wire.goodputBps,
        goodput10GBps: measureWire(fast, transport, payload).goodputBps,
        cpu,
      });
    }
  }
  return rows;
}

/** What fits a packet of that MTU: IPv4 and UDP headers, or IPv4 and TCP headers with timestamps, are taken off. */
export function largestPayload(transport: Transport, mtu: number): number {
  return mtu - (transport === 'udp' ? 28 : 52);
}

/** Payload bits a second that one core on each side allows: the busier of the two is the limit. */
export function coreGoodputBps({ unitBytes, client, server }: CpuFigures): number {
  return (unitBytes * 8e9) / Math.max(client.totalNs, server.totalNs);
}
