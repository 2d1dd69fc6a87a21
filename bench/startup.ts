import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { report } from './lab.ts';

const COMMAND = 'dist/cli/main.cjs';
const SCENARIO = 'scenarios/bridge.yaml';
const ROUNDS = 15;

/** Milliseconds of wall time from the start of Node with `args` to `sign` on its standard output, or to its end. */
function milliseconds(args: readonly string[], sign?: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const startMs = performance.now();
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let seenMs: number | undefined;
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      if (sign !== undefined && output.includes(sign)) seenMs ??= performance.now() - startMs;
    });
    child.on('error', reject);
    child.on('close', (code) => {
      if (code !== 0) reject(new Error(`node ${args.join(' ')}: exit code ${code}`));
      else if (sign !== undefined && seenMs === undefined) reject(new Error(`${sign} did not appear`));
      else resolve(seenMs ?? performance.now() - startMs);
    });
  });
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

/** The built command beside an empty Node, in turns, so that a slow moment of the machine meets all alike. */
export async function run(): Promise<void> {
  if (!existsSync(COMMAND)) throw new Error('npm run build first: this measures the built command');
  const folder = mkdtempSync(join(tmpdir(), 'dockwire-startup-'));
  const subjects: readonly { name: string; args: readonly string[]; sign?: string }[] = [
    { name: 'node -e 0', args: ['-e', '0'] },
    { name: 'dockwire --version', args: [COMMAND, '--version'] },
    { name: 'dockwire validate', args: [COMMAND, 'validate', SCENARIO] },
    // The first packet comes before the first answer that the transcript shows.
    {
      name: 'dockwire run, to the first answer of ping',
      args: [COMMAND, 'run', SCENARIO, '--out', folder],
      sign: 'bytes from',
    },
    { name: 'dockwire run, whole', args: [COMMAND, 'run', SCENARIO, '--out', folder] },
  ];
  const times = subjects.map((): number[] => []);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [at, { args, sign }] of subjects.entries()) times[at]!.push(await milliseconds(args, sign));
  }
  rmSync(folder, { recursive: true });
  const empty = median(times[0]!);
  for (const [at, { name }] of subjects.entries()) {
    const value = median(times[at]!);
    report(name, value, 'ms');
    if (at > 0) report('  of node -e 0', value / empty, 'times');
  }
}
