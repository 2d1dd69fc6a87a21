import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCli, scenarioFolder } from '../cli/run-cli.ts';

const LAB = `name: lab
description: A <bridge> & a script.
cost: linux
hosts:
  host1: { interfaces: { eth0: { address: 10.0.0.1/24 } }, docker: {} }
networks: { net1: {} }
services:
  a1: { image: alpine, command: sleep 1d, networks: [net1] }
  a2: { image: alpine, command: sleep 1d, networks: [net1] }
captures: [{ on: a1/eth0, file: far.pcapng }]
steps:
  - a1$ ping -c 1 a2
  - a1$ echo '<script>alert(1)</script>'
  - { run: a1$ nc -u -z a2 9, expect: { stdout: '<never>' } }
  - host1$ iptables -I DOCKER-USER -j DROP
  - { run: a1$ ping -c 1 -W 1 10.0.0.9, expect: { exit: 1 } }
`;

async function runLab() {
  const { folder, file } = scenarioFolder(LAB);
  const out = join(folder, 'out');
  const { exitCode } = await runCli(['run', file, '--out', out, '--quiet']);
  return { out, exitCode, report: () => readFileSync(join(out, 'report.html'), 'utf8') };
}

/** The images of a report, decoded. */
const images = (report: string) =>
  [...report.matchAll(/src="data:image\/svg\+xml;base64,([^"]+)"/g)].map(([, data]) =>
    Buffer.from(data!, 'base64').toString(),
  );

describe('dockwire report of a run', () => {
  it('holds what the run left, as one file', async () => {
    const { out, exitCode, report } = await runLab();
    expect(exitCode).toBe(1);
    expect(await runCli(['report', out])).toEqual({
      exitCode: 0,
      out: `${join(out, 'report.html')}\n`,
      err: '',
    });
    const text = report();
    expect(text).toContain('<h1>lab</h1>\n<p>A &lt;bridge&gt; &amp; a script.</p>');
    for (const title of [
      'Outcome',
      'Topology',
      'Commands',
      'Drops',
      'Processors',
      'Captures',
      'Interfaces',
      'Transcript',
    ])
      expect(text).toContain(`<h2>${title}</h2>`);
    expect(text).toContain('1 expectation failed.');
    expect(text).toContain('<pre>&lt;never&gt;</pre>');
    const { drops, captures, cpu } = JSON.parse(readFileSync(join(out, 'summary.json'), 'utf8'));
    expect(text).toContain(
      `<td>host1</td><td><code>NO_SOCKET</code></td><td class="number">${drops.host1.NO_SOCKET}</td><td>no socket is bound`,
    );
    expect(text).toContain(
      `<code>captures/far.pcapng</code></td><td class="number">${captures[0].packets}</td>`,
    );
    expect(text.replaceAll('\u202f', '')).toContain(`<td class="number">${cpu.hosts.host1.busyNs}</td>`);
    expect(text).toContain('a1$ echo &#39;&lt;script&gt;alert(1)&lt;/script&gt;&#39;\n&lt;script&gt;');
    expect(text).not.toMatch(/<script|https?:/);
    const [topology] = images(text);
    for (const name of ['host1', 'net1', 'a1', 'a2']) expect(topology).toContain(`>${name}`);
  });

  it('is the same every time, and goes where it is asked to', async () => {
    const { out, report } = await runLab();
    await runCli(['report', out]);
    const first = report();
    const { out: printed } = await runCli(['report', out, '--out', '-']);
    expect(printed).toBe(first);
    const other = join(out, 'other.html');
    await runCli(['report', out, '-o', other]);
    expect(readFileSync(other, 'utf8')).toBe(first);
  });

  it('is written without the scenario too, and says what is not drawn', async () => {
    const { out, report } = await runLab();
    rmSync(join(out, 'run.json'));
    expect((await runCli(['report', out])).exitCode).toBe(0);
    expect(report()).toContain('not drawn: there is no run.json');
    expect(images(report())).toEqual([]);
    writeFileSync(join(out, 'run.json'), '{"schemaVersion":9}');
    expect((await runCli(['report', out])).exitCode).toBe(0);
    expect(report()).toContain('not drawn: this version does not take run.json');
  });
});

describe('dockwire report of a sweep', () => {
  it('has parameters, results, plots and what was not ok', async () => {
    const { folder, file } = scenarioFolder(LAB);
    const out = join(folder, 'out');
    const set = "steps.1=a1$ echo '{text}'";
    const vary = 'text=<b>1</b>,"2, 2"';
    const m = 'found=steps.1.stdout /(\\d)/';
    await runCli(['sweep', file, '--set', set, '--vary', vary, '-m', m, '--out', out, '--quiet', '-j', '1']);
    expect(await runCli(['report', out])).toMatchObject({ exitCode: 0 });
    const text = readFileSync(join(out, 'report.html'), 'utf8');
    expect(text).toContain('2 of 2 runs ended.');
    expect(text).toContain('<tr><td>&lt;b&gt;1&lt;/b&gt;</td><td class="number">1</td></tr>');
    expect(text).toContain('<tr><td>&quot;2, 2&quot;</td><td class="number">2</td></tr>');
    expect(text).toContain('<h2>Runs that were not ok</h2>');
    expect(images(text)).toEqual([readFileSync(join(out, 'plots/found.svg'), 'utf8')]);
    expect(text).not.toContain('<b>1');
  });
});

describe('what is no run and no sweep', () => {
  const folderWith = (files: Record<string, string>) => {
    const folder = mkdtempSync(join(tmpdir(), 'dockwire-'));
    for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
    return folder;
  };
  const sweep = {
    ...{ schemaVersion: 1, name: 'x', description: '', dockwire: '0', command: [], set: [], parameters: [] },
    scenario: { file: '', text: '', variables: {}, files: {} },
    ...{ seeds: [1], measures: [], runs: { planned: 1, ended: 1, notOk: [] }, plots: [] as string[] },
  };

  it.each<[Record<string, string>, string]>([
    [{}, 'neither a run nor a sweep: there is no summary.json and no sweep.json'],
    [{ 'summary.json': '{' }, 'summary.json: not JSON'],
    [{ 'summary.json': '{"schemaVersion":2}' }, 'summary.json: not one of this version of Dockwire'],
    [
      { 'sweep.json': JSON.stringify({ ...sweep, plots: ['plots/../../secret.svg'] }) },
      'sweep.json: not one of this',
    ],
    [{ 'sweep.json': JSON.stringify(sweep) }, 'no summary.csv is there'],
  ])('%j', async (files, message) => {
    const folder = folderWith(files);
    const { exitCode, out, err } = await runCli(['report', folder]);
    expect({ exitCode, out }).toEqual({ exitCode: 2, out: '' });
    expect(err).toContain(message);
    expect(err).not.toContain('    at ');
    expect(existsSync(join(folder, 'report.html'))).toBe(false);
  });

  it('no folder', async () => {
    const { exitCode, err } = await runCli(['report', '/nowhere']);
    expect([exitCode, err]).toEqual([2, expect.stringContaining('no such folder')]);
  });
});
