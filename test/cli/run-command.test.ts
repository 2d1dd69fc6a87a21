import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { run, type ScenarioRunner } from '../../cli/commands/run.ts';
import type { Terminal } from '../../cli/terminal.ts';
import type { RunOptions } from '../../scenarios/run/run-options.ts';
import { scenarioFolder } from './run-cli.ts';

const GOOD = 'name: lab\nhosts: { a: { docker: {} } }\n';

function terminal() {
  const seen = { out: '', err: '' };
  const target: Terminal = {
    out: (text) => void (seen.out += text),
    err: (text) => void (seen.err += text),
    errIsTty: () => false,
    columns: () => 80,
    env: {},
  };
  return { seen, target };
}

/** A runner that writes one file and fails one expectation. */
const runner =
  (given: RunOptions[]): ScenarioRunner =>
  (scenario, options) => {
    given.push(options);
    options.onTranscript?.(`${scenario.name}$ ls\n`);
    options.output?.writeText('transcript.txt', 'text');
    const failure = { position: 'lab.yaml:3:5', step: 'a$ ls', what: 'exit', expected: '0', actual: '1' };
    return {
      transcript: 'text',
      summary: { frames: 3 },
      notes: ['look here'],
      failed: [failure],
      exitCode: 1,
    };
  };

describe('dockwire run', () => {
  it('hands the runner its options, prints what it says, and passes its exit code on', async () => {
    const { folder, file } = scenarioFolder(GOOD);
    const { seen, target } = terminal();
    const given: RunOptions[] = [];
    const args = { file, out: join(folder, 'here'), seed: 7, until: '2s' };
    expect(await run(args, target, () => Promise.resolve(runner(given)))).toBe(1);
    expect(given[0]).toMatchObject({ seed: 7, untilNs: 2e9, allowCode: false });
    expect(readFileSync(join(folder, 'here', 'transcript.txt'), 'utf8')).toBe('text');
    expect(seen.out).toBe('lab$ ls\n');
    expect(seen.err).toContain('lab.yaml:3:5: expectation failed: exit of a$ ls');
    expect(seen.err).toContain('note: look here\n');
  });

  it('--json prints one document and no transcript', async () => {
    const { folder, file } = scenarioFolder(GOOD);
    const { seen, target } = terminal();
    await run({ file, out: join(folder, 'o'), json: true }, target, () => Promise.resolve(runner([])));
    expect(JSON.parse(seen.out)).toMatchObject({
      schemaVersion: 1,
      name: 'lab',
      exitCode: 1,
      summary: { frames: 3 },
    });
  });

  it('loads no runner and makes no folder for a file that is wrong', async () => {
    const { folder, file } = scenarioFolder('hosts: 3\n');
    let loaded = false;
    const load = () => {
      loaded = true;
      return Promise.resolve(runner([]));
    };
    await expect(run({ file, out: join(folder, 'o') }, terminal().target, load)).rejects.toThrow(
      'expected a map',
    );
    expect(loaded).toBe(false);
    expect(existsSync(join(folder, 'o'))).toBe(false);
  });
});
