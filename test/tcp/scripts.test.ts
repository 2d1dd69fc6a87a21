import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseScripts, ScriptRunner } from './script-runner.ts';

const folder = new URL('./scripts/', import.meta.url);
const files = readdirSync(folder).filter((name) => name.endsWith('.txt'));
const scripts = files
  .sort()
  .flatMap((name) => parseScripts(readFileSync(new URL(name, folder), 'utf8'), name));

describe('TCP behaviour scripts', () => {
  it('are at least forty, and each names its source', () => {
    expect(scripts.length).toBeGreaterThanOrEqual(40);
    expect(scripts.filter((script) => script.source === '').map((script) => script.title)).toEqual([]);
  });

  for (const script of scripts) {
    it(`${script.file}: ${script.title} (${script.source})`, () => {
      new ScriptRunner().run(script);
    });
  }
});
