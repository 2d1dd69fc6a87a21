import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { readPcapng } from '../../core/capture/pcapng-reader.ts';
import { runCli, scenarioFolder, spawnCli } from '../cli/run-cli.ts';
import { oneHost } from './lab.ts';

const LAB = `name: lab
captures: [{ on: host1/eth0, file: eth0.pcap, filter: icmp }, { on: [c1/eth0, host1/eth0], file: both.pcapng }]
${oneHost(`
services: { c1: { image: alpine, command: sleep 1d, network_mode: bridge } }
steps:
  - c1$ ping -c 2 192.168.99.1
  - c1$ ping -c 1 -W 1 8.8.8.8
`)}`;

const { folder, file } = scenarioFolder(LAB);
const out = join(folder, 'out');
const why = (...args: string[]) => runCli(['why', ...args]);
const jsonOf = async (...args: string[]) => JSON.parse((await why(...args, '--json')).out) as Document;

interface Document {
  readonly matched: number;
  readonly packets: readonly { readonly packet: number; readonly text: string }[];
}

beforeAll(async () => {
  const { exitCode } = await runCli(['run', file, '--out', out, '--quiet']);
  expect(exitCode).toBe(0);
});

describe('dockwire why', () => {
  test('a run, and its scenario file, give the same answer', async () => {
    const ofRun = await why(out);
    expect(ofRun).toMatchObject({ exitCode: 0, err: '' });
    expect(ofRun.out).toContain('outside, eth0: IP_FORWARDING_OFF');
    expect((await why(file)).out).toBe(ofRun.out.replaceAll(out, file));
  });

  test('a run does not need its file any more', async () => {
    writeFileSync(file, 'hosts: {}\n');
    expect((await why(out)).exitCode).toBe(0);
    writeFileSync(file, LAB);
  });

  test('a filter, a time, --dropped and --limit choose packets', async () => {
    const all = await jsonOf(out, 'icmp', '--limit', '9');
    expect(all).toMatchObject({ schemaVersion: 1, kind: 'packets', scenario: 'lab', matched: 5 });
    expect((await jsonOf(out, 'icmp', 'and', 'dst', '192.168.99.1')).matched).toBe(2);
    const second = await jsonOf(out, 'icmp', '--from', '0.9s', '--to', '1.05s', '--limit', '9');
    expect(second.packets.map(({ text }) => /seq \d/.exec(text)![0])).toEqual(['seq 1', 'seq 1', 'seq 0']);
    const dead = await jsonOf(out, '--dropped');
    expect(dead.packets.map(({ packet }) => packet)).toEqual([all.packets[4]!.packet]);
    const { out: text } = await why(out, 'icmp', '--limit', '1');
    expect(text.match(/^packet /gm)).toHaveLength(1);
    expect(text).toContain('4 more of 5');
    expect((await why(out, 'tcp')).out).toBe('no packet of the run is like that\n');
  });

  test('--packet and --frame name them; a frame is the one that the capture holds', async () => {
    const { packets } = await jsonOf(out, '--frame', 'eth0.pcap:2');
    expect(packets[0]!.text).toContain('ICMP echo reply');
    expect((await jsonOf(out, '--packet', String(packets[0]!.packet))).packets).toEqual(packets);
    const capture = readPcapng(readFileSync(join(out, 'captures', 'both.pcapng')));
    const frames = [1, 5, 8];
    const args = frames.flatMap((frame) => ['--frame', `captures/both.pcapng:${frame}`]);
    const named = await jsonOf(out, ...args);
    expect(named.packets.map(({ packet }) => packet)).toEqual(
      frames.map((frame) => capture.packets[frame - 1]!.packetId),
    );
  });

  test('says so when the run in the folder was another one', async () => {
    const summary = join(out, 'summary.json');
    const kept = readFileSync(summary, 'utf8');
    writeFileSync(summary, kept.replace(/"events": \d+/, '"events": 1'));
    expect((await why(out, 'icmp')).err).toContain('run again it came to another summary.json');
    writeFileSync(summary, kept);
  });

  test.each([
    [['--packet', '99999'], 'there is no packet 99999 in this run'],
    [['--packet', '0'], '--packet takes the number of a packet'],
    [['--frame', 'eth0.pcap'], 'write a capture and a frame, as docker0.pcap:12'],
    [['--frame', 'eth9.pcap:1'], 'there are eth0.pcap, both.pcapng'],
    [['--frame', 'eth0.pcap:99'], 'eth0.pcap has no frame 99; it has 5'],
    [['tcp', 'prot', '80'], '"tcp prot 80": filter, column 5'],
    [['icmp', '--packet', '1'], '--packet and --frame name packets'],
    [['--limit', '4'], '--limit goes with'],
    [['icmp', '--limit', '0'], '--limit takes how many packets'],
    [['--from', 'soon'], '--from: "soon" is not'],
    [['--from', '2s', '--to', '1s'], '--from is later than --to'],
    [['--seed', '3'], '--seed goes with a scenario file'],
    [['--droped'], 'did you mean --dropped?'],
  ])('%j is refused', async (args, message) => {
    const { exitCode, out: text, err } = await why(out, ...args);
    expect({ exitCode, text }).toEqual({ exitCode: 2, text: '' });
    expect(err).toContain(message);
  });

  test('a folder without a record, a damaged record and no folder are refused', async () => {
    expect((await why(folder)).err).toContain('no run.json: this is not the folder of a run');
    expect((await why(join(folder, 'none'))).err).toContain('no such file');
    const damaged = scenarioFolder('');
    writeFileSync(join(damaged.folder, 'run.json'), '{"schemaVersion": 1}');
    const { exitCode, err } = await why(damaged.folder);
    expect(exitCode).toBe(2);
    expect(err).toContain('run.json: not the record of a run');
    rmSync(damaged.folder, { recursive: true });
  });

  test('as a command of its own', () => {
    const { status, stdout, stderr } = spawnCli(['why', 'out', 'icmp', '--limit', '1'], folder);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^packet 1: IP 172\.17\.0\.2 > 192\.168\.99\.1: ICMP echo request/);
    expect(stdout).toContain('nat POSTROUTING: rule 1 (-s 172.17.0.0/16 ! -o docker0 -j MASQUERADE)');
  });
});
