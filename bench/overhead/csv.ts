import { COST_LEVELS } from '../../scenarios/cost/scenario-cost.ts';
import { coreGoodputBps, type Row } from './study.ts';

const WIRE_COLUMNS = [
  'transport',
  'network',
  'link_mtu',
  'interface_mtu',
  'payload_bytes',
  'bytes_per_packet_of_payload',
  'frames_per_payload',
  'frame_bytes_per_payload',
  'frame_bytes_per_payload_byte',
  'wire_bytes_per_payload_byte',
  'frames_back_per_payload',
  'goodput_mbps_1g',
  'goodput_mbps_10g',
  'client_cpu_ns_low',
  'client_cpu_ns_mid',
  'client_cpu_ns_high',
  'server_cpu_ns_low',
  'server_cpu_ns_mid',
  'server_cpu_ns_high',
  'core_goodput_mbps_low',
  'core_goodput_mbps_mid',
  'core_goodput_mbps_high',
];

/** The study as CSV, a line for each row. CPU columns are under the profile `linux` and its levels. */
export function overheadCsv(rows: readonly Row[]): string {
  return csv([WIRE_COLUMNS, ...rows.map(wireCells)]);
}

/** The same of CPU time alone, a line for each stage of each machine, of the level `mid`. */
export function stagesCsv(rows: readonly Row[]): string {
  const lines: (string | number)[][] = [
    ['transport', 'network', 'link_mtu', 'payload_bytes', 'machine', 'stage', 'passes', 'ns'],
  ];
  for (const { transport, mode, linkMtu, payload, cpu } of rows) {
    const { mid } = cpu;
    const scale = payload / mid.unitBytes;
    for (const machine of ['client', 'server'] as const) {
      for (const [stage, { passes, ns }] of Object.entries(mid[machine].stages)) {
        const figures = [round(passes * scale, 3), round(ns * scale, 1)];
        lines.push([transport, mode, linkMtu, payload, machine, stage, ...figures]);
      }
    }
  }
  return csv(lines);
}

/** A payload may take more than one packet, and a TCP segment may carry less than was asked for. */
function wireCells(row: Row): (string | number)[] {
  const { transport, mode, linkMtu, mtu, payload, wire, cpu } = row;
  const scale = payload / wire.unitBytes;
  return [
    transport,
    mode,
    linkMtu,
    mtu,
    payload,
    wire.unitBytes,
    round(wire.frames * scale, 3),
    round(wire.frameBytes * scale, 1),
    round(wire.frameBytes / wire.unitBytes, 4),
    round(wire.mediumBytes / wire.unitBytes, 4),
    round(wire.framesBack * scale, 3),
    round(row.goodput1GBps / 1e6, 1),
    round(row.goodput10GBps / 1e6, 1),
    ...COST_LEVELS.map((level) => round(cpu[level].client.totalNs * scale, 0)),
    ...COST_LEVELS.map((level) => round(cpu[level].server.totalNs * scale, 0)),
    ...COST_LEVELS.map((level) => round(coreGoodputBps(cpu[level]) / 1e6, 1)),
  ];
}

function csv(lines: readonly (readonly (string | number)[])[]): string {
  return lines.map((line) => `${line.join(',')}\n`).join('');
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
