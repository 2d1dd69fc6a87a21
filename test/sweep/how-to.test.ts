import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'shell-quote';
import { expect, it } from 'vitest';
import { runCli } from '../cli/run-cli.ts';

const page = readFileSync(new URL('../../docs/how-to/sweep-parameters.md', import.meta.url), 'utf8');
const block = (language: string) => new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``).exec(page)![1]!;

it('the study of the page gives the table of the page', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'dockwire-'));
  const file = join(folder, 'overlay-loss.yaml');
  writeFileSync(file, block('yaml'));
  const [program, command, name, ...options] = parse(block('sh').replaceAll('\\\n', ' ')) as string[];
  expect([program, command, name]).toEqual(['dockwire', 'sweep', 'overlay-loss.yaml']);
  const { exitCode, out, err } = await runCli(['sweep', file, ...options, '--out', folder, '--jobs', '1']);
  expect({ exitCode, err }).toEqual({ exitCode: 0, err: '' });
  expect(out).toBe(block('text'));
});
