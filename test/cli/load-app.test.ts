import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { APP_FOOT, APP_HEAD, loadApp, type LoadedApp } from '../../cli/load-app.ts';
import { readableStack } from '../../cli/readable-stack.ts';

interface Greeter {
  greet(name: string): string;
  fail(): never;
}

const SOURCE = `
export function greet(name: string): string {
  return 'hello ' + name;
}

export function fail(): never {
  throw new Error('as asked');
}
`;

async function bundle(): Promise<{ file: string; cache: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'dockwire-app-'));
  writeFileSync(join(folder, 'greeter.ts'), SOURCE);
  const file = join(folder, 'app.cjs');
  await build({
    entryPoints: [join(folder, 'greeter.ts')],
    outfile: file,
    bundle: true,
    format: 'cjs',
    platform: 'node',
    banner: { js: APP_HEAD },
    footer: { js: APP_FOOT },
    minify: true,
    sourcemap: 'external',
  });
  return { file, cache: `${file}.cache` };
}

function keepCompiled({ script }: LoadedApp<Greeter>, cache: string): void {
  writeFileSync(cache, script.createCachedData());
}

describe('loadApp', () => {
  it('compiles anew without a cache, and takes the one that an earlier run left', async () => {
    const { file, cache } = await bundle();
    const first = loadApp<Greeter>(file, cache);
    expect([first.exports.greet('c1'), first.fromCache]).toEqual(['hello c1', false]);
    keepCompiled(first, cache);
    const second = loadApp<Greeter>(file, cache);
    expect([second.exports.greet('c2'), second.fromCache]).toEqual(['hello c2', true]);
  });

  it.each([
    ['no cache at all', Buffer.from('not a cache')],
    ['an empty file', Buffer.alloc(0)],
  ])('runs all the same with %s', async (_what, bytes) => {
    const { file, cache } = await bundle();
    writeFileSync(cache, bytes);
    const app = loadApp<Greeter>(file, cache);
    expect([app.exports.greet('c1'), app.fromCache]).toEqual(['hello c1', false]);
  });

  it('refuses the cache of another bundle', async () => {
    const { file, cache } = await bundle();
    keepCompiled(loadApp<Greeter>(file, cache), cache);
    writeFileSync(file, `${APP_HEAD}exports.greet = (name) => 'good day ' + name;${APP_FOOT}`);
    const app = loadApp<Greeter>(file, cache);
    expect([app.exports.greet('c1'), app.fromCache]).toEqual(['good day c1', false]);
  });
});

describe('readableStack', () => {
  it('says where in the sources a bundle threw', async () => {
    const { file } = await bundle();
    const { fail } = loadApp<Greeter>(file, '').exports;
    let stack = '';
    try {
      fail();
    } catch (error) {
      stack = (error as Error).stack ?? '';
    }
    expect(stack).toContain('app.cjs:');
    expect(readableStack(stack)).toMatch(/greeter\.ts:7:/);
    expect(readableStack(stack)).not.toContain('app.cjs');
  });

  it('leaves a place without a map as it is', () => {
    const stack = 'Error: x\n    at f (/nowhere/app.cjs:1:2)\n    at g (/nowhere/g.ts:3:4)';
    expect(readableStack(stack)).toBe(stack);
  });
});
