import { ADDRESS_ROWS, INTERNAL_ROWS, LOOPBACK_ROWS, MODE_ROWS, PUBLISHED_ROWS } from './bridge-rows.ts';
import { cellText } from './cell.ts';
import { PROTOCOLS, probeKey, type Protocol } from './probe.ts';
import { probesOf, type Row } from './row.ts';
import { runProbes } from './run-probes.ts';

/** Lines that belong together, and the protocols that are asked by: a port is not asked for by ICMP. */
export interface Group {
  readonly rows: readonly Row[];
  readonly protocols: readonly Protocol[];
}

const PORTS: readonly Protocol[] = ['udp', 'tcp'];
export const BRIDGE_GROUPS = {
  address: { rows: ADDRESS_ROWS, protocols: PROTOCOLS },
  internal: { rows: INTERNAL_ROWS, protocols: PROTOCOLS },
  modes: { rows: MODE_ROWS, protocols: PROTOCOLS },
  published: { rows: PUBLISHED_ROWS, protocols: PORTS },
  loopback: { rows: LOOPBACK_ROWS, protocols: PORTS },
} satisfies Record<string, Group>;

export const RELEASES = ['20.10', '28.5', '29.0'] as const;

/** The cells of one release, with or without the userland proxy, by probeKey. */
export interface BridgeRun {
  readonly release: string;
  readonly proxy: boolean;
  readonly cells: ReadonlyMap<string, string>;
}

/** Every line, of every release, with and without the userland proxy. */
export async function bridgeRuns(): Promise<BridgeRun[]> {
  const runs: BridgeRun[] = [];
  for (const release of RELEASES) {
    for (const proxy of [true, false]) runs.push(await bridgeRun(release, proxy));
  }
  return runs;
}

async function bridgeRun(release: string, proxy: boolean): Promise<BridgeRun> {
  const probes = Object.values(BRIDGE_GROUPS).flatMap(({ rows, protocols }) =>
    rows.flatMap((row) => probesOf(row, protocols)),
  );
  const set = [`hosts.host1.docker.userland-proxy=${proxy}`];
  const { outcomes } = await runProbes({ file: 'bridge.yaml', release, set, probes });
  const cells = probes.map((probe): [string, string] => {
    const key = probeKey(probe);
    return [key, cellText(probe.protocol, outcomes.get(key)!)];
  });
  return { release, proxy, cells: new Map(cells) };
}
