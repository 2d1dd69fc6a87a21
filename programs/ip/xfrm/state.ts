import { NetlinkError } from '../../../core/namespace/netlink-error.ts';
import { CIPHER_NULL, DEFAULT_TRUNC_BITS, type XfrmAlgorithms } from '../../../core/xfrm/esp-algorithms.ts';
import type { AssociationSettings, SecurityAssociation } from '../../../core/xfrm/security-association.ts';
import { xfrmOf } from '../../../core/xfrm/xfrm-of.ts';
import { NO_MARK, type XfrmMark } from '../../../core/xfrm/xfrm-selector.ts';
import { PROTO } from '../../../protocols/ipv4.ts';
import { EXIT_LOCAL, EXIT_USAGE, IpError, type IpCommand } from '../ip-command.ts';
import {
  isIdWord,
  missing,
  noLimits,
  readId,
  readLimit,
  readMark,
  readMode,
  readNumber,
  readSelector,
  readXfrmProtocol,
  selectorOf,
  xfrmProtocolText,
  type XfrmId,
} from './arguments.ts';
import { readFlag } from './flags.ts';
import { stateText } from './text.ts';

/** `ip xfrm state`. Not modelled: allocspi, UDP encapsulation, care-of addresses, security contexts, offload. */
export function state(command: IpCommand): number {
  const word = command.take() ?? 'list';
  switch (word) {
    case 'add':
    case 'update':
      return change(command, word === 'update');
    case 'delete':
    case 'del':
      return remove(command);
    case 'get':
      command.print(textOf(command, find(command), false));
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
    case 'allocspi':
      return command.notModelled('ip xfrm state allocspi');
    default:
      return command.unknownCommand('xfrm state', word);
  }
}

function textOf(command: IpCommand, association: SecurityAssociation, noKeys: boolean): string {
  const text = stateText(command.netns, association, { statistics: command.options.statistics, noKeys });
  return command.options.oneline ? `${text.replaceAll('\n', '\\')}\n` : text;
}

interface Draft extends AssociationSettings {
  algorithms: { -readonly [key in keyof XfrmAlgorithms]: XfrmAlgorithms[key] };
}

function change(command: IpCommand, update: boolean): number {
  const settings: Draft = {
    source: 0,
    destination: 0,
    spi: 0,
    protocol: 0,
    mode: 'transport',
    limits: noLimits(),
    algorithms: { aead: null, encryption: null, authentication: null },
  };
  let id: XfrmId | null = null;
  for (let word = command.peek(); word !== undefined; word = command.peek()) {
    if (isIdWord(word)) {
      if (id !== null) command.invalidArgument('unknown', word);
      id = readId(command, false);
    } else {
      command.take();
      readWord(command, settings, word);
    }
  }
  if (id === null) missing('ID');
  Object.assign(settings, {
    source: id.source,
    destination: id.destination,
    spi: id.spi,
    protocol: id.protocol,
  });
  if (
    id.protocol === PROTO.ESP &&
    settings.algorithms.encryption === null &&
    settings.algorithms.aead === null
  ) {
    throw new IpError('ALGO-TYPE value "enc" or "aead" is required with XFRM-PROTO value "esp"', EXIT_LOCAL);
  }
  if (id.protocol !== PROTO.ESP) command.notModelled(`IPsec with ${xfrmProtocolText(id.protocol)}`);
  command.requireAdmin();
  const xfrm = xfrmOf(command.netns);
  if (update) {
    const existing = xfrm.associations.find(id.destination, id.spi, id.protocol, settings.mark ?? NO_MARK);
    if (existing === undefined) throw new NetlinkError('No such process');
    xfrm.updateAssociation(existing, settings.limits!);
    return 0;
  }
  xfrm.addAssociation(settings);
  return 0;
}

function readWord(command: IpCommand, settings: Draft, word: string): void {
  switch (word) {
    case 'mode':
      settings.mode = readMode(command);
      return;
    case 'mark':
      settings.mark = readMark(command);
      return;
    case 'output-mark':
      settings.outputMark = readMark(command);
      return;
    case 'reqid':
      settings.reqid = readNumber(command, command.value(), 'REQID value is invalid');
      return;
    case 'replay-window':
      settings.replayWindow = readNumber(
        command,
        command.value(),
        'value after "replay-window" is invalid',
        4096,
      );
      return;
    case 'flag':
    case 'extra-flag':
      readFlags(command, settings);
      return;
    case 'sel':
      settings.selector = selectorOf(readSelector(command));
      return;
    case 'limit':
      readLimit(command, settings.limits!);
      return;
    case 'enc':
    case 'auth':
    case 'auth-trunc':
    case 'aead':
      readAlgorithm(command, settings, word);
      return;
    case 'seq':
    case 'replay-seq':
    case 'replay-oseq':
    case 'replay-seq-hi':
    case 'replay-oseq-hi':
    case 'comp':
    case 'encap':
    case 'coa':
    case 'ctx':
    case 'offload':
    case 'if_id':
    case 'tfcpad':
      command.notModelled(`xfrm state with ${word}`);
      return;
    default:
      command.invalidArgument('unknown', word);
  }
}

