import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { AF_INET } from '../../core/netfilter/conntrack/tuple.ts';
import { iptablesRestore } from '../../core/netfilter/text/iptables-restore.ts';
import { iptablesSave } from '../../core/netfilter/text/iptables-save.ts';
import { openTable } from '../../core/netfilter/tables/open-table.ts';
import { newNamespace } from './lab.ts';

const FOLDER = join(import.meta.dirname, 'recorded');
const RESTORE = { noFlush: false, counters: true, table: null, test: false };

/** The dumps of one recorded state: `=== PLACE` before each. */
function dumpsOf(file: string): { place: string; text: string }[] {
  const parts = readFileSync(join(FOLDER, file), 'utf8').split(/^=== (.*)\n/m);
  const dumps = [];
  for (let i = 1; i < parts.length; i += 2) dumps.push({ place: parts[i]!, text: parts[i + 1]! });
  return dumps;
}

describe('iptables-save -c of real hosts', () => {
  for (const file of readdirSync(FOLDER).sort()) {
    for (const { place, text } of dumpsOf(file)) {
      it(`${file} ${place} reads in and prints back to the letter`, () => {
        const netns = newNamespace();
        const tables = [...text.matchAll(/^\*(.*)$/gm)].map((match) => match[1]!);
        // The table used first is printed last.
        for (const name of tables.reverse()) openTable(netns, AF_INET, name);
        expect(iptablesRestore(netns, AF_INET, text, RESTORE)).toEqual({ code: 0, stdout: '', stderr: '' });
        const date = /^# Generated .* on (.*)$/m.exec(text)![1]!;
        const saved = iptablesSave(netns, AF_INET, { counters: true, table: null, date });
        // A dump of several tables may have taken more than a second.
        const undated = (dump: string) => dump.replace(/ on .*$/gm, '');
        expect(undated(saved)).toBe(undated(text));
      });
    }
  }
});
