import type { NetNamespace } from '../../namespace/net-namespace.ts';
import { enableConntrack } from '../conntrack/enable-conntrack.ts';
import { SetMatch } from '../matches/set.ts';
import { ChainLoopError, checkPlacement, MisplacedRuleError } from '../tables/chain-graph.ts';
import { openTable } from '../tables/open-table.ts';
import { Rule, type Chain, type RuleSpecification } from '../tables/rule.ts';
import type { Table } from '../tables/table.ts';
import {
  INVALID_ARGUMENT,
  KernelError,
  NO_CHAIN,
  ParameterError,
  VERSION_PROBLEM,
} from './iptables-error.ts';
import { listChain } from './list-rules.ts';
import { parseCommand, type ParsedCommand } from './parse-command.ts';
import { programName, ruleText } from './save-rule.ts';

/** The version that texts are printed as. */
export const IPTABLES_VERSION = 'v1.8.9 (legacy)';

/** What a command printed, and its exit code. */
export interface CommandOutput {
  code: number;
  stdout: string;
  stderr: string;
}

/**
 * Runs one iptables (AF_INET) or ip6tables (AF_INET6) command in a namespace; `argv` is without the program's name.
 * Prints, fails and exits as iptables 1.8.9 (legacy) does. Not modelled: what -v prints beside -A, -D and the like.
 */
export function iptables(netns: NetNamespace, family: number, argv: readonly string[]): CommandOutput {
  return reportErrors(programName(family), () => {
    const command = parseCommand(netns, family, argv);
    if (command.version) return `${programName(family)} ${IPTABLES_VERSION}\n`;
    const output = executeCommand(netns, family, command);
    if (/[ADIRFZNXEP]/.test(command.commands)) {
      zeroPolicyCounters(tableOrThrow(netns, family, command.table), command);
    }
    return output;
  });
}

/** Runs `run` and turns what it throws into what the program prints. */
export function reportErrors(program: string, run: () => string): CommandOutput {
  try {
    return { code: 0, stdout: run(), stderr: '' };
  } catch (error) {
    if (error instanceof KernelError)
      return { code: 1, stdout: '', stderr: `${program}: ${error.message}\n` };
    if (!(error instanceof ParameterError)) throw error;
    const help = `Try \`${program} -h' or '${program} --help' for more information.\n`;
    const hint =
      error.exitCode === VERSION_PROBLEM ? `Perhaps ${program} or your kernel needs to be upgraded.\n` : help;
    return {
      code: error.exitCode,
      stdout: '',
      stderr: `${program} ${IPTABLES_VERSION}: ${error.message}\n${hint}`,
    };
  }
}

/** The table of a command; the error iptables gives when there is none. */
export function tableOrThrow(netns: NetNamespace, family: number, name: string): Table {
  const table = openTable(netns, family, name);
  if (table !== undefined) return table;
  throw new ParameterError(
    `can't initialize ${programName(family)} table \`${name}': Table does not exist (do you need to insmod?)`,
    VERSION_PROBLEM,
  );
}

/** Carries a parsed command out; returns what it prints. */
export function executeCommand(netns: NetNamespace, family: number, command: ParsedCommand): string {
  if (command.commands === '') throw new ParameterError('no command specified');
  const table = tableOrThrow(netns, family, command.table);
  if (command.rule.touched && !/^[ADCIR]$/.test(command.commands)) {
    throw new ParameterError(`Illegal option with this command: -${command.commands}`);
  }
  let output = '';
  for (const letter of [...command.commands].sort()) output += COMMANDS[letter]!(table, command);
  return output;
}

/**
 * A command that changes a table puts it into the kernel anew, rules with what they have counted, policies with nothing
 * but what -P says (COUNTER_MAP_ZEROED in libiptc's __iptcc_p_del_policy).
 */
function zeroPolicyCounters(table: Table, command: ParsedCommand): void {
  table.syncCounters();
  for (const chain of table.chains) {
    if (!chain.isBuiltin || (command.commands.includes('P') && chain.name === command.chain)) continue;
    chain.packets = 0;
    chain.bytes = 0;
  }
}

type Handler = (table: Table, command: ParsedCommand) => string;

