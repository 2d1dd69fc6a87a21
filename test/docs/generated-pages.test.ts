import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { DROP_REASONS } from '../../core/packet/drop-reason.ts';
import { GENERATED_PAGES } from '../../docs/generate.ts';
import { COMMAND_TEXT } from '../../docs/generate/command-text.ts';
import { programNames } from '../../docs/generate/commands-page.ts';
import { DROP_REASON_TEXT } from '../../core/packet/drop-reason-text.ts';

test.each(Object.entries(GENERATED_PAGES))('docs/%s is what docs/generate.ts writes', (path, page) => {
  expect(readFileSync(new URL(`../../docs/${path}`, import.meta.url), 'utf8')).toBe(page());
});

test('every drop reason is explained, and nothing else is', () => {
  expect(Object.keys(DROP_REASON_TEXT).sort()).toEqual([...DROP_REASONS].sort());
});

test('every program is described', () => {
  const silent = programNames().filter((names) => names.every((name) => COMMAND_TEXT[name] === undefined));
  expect(silent).toEqual([]);
});