function readFlags(command: IpCommand, settings: Draft): void {
  const first = command.value();
  if (!readFlag(command, settings, first)) command.invalidArgument('unknown', first);
  for (let word = command.peek(); word !== undefined; word = command.peek()) {
    if (!readFlag(command, settings, word)) return;
    command.take();
  }
}

function readAlgorithm(
  command: IpCommand,
  settings: Draft,
  kind: 'enc' | 'auth' | 'auth-trunc' | 'aead',
): void {
  const { algorithms } = settings;
  const name = command.value();
  const key = readKey(command.value());
  if (kind === 'aead') {
    const icvBits = readNumber(command, command.value(), 'ALGO-ICV-LEN value is invalid');
    algorithms.aead = { name, key, icvBits };
  } else if (kind === 'enc') {
    algorithms.encryption = { name, key: name === CIPHER_NULL ? new Uint8Array(0) : key };
  } else if (kind === 'auth-trunc') {
    const truncBits = readNumber(command, command.value(), 'ALGO-TRUNC-LEN value is invalid');
    algorithms.authentication = { name, key, truncBits };
  } else {
    algorithms.authentication = { name, key, truncBits: DEFAULT_TRUNC_BITS.get(name) ?? 0 };
  }
}

/** A key: hexadecimal after 0x, else the characters themselves. */
function readKey(text: string): Uint8Array {
  if (!text.startsWith('0x')) return Uint8Array.from(text, (character) => character.charCodeAt(0));
  const digits = text.slice(2);
  if (!/^[0-9a-fA-F]*$/.test(digits))
    throw new IpError(`Error: argument "${text}" is wrong: ALGO-KEYMAT value is invalid`, EXIT_USAGE);
  const even = digits.length % 2 === 0 ? digits : `0${digits}`;
  return Uint8Array.from(even.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

/** The association of `ID [mark M]`. */
function find(command: IpCommand): SecurityAssociation {
  let id: XfrmId | null = null;
  let mark: XfrmMark = NO_MARK;
  for (let word = command.peek(); word !== undefined; word = command.peek()) {
    if (word === 'mark') {
      command.take();
      mark = readMark(command);
    } else if (isIdWord(word) && id === null) id = readId(command, false);
    else command.invalidArgument('unknown', word);
  }
  if (id === null) missing('ID');
  const found = xfrmOf(command.netns).associations.find(id.destination, id.spi, id.protocol, mark);
  if (found === undefined) throw new NetlinkError('No such process');
  return found;
}

function remove(command: IpCommand): number {
  const association = find(command);
  command.requireAdmin();
  xfrmOf(command.netns).deleteAssociation(association);
  return 0;
}

/** `list` and `deleteall`, both with a filter. */
function forEach(command: IpCommand, deleting: boolean): number {
  let id: XfrmId | null = null;
  let mode: string | null = null;
  let reqid = -1;
  let noKeys = false;
  for (let word = command.peek(); word !== undefined; word = command.peek()) {
    if (isIdWord(word) && id === null) {
      id = readId(command, true);
      continue;
    }
    command.take();
    if (word === 'nokeys') noKeys = true;
    else if (word === 'mode') mode = readMode(command);
    else if (word === 'reqid') reqid = readNumber(command, command.value(), 'REQID value is invalid');
    else if (word === 'flag') command.notModelled('ip xfrm state list flag');
    else command.invalidArgument('unknown', word);
  }
  const chosen = xfrmOf(command.netns)
    .associations.list()
    .filter((association) => isChosen(association, id))
    .filter((association) => mode === null || association.mode === mode)
    .filter((association) => reqid < 0 || association.reqid === reqid);
  if (deleting) command.requireAdmin();
  for (const association of chosen) {
    if (deleting) xfrmOf(command.netns).deleteAssociation(association);
    else command.print(textOf(command, association, noKeys));
  }
  return 0;
}

function isChosen(association: SecurityAssociation, id: XfrmId | null): boolean {
  if (id === null) return true;
  const { given } = id;
  if (given.has('src') && association.source !== id.source) return false;
  if (given.has('dst') && association.destination !== id.destination) return false;
  if (given.has('proto') && association.protocol !== id.protocol) return false;
  return !given.has('spi') || association.spi === id.spi;
}

function flush(command: IpCommand): number {
  let protocol = 0;
  for (let word = command.take(); word !== undefined; word = command.take()) {
    if (word !== 'proto') command.invalidArgument('unknown', word);
    protocol = readXfrmProtocol(command, command.value());
  }
  command.requireAdmin();
  const xfrm = xfrmOf(command.netns);
  for (const association of xfrm.associations.list().slice()) {
    if (protocol === 0 || association.protocol === protocol) xfrm.deleteAssociation(association);
  }
  return 0;
}

function count(command: IpCommand): number {
  const { length } = xfrmOf(command.netns).associations.list();
  // The hash table starts with eight buckets and doubles when it is full.
  let buckets = 8;
  while (buckets < length) buckets *= 2;
  const detail = command.options.statistics ? ` (buckets count ${buckets} Max 1048576)` : '';
  command.print(`\t SAD count ${length}${detail}\n`);
  return 0;
}
