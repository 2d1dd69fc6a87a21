import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { NodeOutputFolder } from '../../cli/node-output-folder.ts';
import { loadScenario } from '../../scenarios/load/load-scenario.ts';
import { runScenario } from '../../scenarios/run/run-scenario.ts';
import type { RunResult } from '../../scenarios/run/run-options.ts';

const HERE = dirname(fileURLToPath(import.meta.url));

/** How one capture of a run compares with the recording of the same name. */
export interface CaptureComparison {
  name: string;
  missing: boolean;
  /** Packets in the recording and in the run, and how many agree: in order, in any order. */
  reference: number;
  trace: number;
  inOrder: number;
  anyOrder: number;
  /** The same with what only the timing of programs decides of TCP left out. */
  coarse: number;
  coarseTotal: number;
  differences: string[];
}

export interface GoldenRun {
  result: RunResult;
  folder: string;
  dispose(): void;
}

/** Runs test/golden/NAME/FILE and keeps its captures in a folder of its own. */
export async function replay(name: string, file = 'scenario.yaml', seed?: number): Promise<GoldenRun> {
  const path = join(HERE, name, file);
  const scenario = loadScenario(readFileSync(path, 'utf8'), { file: path });
  const folder = mkdtempSync(join(tmpdir(), 'dockwire-golden-'));
  const output = new NodeOutputFolder(folder);
  const result = await runScenario(scenario, { output, ...(seed === undefined ? {} : { seed }) });
  return { result, folder, dispose: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Compares a run's captures with test/golden/NAME/recorded. */
export function compareCaptures(name: string, run: GoldenRun, only = '*'): CaptureComparison[] {
  const tool = join(HERE, 'tools', 'compare.py');
  const recorded = join(HERE, name, 'recorded');
  const done = spawnSync('python3', [tool, recorded, join(run.folder, 'captures'), only], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  if (done.status !== 0) throw new Error(`compare.py: ${done.stderr}`);
  return JSON.parse(done.stdout) as CaptureComparison[];
}

/** The differences of all captures that are not exact, as text for a failed assertion. */
export function describeDifferences(captures: readonly CaptureComparison[]): string {
  return captures
    .filter((capture) => capture.missing || capture.coarse !== capture.coarseTotal)
    .map((capture) =>
      capture.missing
        ? `${capture.name}: missing`
        : `${capture.name}: ${capture.coarse} of ${capture.coarseTotal}\n    ${capture.differences.join('\n    ')}`,
    )
    .join('\n');
}

/** The transcript of a recording on one host. */
export function recordedText(name: string, host: string): string {
  return readFileSync(join(HERE, name, 'recorded', `transcript-${host}.txt`), 'utf8');
}

/** What the first command that has all the words printed, the command's line first. */
export function outputOf(transcript: string, ...words: string[]): string {
  const blocks = transcript.split(/\n(?=\[[\d:.]+\] host\d# |host\d\$ )/);
  const found = blocks.find((block) => words.every((word) => block.split('\n')[0]!.includes(word)));
  if (found === undefined) throw new Error(`no command with ${words.join(', ')}`);
  return found;
}
