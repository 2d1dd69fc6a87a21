import { NetlinkError } from '../../../core/namespace/netlink-error.ts';
import { xfrmOf } from '../../../core/xfrm/xfrm-of.ts';
import {
  POLICY_DIRECTIONS,
  type PolicyDirection,
  type PolicySettings,
  type XfrmPolicy,
  type XfrmTemplate,
} from '../../../core/xfrm/xfrm-policy.ts';
import { NO_MARK, type XfrmMark, type XfrmSelector } from '../../../core/xfrm/xfrm-selector.ts';
import { EXIT_LOCAL, IpError, type IpCommand } from '../ip-command.ts';
import {
  isIdWord,
  isSelectorWord,
  noLimits,
  readId,
  readLimit,
  readMark,
  readMode,
  readNumber,
  readSelector,
  selectorOf,
  type SelectorWords,
} from './arguments.ts';
import { policyText } from './text.ts';

/** `ip xfrm policy`. Not modelled: sub-policies, security contexts, interface ids, thresholds, other defaults. */
export function policy(command: IpCommand): number {
  const word = command.take() ?? 'list';
  switch (word) {
    case 'add':
    case 'update':
      return change(command, word === 'update');
    case 'delete':
    case 'del': {
      const found = find(command);
      command.requireAdmin();
      xfrmOf(command.netns).deletePolicy(found);
      return 0;
    }
    case 'get':
      command.print(textOf(command, find(command)));
      return 0;
    case 'list':
    case 'show':
    case 'lst':
    case 'deleteall':
    case 'delall':
      return forEach(command, word.startsWith('del'));
    case 'flush':
      return flush(command);
    case 'count':
      return count(command);
    case 'set':
    case 'setdefault':
    case 'getdefault':
      return command.notModelled(`ip xfrm policy ${word}`);
    default:
      return command.unknownCommand('xfrm policy', word);
  }
}

function textOf(command: IpCommand, found: XfrmPolicy): string {
  const text = policyText(command.netns, found, { statistics: command.options.statistics, noKeys: false });
  return command.options.oneline ? `${text.replaceAll('\n', '\\')}\n` : text;
}

/** What a policy command's words say. */
interface PolicyWords {
  selector: SelectorWords | null;
  direction: PolicyDirection | null;
  mark: XfrmMark;
  index: number;
  action: 'allow' | 'block' | null;
  priority: number | null;
  flags: number;
  limits: ReturnType<typeof noLimits>;
  templates: XfrmTemplate[];
}

function readWords(command: IpCommand): PolicyWords {
  const words: PolicyWords = {
    selector: null,
    direction: null,
    mark: NO_MARK,
    index: 0,
    action: null,
    priority: null,
    flags: 0,
    limits: noLimits(),
    templates: [],
  };
  for (let word = command.peek(); word !== undefined; word = command.peek()) {
    if (isSelectorWord(word) && words.selector === null) {
      words.selector = readSelector(command);
      continue;
    }
    command.take();
    readWord(command, words, word);
  }
  return words;
}

function readWord(command: IpCommand, words: PolicyWords, word: string): void {
  switch (word) {
    case 'dir':
      words.direction = readDirection(command);
      return;
    case 'mark':
      words.mark = readMark(command);
      return;
    case 'index':
      words.index = readNumber(command, command.value(), 'INDEX value is invalid');
      return;
    case 'ptype':
      readMainType(command);
      return;
    case 'action':
      words.action = readAction(command);
      return;
    case 'priority':
      words.priority = readNumber(command, command.value(), 'PRIORITY value is invalid');
      return;
    case 'flag':
      words.flags |= readPolicyFlags(command);
      return;
    case 'limit':
      readLimit(command, words.limits);
      return;
    case 'tmpl':
      words.templates.push(readTemplate(command));
      return;
    case 'nosock':
      return;
    case 'ctx':
    case 'if_id':
    case 'offload':
      command.notModelled(`xfrm policy with ${word}`);
      return;
    default:
      // iproute2 takes any other word for a second selector.
      if (words.selector === null) command.invalidArgument('unknown', word);
      throw new IpError(`Error: duplicate "unknown": "${word}" is the second value.`, 255);
  }
}

function readDirection(command: IpCommand): PolicyDirection {
  const word = command.value();
  const direction = POLICY_DIRECTIONS.find((name) => name === word);
  return direction ?? command.invalidArgument('DIR value is invalid', word);
}

function readMainType(command: IpCommand): void {
  const word = command.value();
  if (word === 'sub') command.notModelled('xfrm sub-policies');
  if (word !== 'main') command.invalidArgument('PTYPE value is invalid', word);
}

