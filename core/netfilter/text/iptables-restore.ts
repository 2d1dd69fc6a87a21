import type { NetNamespace } from '../../namespace/net-namespace.ts';
import type { Chain } from '../tables/rule.ts';
import type { Table } from '../tables/table.ts';
import { executeCommand, IPTABLES_VERSION, tableOrThrow, type CommandOutput } from './iptables-command.ts';
import { KernelError, ParameterError } from './iptables-error.ts';
import { parseCommand } from './parse-command.ts';
import { programName } from './save-rule.ts';

/** What iptables-restore is asked for. */
export interface RestoreOptions {
  /** -n: chains that are not named stay. */
  readonly noFlush: boolean;
  /** -c: counters are taken over. */
  readonly counters: boolean;
  /** -T: only this table; null for all. */
  readonly table: string | null;
  /** --test: nothing is changed. */
  readonly test: boolean;
}

/** Reads what iptables-save wrote. Each table is changed as a whole at its COMMIT, or not at all. */
export function iptablesRestore(
  netns: NetNamespace,
  family: number,
  input: string,
  options: RestoreOptions,
): CommandOutput {
  const program = `${programName(family)}-restore`;
  const restore = new Restore(netns, family, options);
  const lines = input.split('\n');
  if (lines.at(-1) === '') lines.pop();
  for (const [i, line] of lines.entries()) {
    try {
      restore.line(line);
    } catch (error) {
      restore.undo();
      if (error instanceof KernelError) {
        return { code: 1, stdout: '', stderr: `${program}: line ${i + 1} failed: ${error.message}\n` };
      }
      if (!(error instanceof ParameterError)) throw error;
      const where = `Error occurred at line: ${i + 1}\nTry \`${program} -h' or '${program} --help' for more information.\n`;
      return {
        code: error.exitCode,
        stdout: '',
        stderr: `${program} ${IPTABLES_VERSION}: ${error.message}\n${where}`,
      };
    }
  }
  if (!restore.isOpen) return { code: 0, stdout: '', stderr: '' };
  restore.undo();
  return { code: 1, stdout: '', stderr: `${program}: COMMIT expected at line ${lines.length + 1}\n` };
}

/** A chain as it was, to go back to. */
interface KeptChain {
  readonly chain: Chain;
  readonly name: string;
  readonly policy: 'ACCEPT' | 'DROP';
  readonly packets: number;
  readonly bytes: number;
  readonly rules: Chain['rules'];
}

class Restore {
  private readonly netns: NetNamespace;
  private readonly family: number;
  private readonly options: RestoreOptions;
  private table: Table | null = null;
  private kept: KeptChain[] = [];
  private skipping = false;

  constructor(netns: NetNamespace, family: number, options: RestoreOptions) {
    this.netns = netns;
    this.family = family;
    this.options = options;
  }

  /** A table was begun and not committed. */
  get isOpen(): boolean {
    return this.table !== null || this.skipping;
  }

  line(line: string): void {
    if (line === '' || line.startsWith('#')) return;
    if (line.startsWith('*') && !this.isOpen) this.begin(line.slice(1).trim());
    else if (line.trim() === 'COMMIT' && this.isOpen) this.commit();
    else if (this.skipping) return;
    else if (this.table === null) throw new ParameterError(`unexpected line: ${line}`);
    else if (line.startsWith(':')) this.chainLine(this.table, line.slice(1));
    else this.rule(this.table, line);
  }

  /** Puts back what the table in progress was. */
  undo(): void {
    const { table } = this;
    if (table === null) return;
    table.chains.length = 0;
    for (const { chain, name, policy, packets, bytes, rules } of this.kept) {
      chain.name = name;
      chain.policy = policy;
      chain.packets = packets;
      chain.bytes = bytes;
      chain.rules.splice(0, chain.rules.length, ...rules);
      table.chains.push(chain);
    }
    table.chainsReplaced();
    this.table = null;
  }

  private begin(name: string): void {
    if (this.options.table !== null && this.options.table !== name) {
      this.skipping = true;
      return;
    }
    const table = tableOrThrow(this.netns, this.family, name);
    table.syncCounters();
    this.kept = table.chains.map((chain) => ({
      chain,
      name: chain.name,
      policy: chain.policy,
      packets: chain.packets,
      bytes: chain.bytes,
      rules: chain.rules.slice(),
    }));
    this.table = table;
    if (this.options.noFlush) return;
    for (const chain of table.chains) chain.rules.length = 0;
    for (const chain of table.chains.slice()) if (!chain.isBuiltin) table.removeChain(chain);
    table.chainsReplaced();
  }

  private commit(): void {
    if (this.options.test) this.undo();
    this.table = null;
    this.skipping = false;
  }

  private chainLine(table: Table, text: string): void {
    const [name, policy, counters] = text.trim().split(/\s+/);
    const existing = table.chain(name ?? '');
    if (existing?.isBuiltin === true) {
      if (policy === '-') return;
      if (policy !== 'ACCEPT' && policy !== 'DROP') {
        throw new ParameterError(`Can't set policy \`${policy}' on \`${name}': Bad policy name`);
      }
      existing.policy = policy;
      if (this.options.counters) [existing.packets, existing.bytes] = parseCounters(counters);
      table.changed();
      return;
    }
    if (existing !== undefined) {
      existing.rules.length = 0;
      table.chainsReplaced();
      return;
    }
    executeCommand(
      this.netns,
      this.family,
      parseCommand(this.netns, this.family, ['-N', name ?? ''], table.name),
    );
  }

  private rule(table: Table, line: string): void {
    const words = splitWords(line);
    const counters = words[0]?.startsWith('[') === true ? words.shift() : undefined;
    if (words.some((word) => word === '-t' || word.startsWith('--table'))) {
      throw new ParameterError('The -t option cannot be used in iptables-restore.\n');
    }
    if (counters !== undefined && this.options.counters)
      words.push('-c', ...parseCounters(counters).map(String));
    executeCommand(this.netns, this.family, parseCommand(this.netns, this.family, words, table.name));
  }
}

function parseCounters(text: string | undefined): [number, number] {
  const match = /^\[(\d+):(\d+)\]$/.exec(text ?? '');
  if (match === null) throw new ParameterError(`invalid counters ${text ?? ''}`);
  return [Number(match[1]), Number(match[2])];
}

/** Words of a line: quotes keep spaces, a backslash takes the next character as it is (add_param_to_argv). */
export function splitWords(line: string): string[] {
  const words: string[] = [];
  let word = '';
  let inWord = false;
  let quote = '';
  for (let i = 0; i < line.length; i++) {
    const c = line[i]!;
    if (c === '\\' && quote !== '' && i + 1 < line.length) word += line[++i]!;
    else if (quote !== '' && c === quote) quote = '';
    else if (quote === '' && (c === '"' || c === "'")) {
      quote = c;
      inWord = true;
    } else if (quote === '' && /\s/.test(c)) {
      if (inWord || word !== '') words.push(word);
      word = '';
      inWord = false;
    } else word += c;
  }
  if (inWord || word !== '') words.push(word);
  return words;
}
