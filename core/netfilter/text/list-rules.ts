import { AF_INET } from '../conntrack/tuple.ts';
import type { Table } from '../tables/table.ts';
import type { AddressTest, Chain, InterfaceTest, Rule } from '../tables/rule.ts';
import { addressTestText, isAnyAddress } from './address-text.ts';
import { protocolText } from './protocols.ts';

/** How `-L` prints. */
export interface ListOptions {
  readonly numeric: boolean;
  /** Counters and interfaces. */
  readonly verbose: boolean;
  /** Counters in full. */
  readonly exact: boolean;
  readonly lineNumbers: boolean;
}

/** One chain as `-L` prints it; `only` is a rule number, 0 for all. */
export function listChain(table: Table, chain: Chain, options: ListOptions, only: number): string {
  let text = only === 0 ? header(table, chain, options) : '';
  chain.rules.forEach((rule, i) => {
    if (only === 0 || only === i + 1) text += ruleLine(table, rule, i + 1, options);
  });
  return text;
}

function header(table: Table, chain: Chain, options: ListOptions): string {
  let text = `Chain ${chain.name}`;
  if (chain.isBuiltin) {
    text += ` (policy ${chain.policy}`;
    if (options.verbose) {
      const count = (value: number) => numberText(value, options).trimStart();
      text += ` ${count(chain.packets)}packets, ${count(chain.bytes)}bytes`;
    }
    text += ')\n';
  } else {
    text += ` (${table.references(chain.name).length} references)\n`;
  }
  if (options.lineNumbers) text += 'num  ';
  if (options.verbose) text += options.exact ? '    pkts      bytes ' : ' pkts bytes ';
  text += `${'target'.padEnd(9)}  prot opt`;
  if (options.verbose) text += ` ${'in'.padEnd(6)} ${'out'.padEnd(6)} `;
  return `${text} ${'source'.padEnd(19)}  ${'destination'.padEnd(19)} \n`;
}

function ruleLine(table: Table, rule: Rule, number: number, options: ListOptions): string {
  const { specification } = rule;
  const { numeric } = options;
  let text = options.lineNumbers ? `${String(number).padEnd(4)} ` : '';
  if (options.verbose) text += numberText(rule.packets, options) + numberText(rule.bytes, options);
  text += `${(specification.target?.name ?? specification.jump).padEnd(9)} `;
  text += specification.protocolInverted ? '!' : ' ';
  text += (numeric ? String(specification.protocol) : protocolText(specification.protocol)).padEnd(5);
  if (table.family === AF_INET) {
    const fragment = specification.fragment;
    text += `${fragment?.inverted === true ? '!' : '-'}${fragment === null ? '-' : 'f'} `;
  } else {
    text += '   ';
  }
  if (options.verbose) {
    text += ` ${interfaceText(specification.inInterface, numeric).padEnd(6)} `;
    text += `${interfaceText(specification.outInterface, numeric).padEnd(6)} `;
  }
  text += addressColumn(specification.source, table.family, numeric);
  text += addressColumn(specification.destination, table.family, numeric);
  if (specification.isGoto) text += '[goto] ';
  for (const match of specification.matches) text += match.list(numeric);
  if (specification.target !== null) text += specification.target.list(numeric);
  return `${text}\n`;
}

function interfaceText(test: InterfaceTest | null, numeric: boolean): string {
  if (test === null || test.name === '+') return numeric ? '*' : 'any';
  return `${test.inverted ? '!' : ''}${test.name}`;
}

function addressColumn(test: AddressTest | null, family: number, numeric: boolean): string {
  const inverted = test?.inverted === true ? '!' : ' ';
  let address: string;
  if (test === null || isAnyAddress(test)) {
    address = !numeric ? 'anywhere' : family === AF_INET ? '0.0.0.0/0' : '::/0';
  } else {
    address = addressTestText(test, true);
  }
  return `${inverted}${address.padEnd(19)} `;
}

/** xtables_print_num: five columns, with K, M, G or T when a number is longer, or eight with -x. */
function numberText(value: number, options: ListOptions): string {
  if (options.exact) return `${String(value).padStart(8)} `;
  if (value <= 99_999) return `${String(value).padStart(5)} `;
  let scaled = value;
  for (const unit of ['K', 'M', 'G']) {
    scaled = Math.floor((scaled + 500) / 1000);
    if (scaled <= 9999) return `${String(scaled).padStart(4)}${unit} `;
  }
  return `${String(Math.floor((scaled + 500) / 1000)).padStart(4)}T `;
}
