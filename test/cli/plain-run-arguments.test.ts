import fc from 'fast-check';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { RunArguments } from '../../cli/commands/run.ts';
import { runCommandLine } from '../../cli/parse-command-line.ts';
import { plainRunArguments } from '../../cli/plain-run-arguments.ts';

let taken: RunArguments | null = null;
vi.mock('../../cli/commands/run.ts', () => ({
  run: (args: RunArguments) => {
    taken = args;
    return Promise.resolve(0);
  },
}));

const terminal = {
  out: (text: string) => void (shown += text),
  err: () => undefined,
  errIsTty: () => false,
  columns: () => 80,
  env: {},
};
let shown = '';
beforeEach(() => {
  taken = null;
  shown = '';
});

const KEYS = ['file', 'set', 'env', 'out', 'seed', 'until', 'json', 'quiet', 'allowCode'] as const;

/** What yargs makes of the arguments; null when it refuses them or has something else to do. */
async function byYargs(argv: readonly string[]): Promise<Partial<RunArguments> | null> {
  taken = null;
  try {
    await runCommandLine(argv, terminal);
  } catch {
    return null;
  }
  return taken === null ? null : pick(taken);
}

function pick(args: RunArguments): Partial<RunArguments> {
  return Object.fromEntries(KEYS.filter((key) => args[key] !== undefined).map((key) => [key, args[key]]));
}

describe('plainRunArguments', () => {
  it.each([
    [['run', 'lab.yaml'], { file: 'lab.yaml' }],
    [['run', '-q', '-o', 'dir', 'lab.yaml'], { file: 'lab.yaml', out: 'dir', quiet: true }],
    [['run', 'lab.yaml', '--out=dir', '--seed', '7'], { file: 'lab.yaml', out: 'dir', seed: 7 }],
    [['run', '--set', 'a=1', '--set=b=2', 'lab.yaml'], { file: 'lab.yaml', set: ['a=1', 'b=2'] }],
    [['run', 'lab.yaml', '--json', '--allow-code'], { file: 'lab.yaml', json: true, allowCode: true }],
  ])('%j', (argv, args) => {
    expect(pick(plainRunArguments(argv)!)).toEqual(args);
  });

  it.each([
    [['validate', 'lab.yaml']],
    [['run']],
    [['run', 'a', 'b']],
    [['run', 'a', '--help']],
    [['run', 'a', '--sed', '3']],
    [['run', 'a', '--seed', '-1']],
    [['run', 'a', '--seed', '4294967296']],
    [['run', 'a', '--out', 'x', '--out', 'y']],
    [['run', 'a', '--no-json']],
    [['run', '--', 'a']],
    [['--quiet', 'run', 'a']],
  ])('leaves %j to yargs', (argv) => {
    expect(plainRunArguments(argv)).toBeNull();
  });

  it('reads as yargs does whatever it reads', async () => {
    const word = fc.constantFrom(
      ...[
        'lab.yaml',
        '-',
        'x=1',
        'a.b=c d',
        '5',
        '007',
        '1e3',
        '10s',
        '',
        'true',
        'run',
        '--',
        '-q',
        '-o',
        '-oq',
      ],
      ...[
        '--json',
        '--json=true',
        '--no-json',
        '--quiet',
        '--allow-code',
        '--allowCode',
        '--out',
        '--out=d',
        '--out=',
      ],
      ...[
        '--seed',
        '--seed=3',
        '--seed=x',
        '--set',
        '--set=a=1',
        '--env',
        '--env=A=b',
        '--until',
        '--until=3s',
        '--h',
      ],
    );
    await fc.assert(
      fc.asyncProperty(fc.array(word, { maxLength: 6 }), async (words) => {
        const plain = plainRunArguments(['run', ...words]);
        fc.pre(plain !== null);
        expect(await byYargs(['run', ...words])).toEqual(pick(plain!));
      }),
      { numRuns: 400 },
    );
  });

  it('knows every option that run has', async () => {
    await runCommandLine(['run', '--help'], terminal);
    const named = [...shown.matchAll(/--([a-z-]+)/g)].map((match) => match[1]!);
    const flags = new Set(['json', 'quiet', 'allow-code']);
    for (const option of new Set(named)) {
      if (option === 'help' || option === 'version') continue;
      const argv = ['run', 'lab.yaml', `--${option}`, ...(flags.has(option) ? [] : ['1'])];
      expect(plainRunArguments(argv), option).not.toBeNull();
    }
  });
});
