import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { loadScenario } from '../../scenarios/load/load-scenario.ts';
import { runScenario } from '../../scenarios/run/run-scenario.ts';

const FOLDER = fileURLToPath(new URL('.', import.meta.url));
const FILES = readdirSync(FOLDER).filter((name) => name.endsWith('.yaml'));

/** The commands of tutorials of Docker networking, with what a reader must see. */
describe.each(FILES)('%s', (name) => {
  test('shows what the tutorials show', { timeout: 120_000 }, async () => {
    const scenario = loadScenario(readFileSync(`${FOLDER}${name}`, 'utf8'), { file: name });
    const { failed, transcript } = await runScenario(scenario, {});
    expect(failed).toEqual([]);
    expect(transcript).not.toMatch(/not modelled|command not found|: not found$/m);
  });
});
