import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { runCli } from './run-cli.ts';

const at = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const COMMAND = at('dist/cli/main.cjs');

function node(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  return { status, stdout, stderr };
}

/** `npm test` builds first. */
describe.skipIf(!existsSync(COMMAND))('the built command', () => {
  const folder = mkdtempSync(join(tmpdir(), 'dockwire-built-'));

  it('runs a scenario, and loads nothing of Node that it can do without', () => {
    const hook = join(folder, 'loaded.cjs');
    const list = join(folder, 'loaded.json');
    writeFileSync(
      hook,
      `process.on('exit', () => require('fs').writeFileSync(${JSON.stringify(list)}, JSON.stringify(process.moduleLoadList)));`,
    );
    const run = node('-r', hook, COMMAND, 'run', at('scenarios/bridge.yaml'), '--out', join(folder, 'out'));
    expect(run.status).toBe(0);
    expect(run.stdout).toContain('64 bytes from 172.17.0.3: seq=0 ttl=64');
    const loaded = JSON.parse(readFileSync(list, 'utf8')) as string[];
    // Each of these costs milliseconds of the time to the first packet.
    for (const slow of ['assert', 'stream', 'net', 'tty', 'crypto', 'internal/modules/esm/translators']) {
      expect(loaded).not.toContain(`NativeModule ${slow}`);
    }
  });

  it.each(['bridge', 'compose-commands', 'nat'])('gives what the sources give: %s.yaml', async (name) => {
    const file = at(`scenarios/${name}.yaml`);
    const sources = await runCli(['run', file, '--out', join(folder, `${name}-sources`)]);
    const built = node(COMMAND, 'run', file, '--out', join(folder, `${name}-built`));
    expect({ exitCode: built.status, out: built.stdout, err: built.stderr }).toEqual(sources);
  });

  it.each([
    [['--help'], 0, /run <file> .*\n.*\n +dockwire validate/],
    [['run', '--help'], 0, /^dockwire run <file>\n[^]*--allow-code/],
    [['run', '-V'], 0, /^0\.1\.0\n$/],
  ])('%j', (args, status, stdout) => {
    const done = node(COMMAND, ...args);
    expect(done).toMatchObject({ status, stderr: '' });
    expect(done.stdout).toMatch(stdout);
  });

  it.each([
    [[], 'which command?'],
    [['vaildate', 'x'], 'Did you mean validate?'],
    [['run'], 'Not enough non-option arguments: got 0, need at least 1'],
    [['run', 'a', 'b'], 'Unknown argument: b'],
    [['run', 'a', '--sed', '3'], 'did you mean --seed?'],
    [['graph', 'a', '--format', 'png'], 'Given: "png", Choices: "svg"'],
  ])('%j is refused in words', (args, message) => {
    const done = node(COMMAND, ...args);
    expect(done).toMatchObject({ status: 2, stdout: '' });
    expect(done.stderr).toContain(message);
  });

  it('goes on when its reader goes away', () => {
    const out = join(folder, 'no-reader');
    const line = `"${process.execPath}" "${COMMAND}" run "${at('scenarios/bridge.yaml')}" --out "${out}" | head -n 1`;
    const { status } = spawnSync('bash', ['-o', 'pipefail', '-c', line], { encoding: 'utf8' });
    expect(status).toBe(0);
    expect(readFileSync(join(out, 'transcript.txt'), 'utf8')).toContain('reply 3000 bytes same');
  });

  it('is a library too', () => {
    const script = join(folder, 'use.mjs');
    writeFileSync(
      script,
      `import { loadScenario, runScenario } from ${JSON.stringify(pathToFileURL(at('dist/scenarios/index.js')).href)};
       const scenario = loadScenario('services: { c1: { image: alpine } }\\nsteps: ["c1$ echo works"]\\n', { file: 'x' });
       process.stdout.write((await runScenario(scenario, {})).transcript);`,
    );
    expect(node(script)).toMatchObject({ status: 0, stdout: expect.stringContaining('works') as string });
  });
});
