import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { NodeOutputFolder } from '../../cli/node-output-folder.ts';
import { loadScenario } from '../../scenarios/load/load-scenario.ts';
import type { Scenario } from '../../scenarios/load/scenario.ts';
import type { RunResult } from '../../scenarios/run/run-options.ts';
import { runScenario } from '../../scenarios/run/run-scenario.ts';
import { decryptEsp } from '../capture/esp-decryption.ts';
import { hasWireshark, runOn } from '../capture/wireshark.ts';

const FOLDER = fileURLToPath(new URL('../../scenarios', import.meta.url));

const CHECKSUMS = ['ip', 'udp', 'tcp'].flatMap((protocol) => ['-o', `${protocol}.check_checksum:TRUE`]);
const WRONG =
  '_ws.malformed || ip.checksum.status == 0 || udp.checksum.status == 0 || tcp.checksum.status == 0';

const EXAMPLES = (readdirSync(FOLDER, { recursive: true }) as string[])
  .filter((name) => name.endsWith('.yaml'))
  .sort();

function load(name: string): { text: string; scenario: Scenario } {
  const file = join(FOLDER, name);
  const text = readFileSync(file, 'utf8');
  return { text, scenario: loadScenario(text, { file }) };
}

test('there are examples', () => {
  expect(EXAMPLES).toContain('two-hosts.yaml');
});

describe.each(EXAMPLES)('example %s', (name) => {
  let folder: string;
  let result: RunResult;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'dockwire-example-'));
    result = await runScenario(load(name).scenario, { output: new NodeOutputFolder(folder) });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('names the schema that exists, so that editors complete it', () => {
    const { text } = load(name);
    const schema = /^# yaml-language-server: \$schema=(\S+)\n/.exec(text)?.[1];
    expect(schema).toBeDefined();
    const path = join(FOLDER, name, '..', schema!);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toHaveProperty('properties.steps');
  });

  test('expects something, and it holds', () => {
    const { scenario } = load(name);
    const expectations = scenario.steps.filter((step) => step.kind === 'run' && step.expect !== undefined);
    expect(expectations.length).toBeGreaterThan(0);
    expect(result.failed).toEqual([]);
    expect(result.exitCode).toBe(0);
  });

  test('runs every step and no command is missing or not modelled', () => {
    const { scenario } = load(name);
    const awaited = scenario.steps.filter((step) => step.kind === 'run' && !step.background);
    expect(result.summary['steps']).toHaveLength(awaited.length);
    expect(result.transcript).not.toMatch(/command not found|not modelled|is not a docker command|Traceback/);
  });

  test.skipIf(!hasWireshark)('writes captures in which tshark finds nothing malformed', () => {
    for (const capture of captures(folder)) {
      const bytes = readFileSync(join(folder, 'captures', capture));
      const found = runOn(bytes, 'tshark', (file) => ['-r', file, ...CHECKSUMS, '-Y', WRONG]);
      expect(`${capture}: ${found}`).toBe(`${capture}: `);
    }
  });

  test.skipIf(!hasWireshark)('writes keys with which tshark opens every ESP packet', () => {
    if (!existsSync(join(folder, 'esp_sa'))) return;
    const keys = readFileSync(join(folder, 'esp_sa'), 'utf8');
    const opened = captures(folder).map((capture) => ({
      capture,
      ...decryptEsp(readFileSync(join(folder, 'captures', capture)), keys),
    }));
    for (const { capture, closed } of opened) expect([capture, ...closed]).toEqual([capture]);
    expect(opened.reduce((sum, { packets }) => sum + packets, 0)).toBeGreaterThan(0);
    // A run that waits for it sends with the keys of before and after a rotation.
    if (name === 'library/key-rotation.yaml') {
      expect(new Set(opened.flatMap(({ spis }) => spis)).size).toBe(4);
    }
  });
});

function captures(folder: string): string[] {
  try {
    return readdirSync(join(folder, 'captures')).sort();
  } catch {
    return []; // a scenario without captures has no such folder
  }
}
