import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatProblem, ScenarioError } from '../../scenarios/load/problem.ts';
import { load } from './load.ts';

/** Loads; any error but a ScenarioError with a place in it fails the test. */
function loadOrRefuse(text: string, set: string[] = []): void {
  try {
    load(text, { set });
  } catch (error) {
    if (!(error instanceof ScenarioError)) throw error;
    expect(error.problems.length).toBeGreaterThan(0);
    for (const problem of error.problems) {
      expect(problem.line).toBeGreaterThan(0);
      expect(problem.column).toBeGreaterThan(0);
      expect(formatProblem(problem)).toContain(`:${problem.line}:${problem.column}: `);
    }
  }
}

const keys = [
  'name',
  'hosts',
  'links',
  'networks',
  'services',
  'captures',
  'steps',
  'swarm',
  'a',
  'x-a',
  'interfaces',
  'ports',
  'docker',
  'on',
  'run',
  '<<',
  'connects',
  'ipam',
  'eth0',
  'driver',
  'expect',
  'deploy',
];
const leaf = fc.oneof(
  fc.constantFrom(
    'a',
    'a/eth0',
    '10.0.0.1/24',
    '80:80',
    '$X',
    '${',
    'a$ ls',
    'wait 5s',
    'capture start a on b/c',
    '*a',
    '&a',
    '../x',
    '',
  ),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
  fc.string(),
);
const tree = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'medium', withCrossShrink: true },
    leaf,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...keys), tie('value'), { maxKeys: 5 }),
  ),
}));

describe('no text makes the loader throw anything but a ScenarioError', () => {
  it('random text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => loadOrRefuse(text)),
      { numRuns: 1500 },
    );
  });

  it('random YAML with the keys of a scenario', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...keys), tree.value, { maxKeys: 8 }), (data) =>
        loadOrRefuse(JSON.stringify(data)),
      ),
      { numRuns: 1500 },
    );
  });

  it('a real scenario with characters changed', () => {
    const text = readFileSync(new URL('data/encrypted-overlay.yaml', import.meta.url), 'utf8');
    const edit = fc.tuple(
      fc.nat(text.length),
      fc.nat(4),
      fc.constantFrom(
        '',
        ':',
        '- ',
        '{',
        '}',
        '[',
        '*a',
        '&a ',
        '"',
        "'",
        '\n',
        '\t',
        '|',
        '#',
        '$',
        '0',
        'é',
        '\u0000',
        '!x ',
        '%',
      ),
    );
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
        let changed = text;
        for (const [at, removed, added] of edits)
          changed = changed.slice(0, at) + added + changed.slice(at + removed);
        loadOrRefuse(changed);
      }),
      { numRuns: 500 },
    );
  });

  it('random assignments', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (path, value) =>
        loadOrRefuse('hosts: {a: }', [`${path}=${value}`, `hosts.a=${value}`]),
      ),
      { numRuns: 500 },
    );
  });

  it.each([
    ['deep flow lists', '['.repeat(100_000)],
    ['deep flow maps', '{a: '.repeat(100_000)],
    ['deep block lists', '- '.repeat(100_000)],
    ['deep indentation', Array.from({ length: 1000 }, (_, i) => `${' '.repeat(i)}a:`).join('\n')],
    ['deep keys', '? '.repeat(50_000)],
    ['colons', 'a: '.repeat(50_000)],
    ['tags', '!a '.repeat(50_000)],
    ['many keys', Array.from({ length: 80_000 }, (_, i) => `k${i}: 1`).join('\n')],
    ['too long', `# ${'x'.repeat(2 << 20)}`],
    ['an alias in itself', 'hosts: &a\n  b: *a\n'],
    ['an alias without an anchor', 'hosts: *a\n'],
    ['a merge of text', '<<: text\nhosts: {}\n'],
    ['a map as a key', '? {a: 1}\n: 2\n'],
    ['two documents', 'name: a\n---\nname: b\n'],
    ['nothing', ''],
    ['a byte order mark', '\ufeffhosts: {a: }'],
  ])('%s, in bounded time', (_, text) => {
    const before = process.cpuUsage();
    loadOrRefuse(text);
    // The process's own time: what else the machine does is no matter here.
    expect(process.cpuUsage(before).user).toBeLessThan(5_000_000);
  });
});
