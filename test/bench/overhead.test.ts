import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { overheadCsv } from '../../bench/overhead/csv.ts';
import { UdpFlow } from '../../bench/overhead/flow.ts';
import { measureCpu } from '../../bench/overhead/measure.ts';
import { study } from '../../bench/overhead/study.ts';
import { parseCsv } from '../../bench/overhead/tables.ts';
import { Topology } from '../../bench/overhead/topology.ts';
import { costAt } from '../../scenarios/cost/scenario-cost.ts';
import { LINUX_PROFILE } from '../../scenarios/cost/linux-profile.ts';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const CSV = read('bench/results/overhead.csv');
const STAGES = read('bench/results/overhead-stages.csv');

/** Length of the frame that carries an inner IP packet of that length. */
const FRAME: Readonly<Record<string, (inner: number) => number>> = {
  host: (inner) => 14 + inner,
  bridge: (inner) => 14 + inner,
  overlay: (inner) => 14 + inner + 50,
  encrypted: (inner) => 14 + 44 + Math.ceil((inner + 32) / 4) * 4,
};

/** Lengths of the IP packets that carry `payload` bytes: one, or fragments. */
function innerPackets(transport: string, payload: number, mtu: number): number[] {
  if (transport === 'tcp') return [52 + Math.min(payload, mtu - 52)];
  let left = payload + 8;
  const packets: number[] = [];
  while (left > mtu - 20) {
    const piece = Math.floor((mtu - 20) / 8) * 8;
    packets.push(20 + piece);
    left -= piece;
  }
  return [...packets, 20 + left];
}

describe('the arithmetic', () => {
  it('agrees with the table of docs/reference/mtu-arithmetic.md', () => {
    const rows = [
      ...read('docs/reference/mtu-arithmetic.md').matchAll(
        /^\| [^|]+ \| (\d+) \| (\d+) \| (\d) \| (\d+) \| (\d+|fragments) \|$/gm,
      ),
    ];
    expect(rows).toHaveLength(10);
    for (const [, length, plain, padding, encrypted, frame] of rows) {
      const inner = Number(length);
      expect(FRAME['overlay']!(inner) - 14).toBe(Number(plain));
      expect(FRAME['encrypted']!(inner) - 14).toBe(Number(encrypted));
      expect(FRAME['encrypted']!(inner) - 14 - inner - 76).toBe(Number(padding));
      if (frame !== 'fragments') expect(FRAME['encrypted']!(inner)).toBe(Number(frame));
    }
  });

  // Recorded from a real kernel: an inner packet, its ESP packet and frame.
  it.each([
    [28, 104, 118],
    [52, 128, 142],
    [84, 160, 174],
    [1423, 1500, 1514],
    [1424, 1500, 1514],
    [1425, 1504, 1518],
  ])('%i bytes make %i', (inner, encrypted, frame) => {
    expect(FRAME['encrypted']!(inner)).toBe(frame);
    expect(frame - 14).toBe(encrypted);
  });
});

describe('bench/results', () => {
  const rows = parseCsv(CSV);
  const number = (row: (typeof rows)[number], column: string) => Number(row[column]);

  it('has every transport, network, MTU and payload', () => {
    expect(rows).toHaveLength(2 * 4 * 2 * 6);
    expect(new Set(rows.map((row) => row['network']))).toEqual(new Set(Object.keys(FRAME)));
  });

  it('counts the bytes and frames that the arithmetic gives', () => {
    for (const row of rows) {
      const payload = number(row, 'payload_bytes');
      const packets = innerPackets(row['transport']!, payload, number(row, 'interface_mtu'));
      const frames = packets.map((inner) => FRAME[row['network']!]!(inner));
      const carried = number(row, 'bytes_per_packet_of_payload');
      const bytes = frames.reduce((sum, frame) => sum + frame, 0);
      const wire = frames.reduce((sum, frame) => sum + Math.max(frame, 60) + 24, 0);
      const what = JSON.stringify(row);
      expect(number(row, 'frames_per_payload'), what).toBeCloseTo((frames.length * payload) / carried, 2);
      expect(number(row, 'frame_bytes_per_payload'), what).toBeCloseTo((bytes * payload) / carried, 0);
      expect(number(row, 'frame_bytes_per_payload_byte'), what).toBeCloseTo(bytes / carried, 3);
      expect(number(row, 'wire_bytes_per_payload_byte'), what).toBeCloseTo(wire / carried, 3);
      for (const [column, rateMbps] of [
        ['goodput_mbps_1g', 1000],
        ['goodput_mbps_10g', 10_000],
      ] as const) {
        // Frames begin at whole nanoseconds, and a stream is read in pieces.
        const share = number(row, column) / ((rateMbps * carried) / wire);
        expect(share, what).toBeGreaterThan(0.98);
        expect(share, what).toBeLessThan(1.002);
      }
    }
  });

  it('adds CPU time up from its stages', () => {
    const stages = parseCsv(STAGES);
    for (const row of rows) {
      for (const machine of ['client', 'server']) {
        const same = (each: (typeof stages)[number]) =>
          ['transport', 'network', 'link_mtu', 'payload_bytes'].every((key) => each[key] === row[key]);
        const sum = stages
          .filter((each) => same(each) && each['machine'] === machine)
          .reduce((total, each) => total + Number(each['ns']), 0);
        expect(Math.abs(sum - number(row, `${machine}_cpu_ns_mid`))).toBeLessThan(2);
      }
    }
  });

  it('is on the wire what a run gives today (npm run bench:overhead writes it anew)', () => {
    const wireOf = (text: string) => text.split('\n').map((line) => line.split(',').slice(0, 13).join());
    const present = new Set(wireOf(CSV));
    for (const line of wireOf(overheadCsv(study('encrypted', 1500, [1400])))) expect(present).toContain(line);
  }, 120_000);
});

it('a sender whose core is the limit sends at the rate that its stages say', () => {
  const { profile } = costAt(LINUX_PROFILE, 'mid');
  const topology = new Topology('bridge', 1500, '100Gbit');
  const { client } = measureCpu(topology, 'udp', 512, profile);
  const flow = new UdpFlow(topology, 512);
  topology.setCost(profile);
  topology.server.host.cost = null;
  flow.send(500);
  topology.run(100_000_000);
  flow.read();
  const [first, last] = [flow.arrivals[0]!, flow.arrivals.at(-1)!];
  expect(flow.arrivals).toHaveLength(500);
  expect((last.timeNs - first.timeNs) / 499).toBeCloseTo(client.totalNs, 0);
}, 120_000);
