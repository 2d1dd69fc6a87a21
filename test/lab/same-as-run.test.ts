import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { MemoryFolder } from '../../docs/generate/reachability/memory-folder.ts';
import { loadScenario, openLab, runScenario, type Scenario } from '../../scenarios/index.ts';
import { typeAll } from './open-default.ts';

/** Scenarios without background steps, whose output a transcript shows late. */
const EXAMPLES = ['nat', 'isolation', 'publish', 'compose-commands', 'library/ipsec-by-hand'];

test.each(EXAMPLES)('%s: its steps typed give the transcript and the captures of a run', async (name) => {
  const scenario = load(name);
  const ran = new MemoryFolder();
  const { transcript } = await runScenario(scenario, { output: ran });
  const typed = new MemoryFolder();
  const { lab } = await openLab(scenario, { output: typed, echo: true });
  const shown = await typeAll(
    lab,
    scenario.steps.map(({ text }) => text),
  );
  expect(shown).toBe(transcript);
  for (const { file, packets } of lab.close()) {
    expect(packets).toBeGreaterThan(0);
    expect(typed.bytes(`captures/${file}`)).toEqual(ran.bytes(`captures/${file}`));
  }
});

test('steps run first when they are asked for', async () => {
  const scenario = load('nat');
  let shown = '';
  const { lab, failed } = await openLab(scenario, { steps: true, onOutput: (text) => (shown += text) });
  expect(failed).toEqual([]);
  expect(shown).toBe((await runScenario(scenario, {})).transcript);
  expect((await lab.enter('docker ps -q')).exitCode).toBe(0);
});

function load(name: string): Scenario {
  const file = new URL(`../../scenarios/${name}.yaml`, import.meta.url).pathname;
  return loadScenario(readFileSync(file, 'utf8'), { file });
}
