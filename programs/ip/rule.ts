import { NetlinkError } from '../../core/namespace/netlink-error.ts';
import type { Ipv4Rule } from '../../core/namespace/ipv4-fib.ts';
import { RT_TABLE_MAIN } from '../../core/namespace/ipv4-route.ts';
import { formatIpv4 } from '../../protocols/ipv4-address.ts';
import { EXIT_USAGE, IpError, findKeyword, parsePrefix, type IpCommand } from './ip-command.ts';
import { TABLES } from './names.ts';
import { isAboutIpv6 } from './prefix6.ts';
import { parseTable } from './route-arguments.ts';

const COMMANDS = ['list', 'lst', 'show', 'add', 'delete', 'flush'];

/** The rules of IPv6, of which only the kernel's own are modelled. */
const RULES6 = '0:\tfrom all lookup local\n32766:\tfrom all lookup main\n';

/** `ip rule`. Not modelled: IPv6 rules besides the kernel's, actions other than a table, ports, protocols, suppressors. */
export function rule(command: IpCommand): number {
  const word = command.take() ?? 'show';
  if (isAboutIpv6(command) && !matchesShow(word)) return command.notModelled(`ip -6 rule ${word}`);
  switch (findKeyword(word, COMMANDS)) {
    case 'list':
    case 'lst':
    case 'show':
      if (command.options.family === 6) command.print(command.netns.ipv6 === null ? '' : RULES6);
      else for (const item of command.netns.ipv4.fib.rules) command.print(ruleText(item));
      return 0;
    case 'add':
      return addRule(command);
    case 'delete':
      return deleteRule(command);
    case 'flush':
      return command.notModelled('ip rule flush');
    default:
      return command.unknownCommand('rule', word);
  }
}

function matchesShow(word: string): boolean {
  return ['list', 'lst', 'show'].includes(findKeyword(word, COMMANDS) ?? '');
}

function prefixText(address: number, length: number): string {
  return length === 32 ? formatIpv4(address) : `${formatIpv4(address)}/${length}`;
}

function ruleText(item: Ipv4Rule): string {
  const fields = [`from ${item.sourceLength === 0 ? 'all' : prefixText(item.source, item.sourceLength)}`];
  if (item.invert) fields.unshift('not');
  if (item.destinationLength > 0) fields.push(`to ${prefixText(item.destination, item.destinationLength)}`);
  if (item.tos !== 0) fields.push(`tos 0x${item.tos.toString(16)}`);
  if (item.markMask !== 0) {
    const mask = item.markMask === 0xffffffff ? '' : `/0x${item.markMask.toString(16)}`;
    fields.push(`fwmark 0x${item.mark.toString(16)}${mask}`);
  }
  if (item.iif !== '') fields.push(`iif ${item.iif}`);
  if (item.oif !== '') fields.push(`oif ${item.oif}`);
  fields.push(`lookup ${TABLES.text(item.table)}`);
  return `${item.priority}:\t${fields.join(' ')}\n`;
}

interface RuleArguments extends Ipv4Rule {
  priorityGiven: boolean;
  tableGiven: boolean;
}

function readRule(command: IpCommand): RuleArguments {
  const item: RuleArguments = {
    priority: 0,
    source: 0,
    sourceLength: 0,
    destination: 0,
    destinationLength: 0,
    iif: '',
    oif: '',
    mark: 0,
    markMask: 0,
    tos: 0,
    table: RT_TABLE_MAIN,
    invert: false,
    priorityGiven: false,
    tableGiven: false,
  };
  for (let word = command.take(); word !== undefined; word = command.take()) {
    if (word === 'not') item.invert = true;
    else if (word === 'from') {
      const prefix = parsePrefix(command.value());
      item.source = prefix.address;
      item.sourceLength = prefix.length;
    } else if (word === 'to') {
      const prefix = parsePrefix(command.value());
      item.destination = prefix.address;
      item.destinationLength = prefix.length;
    } else if (word === 'priority' || word === 'preference' || word === 'pref' || word === 'order') {
      item.priority = command.unsignedNumber(command.value(), 'preference');
      item.priorityGiven = true;
    } else if (word === 'tos' || word === 'dsfield')
      item.tos = command.unsignedNumber(command.value(), 'tos', 255);
    else if (word === 'fwmark') {
      const [mark = '', mask = '0xffffffff'] = command.value().split('/');
      item.mark = command.unsignedNumber(mark, 'fwmark');
      item.markMask = command.unsignedNumber(mask, 'fwmask');
    } else if (word === 'iif' || word === 'dev') item.iif = command.value();
    else if (word === 'oif') item.oif = command.value();
    else if (word === 'table' || word === 'lookup') {
      item.table = parseTable(command, command.value());
      item.tableGiven = true;
    } else if (
      [
        'prohibit',
        'blackhole',
        'unreachable',
        'goto',
        'nop',
        'ipproto',
        'sport',
        'dport',
        'uidrange',
      ].includes(word)
    ) {
      command.notModelled(`rules with ${word}`);
    } else throw new IpError(`Error: argument "${word}" is wrong: Failed to parse rule type`, EXIT_USAGE);
  }
  return item;
}

function addRule(command: IpCommand): number {
  const item = readRule(command);
  command.requireAdmin();
  const fib = command.netns.ipv4.fib;
  // fib_default_rule_pref: just before the first rule after the local table's.
  if (!item.priorityGiven) item.priority = Math.max(0, (fib.rules[1]?.priority ?? 1) - 1);
  if (fib.rules.some((other) => sameRule(other, item))) throw new NetlinkError('File exists');
  const { priorityGiven: _priority, tableGiven: _table, ...plain } = item;
  fib.addRule(plain);
  return 0;
}

function deleteRule(command: IpCommand): number {
  const wanted = readRule(command);
  command.requireAdmin();
  const fib = command.netns.ipv4.fib;
  const found = fib.rules.find((other) =>
    sameRule(other, {
      ...wanted,
      priority: wanted.priorityGiven ? wanted.priority : other.priority,
      table: wanted.tableGiven ? wanted.table : other.table,
    }),
  );
  if (found === undefined) throw new NetlinkError('No such file or directory');
  fib.removeRule(found);
  return 0;
}

function sameRule(a: Ipv4Rule, b: Ipv4Rule): boolean {
  return (
    a.priority === b.priority &&
    a.source === b.source &&
    a.sourceLength === b.sourceLength &&
    a.destination === b.destination &&
    a.destinationLength === b.destinationLength &&
    a.iif === b.iif &&
    a.oif === b.oif &&
    a.mark === b.mark &&
    a.markMask === b.markMask &&
    a.tos === b.tos &&
    a.table === b.table &&
    a.invert === b.invert
  );
}