const COMMANDS: Readonly<Record<string, Handler>> = {
  A: (table, command) => insert(table, command, Infinity),
  I: (table, command) => insert(table, command, command.ruleNumber - 1),
  C: check,
  D: remove,
  R: replace,
  L: list,
  S: listRules,
  F: flush,
  Z: zero,
  N: newChain,
  X: deleteChains,
  E: renameChain,
  P: setPolicy,
};

function chainOrThrow(table: Table, name: string | null, message = NO_CHAIN): Chain {
  const chain = table.chain(name ?? '');
  if (chain === undefined) throw new KernelError(message);
  return chain;
}

function buildRules(table: Table, command: ParsedCommand): RuleSpecification[] {
  checkInterfaces(command);
  return command.rule.build((name) => table.chain(name) !== undefined);
}

/** Devices that a built-in chain's packets never have. */
function checkInterfaces(command: ParsedCommand): void {
  const { chain, rule } = command;
  if (rule.hasOutInterface && (chain === 'PREROUTING' || chain === 'INPUT')) {
    throw new ParameterError(`Can't use -o with ${chain}\n`);
  }
  if (rule.hasInInterface && (chain === 'POSTROUTING' || chain === 'OUTPUT')) {
    throw new ParameterError(`Can't use -i with ${chain}\n`);
  }
}

function insert(table: Table, command: ParsedCommand, index: number): string {
  const specifications = buildRules(table, command);
  const chain = chainOrThrow(table, command.chain);
  if (index !== Infinity && index > chain.rules.length) throw new KernelError('Index of insertion too big.');
  let at = Math.min(index, chain.rules.length);
  for (const specification of specifications) addRule(table, chain, at++, specification, command.counters);
  return '';
}

/** Puts a rule into a chain after the kernel's checks, and turns on what it needs. */
function addRule(
  table: Table,
  chain: Chain,
  index: number,
  specification: RuleSpecification,
  counters: readonly [number, number],
): void {
  const { jump } = specification;
  if (table.chain(jump)?.isBuiltin === true) throw new KernelError(INVALID_ARGUMENT);
  try {
    checkPlacement(table, chain, specification);
  } catch (error) {
    if (error instanceof ChainLoopError) throw new KernelError('Too many levels of symbolic links.');
    if (error instanceof MisplacedRuleError) throw new KernelError(INVALID_ARGUMENT);
    throw error;
  }
  if (needsConntrack(specification)) enableConntrack(table.netns, table.family);
  const rule = new Rule(specification, ruleText(specification));
  [rule.packets, rule.bytes] = counters;
  countReferences(rule, 1);
  table.insertRule(chain, index, rule);
}

function needsConntrack({ matches, target }: RuleSpecification): boolean {
  const byMatch = matches.some(({ name }) => name === 'conntrack' || name === 'state' || name === 'connmark');
  return byMatch || (target !== null && ['CONNMARK', 'CT', 'NOTRACK'].includes(target.name));
}

function countReferences(rule: Rule, change: number): void {
  for (const match of rule.specification.matches)
    if (match instanceof SetMatch) match.set.references += change;
}

function removeAt(table: Table, chain: Chain, index: number): void {
  countReferences(chain.rules[index]!, -1);
  table.removeRule(chain, index);
}

function findRule(table: Table, command: ParsedCommand, specification: RuleSpecification): [Chain, number] {
  const complaint = 'Bad rule (does a matching rule exist in that chain?).';
  const chain = chainOrThrow(table, command.chain, complaint);
  const text = ruleText(specification);
  const index = chain.rules.findIndex((rule) => rule.text === text);
  if (index < 0) throw new KernelError(complaint);
  return [chain, index];
}

function check(table: Table, command: ParsedCommand): string {
  for (const specification of buildRules(table, command)) findRule(table, command, specification);
  return '';
}

function remove(table: Table, command: ParsedCommand): string {
  if (command.ruleNumber > 0) {
    const chain = chainOrThrow(table, command.chain);
    if (command.ruleNumber > chain.rules.length) throw new KernelError('Index of deletion too big.');
    removeAt(table, chain, command.ruleNumber - 1);
    return '';
  }
  for (const specification of buildRules(table, command)) {
    const [chain, index] = findRule(table, command, specification);
    removeAt(table, chain, index);
  }
  return '';
}

