import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { HistoryFile, historyPath } from '../../cli/lab-lines/history-file.ts';
import { runCli, scenarioFolder } from '../cli/run-cli.ts';

const PLAIN = 'hosts: { h1: { interfaces: { eth0: { address: 10.0.0.1/24 } } } }\nsteps: [h1$ hostname]\n';

describe('dockwire shell', () => {
  it('takes lines from a pipe; SIGINT is for the program in front; the exit code is that of the last line', async () => {
    const { folder } = scenarioFolder(PLAIN);
    const { out, err, code } = await pipe(folder, [
      'capture start x on host1/docker0',
      'docker run -dit --name c1 alpine',
      'ping 127.0.0.1',
      'docker exec -it c1 sh',
      'ping -c 1 172.17.0.1',
      'exit 5',
    ]);
    expect(out).toMatch(
      /^host1\$ docker run -dit --name c1 alpine\n[0-9a-f]{64}\nhost1\$ ping 127.0.0.1\nPING/,
    );
    expect(out).toMatch(
      / packets transmitted, \d+ received, 0% packet loss[^]*\nhost1\$ docker exec -it c1 sh\nc1\$ ping/,
    );
    expect(out).toMatch(/1 packets received[^]*\nc1\$ exit 5\n$/);
    expect(err).toMatch(/^out\/shell\/captures\/x\.pcap: \d+ packets\n$/);
    expect(code).toBe(5);
    expect(readFileSync(join(folder, 'out/shell/captures/x.pcap')).length).toBeGreaterThan(24);
  });

  it('-c runs lines as sh does: no prompts, two streams, nothing to read', async () => {
    const { out, err, exitCode } = await runCli(['shell', '-c', 'echo a\ncat\nls /nowhere']);
    expect(out).toBe('a\n');
    expect(err).toContain('/nowhere');
    expect(exitCode).toBe(2);
  });

  it('brings a scenario up, and runs its steps when asked to', async () => {
    const { folder, file } = scenarioFolder(PLAIN);
    expect(await runCli(['shell', file, '-c', 'hostname'])).toMatchObject({ out: 'h1\n', exitCode: 0 });
    const { out } = await runCli(['shell', file, '--steps', '--out', join(folder, 'o'), '-c', 'time']);
    expect(out).toBe('h1$ hostname\nh1\n0.000000000 s\n');
    expect(existsSync(join(folder, 'o'))).toBe(false);
    const changed = ['shell', '--set', 'hosts.host1.docker.bip=10.9.0.1/24', '-c', 'ip addr show docker0'];
    expect((await runCli(changed)).out).toContain('inet 10.9.0.1/24');
  });

  it.each([
    [['-'], 'standard input has the commands; name a scenario file'],
    [['--limit', 'soon'], '--limit: "soon" is not a time'],
    [['--stesp'], 'did you mean --steps?'],
    [['--set', 'hosts.host1.dokcer=1', '-c', 'true'], 'dokcer'],
  ])('refuses %j', async (args, message) => {
    const { exitCode, out, err } = await runCli(['shell', ...args]);
    expect(err).toContain(message);
    expect([exitCode, out]).toEqual([2, '']);
  });

  it('interrupts what never ends at the limit', async () => {
    const { out, err, exitCode } = await runCli(['shell', '--limit', '2500ms', '-c', 'ping 127.0.0.1']);
    expect(out).toContain('3 packets transmitted, 3 received');
    expect(err).toContain('still ran after 2.5 s of simulated time: interrupted');
    expect(exitCode).toBe(124);
  });
});

describe('history', () => {
  it('is kept in the state folder, newest first, or where DOCKWIRE_HISTORY says', () => {
    const { folder } = scenarioFolder(PLAIN);
    expect(historyPath({ XDG_STATE_HOME: '/state' })).toBe(join('/state', 'dockwire', 'history'));
    expect(historyPath({ DOCKWIRE_HISTORY: '' })).toBeNull();
    const path = historyPath({ DOCKWIRE_HISTORY: join(folder, 'deep', 'history') });
    const history = new HistoryFile(path);
    for (const line of ['docker ps', 'ip a', ' ', 'docker ps']) history.add(line);
    expect(new HistoryFile(path).load()).toEqual(['docker ps', 'ip a']);
  });
});

/** Pipes lines into the command in a process of its own, which gets SIGINT once a ping has gone on for a while. */
async function pipe(folder: string, lines: readonly string[]) {
  const loader = new URL('../../node_modules/tsx/dist/loader.mjs', import.meta.url).href;
  const entry = new URL('../../cli/main.ts', import.meta.url).pathname;
  const args = ['--import', loader, entry, 'shell', '--limit', '1000h'];
  const child = spawn(process.execPath, args, { cwd: folder });
  let out = '';
  let err = '';
  let isInterrupted = false;
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
    if (isInterrupted || !out.includes('icmp_seq=3 ')) return;
    isInterrupted = true;
    child.kill('SIGINT');
  });
  child.stdin.end(lines.join('\n'));
  const code = await new Promise((resolve) => child.on('close', resolve));
  return { out, err, code };
}
