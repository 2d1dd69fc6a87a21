import { expect, test } from 'vitest';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCli, scenarioFolder } from '../cli/run-cli.ts';

const LAB = `name: offloads
cost: linux
hosts:
  a: { interfaces: { eth0: { address: 10.0.0.1/24, OFFLOADS } } }
  b: { interfaces: { eth0: { address: 10.0.0.2/24, OFFLOADS } } }
links: { wire: { connects: [a/eth0, b/eth0], rate: 10Gbit, delay: 10us } }
steps:
  - { run: b$ iperf3 -s, background: true }
  - { run: a$ ethtool -k eth0, expect: { matches: 'tcp-segmentation-offload: STATE' } }
  - { run: a$ iperf3 -c 10.0.0.2 -n 5M, expect: { exit: 0 } }
`;

/** Nanoseconds of CPU time of each machine, and how many packets the stack of the sender sent. */
async function cpu(offloads: string, state: string) {
  const { folder, file } = scenarioFolder(LAB.replaceAll('OFFLOADS', offloads).replace('STATE', state));
  const out = join(folder, 'out');
  const result = await runCli(['run', file, '--out', out]);
  expect(result.exitCode).toBe(0);
  const { hosts } = JSON.parse(readFileSync(join(out, 'summary.json'), 'utf8')).cpu as {
    hosts: Record<string, { busyNs: number; stages: Record<string, { count: number }> }>;
  };
  return { a: hosts['a']!, b: hosts['b']! };
}

test('the offloads of an interface spare both machines passes through the stack', async () => {
  const off = await cpu('gso: false', 'off');
  const on = await cpu('tso: true, gso: true, gro: true', 'on');
  expect(on.a.stages['route']!.count).toBeLessThan(off.a.stages['route']!.count / 2);
  expect(on.b.stages['socketReceive']!.count).toBeLessThan(off.b.stages['socketReceive']!.count);
  expect(on.a.busyNs).toBeLessThan(off.a.busyNs);
  expect(on.b.busyNs).toBeLessThan(off.b.busyNs);
});
