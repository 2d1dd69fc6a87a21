import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { defaultLab, openLab } from '../../scenarios/index.ts';
import { MemoryFolder } from '../../docs/generate/reachability/memory-folder.ts';

const PAGE = readFileSync(new URL('../../docs/tutorial/shell.md', import.meta.url), 'utf8');
const PROMPT = /^(?:[a-z][a-z0-9]*\$ |> )/;

/** The blocks of a session: each line with its prompt, and what is printed then. */
function typedLines(): { prompt: string; line: string; output: string }[] {
  const blocks = [...PAGE.matchAll(/```console\n([^]*?)```/g)].map((match) => match[1]!);
  const typed: { prompt: string; line: string; output: string }[] = [];
  for (const text of blocks.join('').split(/(?<=\n)/)) {
    if (text.startsWith('$ ')) continue;
    const prompt = PROMPT.exec(text)?.[0];
    if (prompt === undefined) typed.at(-1)!.output += text;
    else typed.push({ prompt, line: text.slice(prompt.length).trimEnd(), output: '' });
  }
  return typed;
}

test('the lines of the tutorial give what it shows', async () => {
  const output = new MemoryFolder();
  const { lab } = await openLab(defaultLab(), { output });
  const lines = typedLines();
  expect(lines.length).toBeGreaterThan(20);
  for (const { prompt, line, output: shown } of lines) {
    expect([lab.prompt, line]).toEqual([prompt, line]);
    expect((await lab.enter(line)).text).toBe(shown);
  }
  expect(lab.left).toBe(true);
  const [capture] = lab.close();
  expect(capture?.file).toBe('web.pcap');
  expect(capture?.packets).toBeGreaterThan(10);
});
