import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCli, scenarioFolder } from '../cli/run-cli.ts';
import { load, placesOf, problemsOf } from '../scenarios/load.ts';

const LAB = `name: lab
hosts:
  a: { interfaces: { eth0: { address: 10.0.0.1/24 } } }
  b: { interfaces: { eth0: { address: 10.0.0.2/24 } } }
links: { wire: { connects: [a/eth0, b/eth0], delay: 10us } }
steps:
  - a$ ping -c 2 10.0.0.2
`;

async function summaryOf(text: string, files: Record<string, string> = {}) {
  const { folder, file } = scenarioFolder(text);
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  const out = join(folder, 'out');
  const result = await runCli(['run', file, '--out', out]);
  const summary = () => JSON.parse(readFileSync(join(out, 'summary.json'), 'utf8')) as Summary;
  return { ...result, summary };
}

interface Summary {
  cost: string;
  cpu?: {
    profile: string;
    figures: Record<string, { packetNs: number; byteNs: number }>;
    hosts: Record<string, { busyNs: number; stages: Record<string, { count: number; ns: number }> }>;
  };
}

/** The round trip time that the second ping prints, in milliseconds. */
const secondRtt = (out: string) => Number(/icmp_seq=2 .*time=([\d.]+)/.exec(out)![1]);

describe('a run with a cost profile', () => {
  it('quotes the profile, and adds up what each machine did', async () => {
    const { exitCode, summary, out } = await summaryOf(`cost: linux\n${LAB}`);
    expect(exitCode).toBe(0);
    const { cost, cpu } = summary();
    expect(cost).toBe('linux:mid');
    expect(cpu!.profile).toBe('linux:mid');
    expect(cpu!.figures['veth']).toEqual({ packetNs: 650, byteNs: 0 });
    const { busyNs, stages } = cpu!.hosts['a']!;
    expect(Object.values(stages).reduce((sum, stage) => sum + stage.ns, 0)).toBe(busyNs);
    // Two requests, and an answer to each, with ARP both ways besides.
    expect(stages['socketSend']!.count).toBe(2);
    expect(stages['socketReceive']!.count).toBe(2);
    expect(secondRtt(out)).toBeGreaterThan(0.02);
  });

  it('takes longer with the high figures than with the low ones', async () => {
    const low = await summaryOf(`cost: linux:low\n${LAB}`);
    const high = await summaryOf(`cost: linux:high\n${LAB}`);
    expect(high.summary().cost).toBe('linux:high');
    expect(high.summary().cpu!.hosts['b']!.busyNs).toBeGreaterThan(low.summary().cpu!.hosts['b']!.busyNs);
  });

  it('says nothing of CPUs when work costs nothing', async () => {
    const { summary, out } = await summaryOf(LAB);
    expect(summary().cost).toBe('ideal');
    expect(summary()).not.toHaveProperty('cpu');
    expect(secondRtt(out)).toBe(0.02);
  });

  it('takes a profile from a file beside the scenario', async () => {
    const profile = `name: slow
stages:
  nicTransmit: { packet_ns: { low: 1, mid: 1000000, high: 2000000 }, source: a test }
`;
    const { summary, out, err } = await summaryOf(`cost: slow.yaml:high\n${LAB}`, { 'slow.yaml': profile });
    expect(err).toBe('');
    expect(summary().cost).toBe('slow:high');
    expect(secondRtt(out)).toBeCloseTo(4.02, 2);
  });

  it('carries TCP to its end, every segment charged', async () => {
    const text = `${LAB.replace(/ {2}- a\$.*\n/, '')}  - { run: b$ iperf3 -s, background: true }
  - run: a$ iperf3 -c 10.0.0.2 -n 2M
    expect: { exit: 0, stdout: receiver }
`;
    const { exitCode, summary } = await summaryOf(`cost: linux\n${text}`);
    expect(exitCode).toBe(0);
    const segments = summary().cpu!.hosts['a']!.stages['nicTransmit']!.count;
    expect(segments).toBeGreaterThan(2_000_000 / 1448);
  });
});

describe('what is refused', () => {
  it('a profile that nobody knows, with the nearest that is known', () => {
    const [problem] = problemsOf(`cost: linx\n${LAB}`);
    expect(problem).toMatchObject({ line: 1, column: 7, message: 'there is no cost profile "linx"' });
    expect(problem!.hint).toBe('did you mean "linux"?');
  });

  it('a file that is not there', () => {
    const readFile = () => {
      throw new Error('mine.yaml: no such file');
    };
    expect(placesOf(`cost: mine.yaml\n${LAB}`, { readFile })).toEqual(['1:7 cost: mine.yaml: no such file']);
  });

  it.each([
    ['name: x\nstages: { vet: { packet_ns: 1, source: s } }\n', 'stages: unknown key "vet"', 2],
    ['name: x\nstages: { veth: { packet_ns: -1, source: s } }\n', 'stages.veth.packet_ns: the text "-1"', 2],
    ['name: x\nstages: { veth: { source: s } }\n', 'stages.veth: neither packet_ns nor byte_ns', 2],
    ['name: x\nstages:\n  netfilterRule: { byte_ns: 1, source: s }\n', 'stages: netfilterRule has no', 3],
    ['- veth\n', 'expected a map, not a list', 1],
  ])('a file with a mistake: %s', (profile, message, line) => {
    const [problem] = problemsOf(`cost: mine.yaml\n${LAB}`, { readFile: () => profile });
    expect(problem).toMatchObject({ file: 'mine.yaml', line });
    expect(problem!.message).toContain(message.replace('the text "-1"', ''));
  });

  it('a file where none can be read', () => {
    expect(placesOf(`cost: mine.yaml\n${LAB}`)).toEqual(['1:7 cost: mine.yaml: files cannot be read here']);
  });

  it('nothing that is right', () => {
    expect(load(`cost: ideal\n${LAB}`).cost).toBeNull();
    expect(load(`cost: linux:low\n${LAB}`).cost!.profile.veth!.packetNs).toBe(585);
  });
});
