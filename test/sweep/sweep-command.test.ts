import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { filesBelow } from '../cli/files-below.ts';
import { runCli, scenarioFolder, spawnCli } from '../cli/run-cli.ts';
import { PAIR, RECEIVED, RTT } from './pair.ts';

const LOSSY = ['--vary', 'links.wire.loss=0,30%', '--seeds', '3', '-m', RECEIVED, '-m', RTT];

async function sweep(text: string, ...options: string[]) {
  const { folder, file, names } = scenarioFolder(text);
  const written = join(folder, 'out');
  const result = await runCli(['sweep', file, '--out', written, ...options]);
  return {
    ...result,
    file,
    written,
    names,
    read: (name: string) => readFileSync(join(written, name), 'utf8'),
  };
}

const total = (counts: Record<string, number>) =>
  Object.values(counts).reduce((sum, count) => sum + count, 0);

describe('dockwire sweep', () => {
  it('gives a line for each run and statistics for each point', async () => {
    const { exitCode, out, err, read } = await sweep(PAIR, ...LOSSY, '--jobs', '1');
    const runs = read('runs.csv').trimEnd().split('\n');
    expect(runs[0]).toBe('run,links.wire.loss,seed,received,rtt,status');
    expect(runs.slice(1, 4)).toEqual(['1,0,1,10,2.2,ok', '2,0,2,10,2.2,ok', '3,0,3,10,2.2,ok']);
    const received = runs.slice(4).map((line) => Number(line.split(',')[3]));
    expect(received.every((count) => count < 10)).toBe(true);
    const summary = read('summary.csv').trimEnd().split('\n');
    expect(summary[0]).toBe('links.wire.loss,measure,n,mean,sd,ci95_low,ci95_high,median,min,max');
    expect(summary[1]).toBe('0,received,3,10,0,10,10,10,10,10');
    const [, , n, mean] = summary[3]!.split(',').map(Number);
    expect([n, mean]).toEqual([
      3,
      Number(((received[0]! + received[1]! + received[2]!) / 3).toPrecision(12)),
    ]);
    expect(out).toMatch(/^links\.wire\.loss +received +rtt\n0 +10 ± 0 +2\.\d+ ± 0\n30% /);
    // Step 2 expects an answer: with this loss some seed has none, or all have.
    expect(exitCode).toBe(err.includes('an expectation failed') ? 1 : 0);
    expect(read('plots/rtt.svg')).toContain('seeds 1 to 3');
  });

  it('gives the same files with one job and with two', async () => {
    const one = await sweep(PAIR, ...LOSSY, '--jobs', '1');
    const two = await runCli(['sweep', one.file, ...LOSSY, '--jobs', '2', '--out', `${one.written}-2`]);
    expect(two).toEqual({ exitCode: one.exitCode, out: one.out, err: one.err });
    const files = filesBelow(one.written);
    expect(Object.keys(files)).toEqual([
      'plots/received.svg',
      'plots/rtt.svg',
      'runs.csv',
      'summary.csv',
      'sweep.json',
    ]);
    expect(filesBelow(`${one.written}-2`)).toEqual(files);
  });

  it('a failed expectation is told once, with the command for its first run, and loses nothing', async () => {
    const { exitCode, err, file, read } = await sweep(
      PAIR,
      '--vary',
      'links.wire.loss=0,100%',
      '-m',
      RTT,
      '-j',
      '1',
    );
    expect(exitCode).toBe(1);
    expect(err).toBe(
      `${file}:11:12: exit of a$ ping -c 1 10.0.0.2: expected 0\n` +
        '  an expectation failed in 1 of 2 runs, first in run 2\n' +
        `  again: dockwire run ${file} --set links.wire.loss=100% --seed 1\n`,
    );
    expect(read('runs.csv')).toBe('run,links.wire.loss,seed,rtt,status\n1,0,1,2.2,ok\n2,100%,1,,failed\n');
    expect(read('summary.csv')).toContain('100%,rtt,0,,,,,,,\n');
    expect(JSON.parse(read('sweep.json')).runs).toMatchObject({ planned: 2, ended: 2, notOk: [{ run: 2 }] });
  });

  it('runs that do not come to their end are told, and the others go on', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'dockwire-'));
    writeFileSync(join(folder, 'lab.yaml'), `${PAIR}drivers: [./good.mjs]\n`);
    writeFileSync(join(folder, 'good.mjs'), 'export const drivers = {};\n');
    writeFileSync(join(folder, 'none.mjs'), 'export const nothing = 1;\n');
    writeFileSync(join(folder, 'exit.mjs'), 'process.exit(0);\n');
    const drivers = 'drivers.0=./none.mjs,./exit.mjs,./good.mjs';
    const { status, stderr } = spawnCli(
      ['sweep', 'lab.yaml', '--vary', drivers, '--allow-code', '-m', RTT, '-j', '2'],
      folder,
    );
    expect(status).toBe(70);
    expect(stderr).toMatch(
      /^\.\/none\.mjs: exports no "drivers", a function for each type of network\n {2}an error/,
    );
    expect(stderr).toContain('an error ended the run in 1 of 3 runs, first in run 1');
    expect(stderr).toContain(
      'again: dockwire run lab.yaml --set drivers.0=./none.mjs --seed 1 --allow-code\n',
    );
    expect(stderr).toContain('its thread exited');
    expect(readFileSync(join(folder, 'out/pair-sweep/runs.csv'), 'utf8')).toBe(
      'run,drivers.0,seed,rtt,status\n1,./none.mjs,1,,error\n2,./exit.mjs,1,,error\n3,./good.mjs,1,2.2,ok\n',
    );
  });

  it('reads summaries, interfaces, captures and JSON output', async () => {
    const text = `${PAIR.replace('  - wait 1s', '  - a$ echo \'{"rate":12.5}\'')}captures: [{ on: b/eth0, file: far }]\n`;
    const measures = [
      ...['simulatedNs', 'packets.created', 'drops', 'drops.b', 'drops.b.NO_SOCKET', 'steps.0.exitCode'],
      ...['interfaces.b/eth0.rx_packets', 'captures."far.pcap".packets', 'rate=steps.1.json.rate'],
      ...['cpu.hosts.a.busyNs', 'cpu.hosts.a.stages.nat.ns'],
    ];
    const options = measures.flatMap((measure) => ['-m', measure]);
    const { exitCode, out, file, written } = await sweep(text, ...options, '--set', 'cost=linux', '--json');
    const { schemaVersion, runs } = JSON.parse(out);
    expect([exitCode, schemaVersion]).toEqual([0, 1]);
    await runCli(['run', file, '--set', 'cost=linux', '--out', written]);
    const summary = JSON.parse(readFileSync(join(written, 'summary.json'), 'utf8'));
    const metrics = readFileSync(join(written, 'metrics.csv'), 'utf8').split('\n');
    expect(runs[0].measures).toEqual({
      simulatedNs: summary.simulatedNs,
      'packets.created': summary.packets.created,
      drops: total(summary.drops.a) + total(summary.drops.b),
      'drops.b': total(summary.drops.b),
      'drops.b.NO_SOCKET': 0,
      'steps.0.exitCode': 0,
      'interfaces.b/eth0.rx_packets': Number(metrics.find((line) => /^b,.*,eth0,/.test(line))!.split(',')[3]),
      'captures."far.pcap".packets': summary.captures[0].packets,
      rate: 12.5,
      'cpu.hosts.a.busyNs': summary.cpu.hosts.a.busyNs,
      'cpu.hosts.a.stages.nat.ns': 0,
    });
  });

  it('a measure that no run has is told', async () => {
    const { exitCode, err } = await sweep(PAIR, '-m', 'rate=steps.0.stdout /(\\d+) Mbits/');
    expect(exitCode).toBe(1);
    expect(err).toBe('no run has a number for rate (steps.0.stdout /(\\d+) Mbits/)\n');
  });

  it.each([
    [['--vary', 'links.wire.loss=0,much'], '"much" is not a probability'],
    [['--vary', 'links.wire.loss'], 'is not PATH=V1,V2'],
    [['--seeds', 'x'], 'names no seeds'],
    [['--jobs', '0'], '--jobs takes a whole number'],
    [['--measure', 'evnts'], 'did you mean "events"?'],
    [['--mesure', 'events'], 'did you mean --measure?'],
    [['--until', '3'], '"3" is not a time'],
  ])('%j: exit 2, a message, nothing written', async (options, message) => {
    const { exitCode, out, err, names } = await sweep(PAIR, ...options);
    expect({ exitCode, out, names: names() }).toEqual({
      exitCode: 2,
      out: expect.any(String),
      names: ['lab.yaml'],
    });
    expect(err).toContain(message);
    expect(err).not.toContain('    at ');
  });
});
