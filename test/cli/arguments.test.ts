import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { runCli, scenarioFolder, spawnCli } from './run-cli.ts';

const GOOD =
  'hosts: { a: { interfaces: { eth0: { address: 10.0.0.1/24 } }, docker: {} } }\nsteps: [wait 1s]\n';

describe('the command line', () => {
  it('--version prints the version of package.json', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
      version: string;
    };
    expect(await runCli(['--version'])).toEqual({ exitCode: 0, out: `${version}\n`, err: '' });
  });

  it('--help names the commands', async () => {
    const { exitCode, out } = await runCli(['--help']);
    expect(exitCode).toBe(0);
    for (const word of ['run <file>', 'validate <file>', 'schema']) expect(out).toContain(word);
  });

  it('validate counts what is there', async () => {
    const { file } = scenarioFolder(GOOD);
    expect(await runCli(['validate', file])).toEqual({
      exitCode: 0,
      out: `${file}: valid: 1 host, 0 links, 0 networks, 0 services, 1 step\n`,
      err: '',
    });
  });

  it('schema prints the committed JSON Schema', async () => {
    const { out } = await runCli(['schema']);
    expect(out).toBe(readFileSync(new URL('../../schema/scenario.schema.json', import.meta.url), 'utf8'));
  });

  it('notes what has no effect on standard error', async () => {
    const { file } = scenarioFolder('services:\n  a:\n    image: x\n    logging: {}\n');
    const { exitCode, err } = await runCli(['validate', file]);
    expect(exitCode).toBe(0);
    expect(err).toBe(`${file}:4:5: note: services.a.logging has no bearing on the network: ignored\n`);
  });

  it('reads standard input and variables', () => {
    const text = 'services: { a: { image: x, scale: "${N}" } }\n';
    const { status, stdout } = spawnCli(['validate', '-', '--env', 'N=3'], '/', text);
    expect({ status, stdout }).toEqual({
      status: 0,
      stdout: 'stdin: valid: 1 host, 0 links, 0 networks, 1 service, 1 step\n',
    });
  });

  const { file } = scenarioFolder(GOOD);
  it.each([
    [[], 'which command?'],
    [['vaildate', file], 'Did you mean validate?'],
    [['validate'], 'Not enough non-option arguments'],
    [['run', file, '--sed', '3'], 'did you mean --seed?'],
    [['run', file, '--seed', 'x'], '--seed takes a whole number'],
    [['run', file, '--until', '3'], '"3" is not a time'],
    [['validate', 'nowhere.yaml'], 'no such file'],
    [['validate', '/'], 'this is a folder'],
    [['validate', file, '--set', 'x'], 'is not path=value'],
    [['validate', file, '--env', '3'], 'write --env NAME=value'],
  ])('%j: exit 2 and a message', async (args, message) => {
    const { exitCode, out, err } = await runCli(args);
    expect({ exitCode, out }).toEqual({ exitCode: 2, out: '' });
    expect(err).toContain(message);
    expect(err).not.toContain('    at ');
  });

  it("a scenario's own drivers are not loaded unasked", async () => {
    const { file: own } = scenarioFolder(`${GOOD}drivers: [./mine.js]\n`);
    const { exitCode, err } = await runCli(['run', own]);
    expect(exitCode).toBe(2);
    expect(err).toContain('--allow-code');
  });

  it('colours only where wanted', async () => {
    const forced = await runCli(['validate'], { FORCE_COLOR: '1' });
    expect(forced.err).toContain('\u001b[31m');
    const refused = await runCli(['validate'], { FORCE_COLOR: '1', NO_COLOR: '1' });
    expect(refused.err).not.toContain('\u001b');
  });
});