function readAction(command: IpCommand): 'allow' | 'block' {
  const word = command.value();
  if (word === 'allow' || word === 'block') return word;
  return command.invalidArgument('ACTION value is invalid\n', word);
}

function readPolicyFlags(command: IpCommand): number {
  let flags = 0;
  const first = command.peek();
  for (let word = first; word === 'localok' || word === 'icmp'; word = command.peek()) {
    command.take();
    flags |= word === 'localok' ? 1 : 2;
  }
  if (flags === 0) command.invalidArgument('unknown', command.value());
  return flags;
}

function readTemplate(command: IpCommand): XfrmTemplate {
  const template = { source: 0, destination: 0, protocol: 0, spi: 0, reqid: 0, optional: false };
  let mode: 'transport' | 'tunnel' = 'transport';
  for (let word = command.peek(); word !== undefined; word = command.peek()) {
    if (isIdWord(word)) {
      const { source, destination, protocol, spi } = readId(command, true);
      Object.assign(template, { source, destination, protocol, spi });
      continue;
    }
    if (word !== 'mode' && word !== 'reqid' && word !== 'level') break;
    command.take();
    if (word === 'mode') mode = readMode(command);
    else if (word === 'reqid')
      template.reqid = readNumber(command, command.value(), 'REQID value is invalid');
    else template.optional = readLevel(command);
  }
  return { ...template, mode };
}

function readLevel(command: IpCommand): boolean {
  const word = command.value();
  if (word !== 'use' && word !== 'required') command.invalidArgument('LEVEL value is invalid\n', word);
  return word === 'use';
}

function change(command: IpCommand, update: boolean): number {
  const words = readWords(command);
  if (words.direction === null) throw new IpError('Not enough information: DIR is required.', EXIT_LOCAL);
  command.requireAdmin();
  for (const template of words.templates) {
    if (template.protocol === 0) throw new NetlinkError('Invalid argument');
    if (template.protocol !== 50) command.notModelled('xfrm templates other than ESP');
  }
  const settings: PolicySettings = {
    direction: words.direction,
    selector: selectorOf(words.selector ?? {}),
    mark: words.mark,
    action: words.action ?? 'allow',
    priority: words.priority ?? 0,
    flags: words.flags,
    limits: words.limits,
    templates: words.templates,
  };
  xfrmOf(command.netns).addPolicy(settings, update);
  return 0;
}

/** The policy of `{ SELECTOR | index N } dir D [mark M]`. */
function find(command: IpCommand): XfrmPolicy {
  const words = readWords(command);
  if (words.direction === null) throw new IpError('Not enough information: DIR is required.', EXIT_LOCAL);
  if (words.selector === null && words.index === 0) {
    throw new IpError('Not enough information: either SELECTOR or INDEX is required.', EXIT_LOCAL);
  }
  const { policies } = xfrmOf(command.netns);
  const found =
    words.selector !== null
      ? policies.find(words.direction, selectorOf(words.selector), words.mark)
      : policies.findIndex(words.direction, words.index);
  if (found === undefined) throw new NetlinkError('No such file or directory');
  return found;
}

/** `list` and `deleteall`, both with a filter. */
function forEach(command: IpCommand, deleting: boolean): number {
  const words = readWords(command);
  const xfrm = xfrmOf(command.netns);
  if (deleting) command.requireAdmin();
  for (const found of xfrm.policies.list().slice()) {
    if (words.direction !== null && found.direction !== words.direction) continue;
    if (words.index !== 0 && found.index !== words.index) continue;
    if (words.action !== null && found.action !== words.action) continue;
    if (words.priority !== null && found.priority !== words.priority) continue;
    if (words.selector !== null && !agrees(found.selector, words.selector)) continue;
    if (deleting) xfrm.deletePolicy(found);
    else command.print(textOf(command, found));
  }
  return 0;
}

function agrees(selector: XfrmSelector, words: SelectorWords): boolean {
  return (Object.keys(words) as (keyof XfrmSelector)[]).every((key) => selector[key] === words[key]);
}

function flush(command: IpCommand): number {
  for (let word = command.take(); word !== undefined; word = command.take()) {
    if (word !== 'ptype') command.invalidArgument('unknown', word);
    readMainType(command);
  }
  command.requireAdmin();
  const xfrm = xfrmOf(command.netns);
  for (const found of xfrm.policies.list().slice()) xfrm.deletePolicy(found);
  return 0;
}

function count(command: IpCommand): number {
  const { policies } = xfrmOf(command.netns);
  const counts = `IN  ${policies.count('in')} OUT ${policies.count('out')} FWD ${policies.count('fwd')}`;
  const sockets = command.options.statistics ? ' (Sock: IN 0 OUT 0 FWD 0)' : '';
  command.print(`\t SPD ${counts}${sockets}\n`);
  return 0;
}