function replace(table: Table, command: ParsedCommand): string {
  const specifications = buildRules(table, command);
  if (specifications.length !== 1) {
    throw new ParameterError('Replacement rule does not specify a unique address');
  }
  const chain = chainOrThrow(table, command.chain);
  const index = command.ruleNumber - 1;
  if (index >= chain.rules.length) throw new KernelError('Index of replacement too big.');
  addRule(table, chain, index, specifications[0]!, command.counters);
  removeAt(table, chain, index + 1);
  return '';
}

function chosenChains(table: Table, command: ParsedCommand): readonly Chain[] {
  return command.chain === null ? table.chains : [chainOrThrow(table, command.chain)];
}

function list(table: Table, command: ParsedCommand): string {
  table.syncCounters();
  return chosenChains(table, command)
    .map((chain) => listChain(table, chain, command, command.ruleNumber))
    .join('\n');
}

function listRules(table: Table, command: ParsedCommand): string {
  table.syncCounters();
  const chains = chosenChains(table, command);
  let text = '';
  if (command.ruleNumber === 0) {
    for (const chain of chains) {
      const counters = command.verbose && chain.isBuiltin ? ` -c ${chain.packets} ${chain.bytes}` : '';
      text += chain.isBuiltin ? `-P ${chain.name} ${chain.policy}${counters}\n` : `-N ${chain.name}\n`;
    }
  }
  for (const chain of chains) {
    chain.rules.forEach((rule, i) => {
      if (command.ruleNumber !== 0 && command.ruleNumber !== i + 1) return;
      text += `-A ${chain.name}${command.verbose ? withCounters(rule) : rule.text}\n`;
    });
  }
  return text;
}

/** -c stands after the matches and before the target. */
function withCounters(rule: Rule): string {
  const counters = ` -c ${rule.packets} ${rule.bytes}`;
  const head = ruleText({ ...rule.specification, target: null, jump: '' });
  return head + counters + rule.text.slice(head.length);
}

function flush(table: Table, command: ParsedCommand): string {
  for (const chain of chosenChains(table, command)) {
    for (const rule of chain.rules) countReferences(rule, -1);
    chain.rules.length = 0;
  }
  table.chainsReplaced();
  return '';
}

function zero(table: Table, command: ParsedCommand): string {
  table.syncCounters();
  for (const chain of chosenChains(table, command)) {
    if (command.ruleNumber > chain.rules.length) throw new KernelError('Index of counter too big.');
    chain.rules.forEach((rule, i) => {
      if (command.ruleNumber !== 0 && command.ruleNumber !== i + 1) return;
      rule.packets = 0;
      rule.bytes = 0;
    });
    if (command.ruleNumber !== 0) continue;
    chain.packets = 0;
    chain.bytes = 0;
  }
  return '';
}

function newChain(table: Table, command: ParsedCommand): string {
  if (table.chain(command.chain!) !== undefined) throw new KernelError('Chain already exists.');
  table.addChain(command.chain!);
  return '';
}

function deleteChains(table: Table, command: ParsedCommand): string {
  if (command.chain !== null) {
    deleteChain(table, chainOrThrow(table, command.chain));
    return '';
  }
  for (const chain of table.chains.filter(({ isBuiltin }) => !isBuiltin)) deleteChain(table, chain);
  return '';
}

function deleteChain(table: Table, chain: Chain): void {
  if (chain.isBuiltin) throw new KernelError(INVALID_ARGUMENT);
  if (table.references(chain.name).length > 0) throw new KernelError('Too many links.');
  if (chain.rules.length > 0) throw new KernelError('Directory not empty.');
  table.removeChain(chain);
}

function renameChain(table: Table, command: ParsedCommand): string {
  const chain = chainOrThrow(table, command.chain);
  if (chain.isBuiltin) throw new KernelError(INVALID_ARGUMENT);
  if (table.chain(command.argument) !== undefined) throw new KernelError('File exists.');
  table.renameChain(chain, command.argument, ruleText);
  return '';
}

function setPolicy(table: Table, command: ParsedCommand): string {
  const chain = table.chain(command.chain!);
  if (chain === undefined || !chain.isBuiltin) throw new KernelError('Bad built-in chain name.');
  if (command.argument !== 'ACCEPT' && command.argument !== 'DROP') {
    throw new KernelError("Bad policy name. Run `dmesg' for more information.");
  }
  table.changed();
  chain.policy = command.argument;
  [chain.packets, chain.bytes] = command.counters;
  return '';
}
