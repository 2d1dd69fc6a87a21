import type { NetDevice } from '../../core/device/net-device.ts';
import type { Process } from '../../core/host/process.ts';
import type { Ipv6Stack } from '../../core/namespace/ipv6-stack.ts';
import { NetlinkError } from '../../core/namespace/netlink-error.ts';
import type { NetNamespace } from '../../core/namespace/net-namespace.ts';
import { parseCidr, isIpv4Text, parseIpv4, type Ipv4Prefix } from '../../protocols/ipv4-address.ts';

/** What ends an `ip` command early: the text for standard error and the exit code. */
export class IpError extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode: number) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Exit codes: 255 for a wrong command line, 1 for what iproute2 finds wrong itself, 2 for the kernel's refusal. */
export const EXIT_USAGE = 255;
export const EXIT_LOCAL = 1;
export const EXIT_KERNEL = 2;

/** The options before the object. */
export interface IpOptions {
  details: boolean;
  oneline: boolean;
  brief: boolean;
  statistics: boolean;
  /** 4, 6 or 0 for both. */
  family: number;
  /** Print as busybox's ip does. */
  busybox: boolean;
}

/** One `ip OBJECT COMMAND …` being carried out: the rest of its words, its namespace, its output. */
export class IpCommand {
  readonly proc: Process;
  readonly options: IpOptions;
  netns: NetNamespace;
  private readonly words: readonly string[];
  private at = 0;

  constructor(proc: Process, netns: NetNamespace, options: IpOptions, words: readonly string[]) {
    this.proc = proc;
    this.netns = netns;
    this.options = options;
    this.words = words;
  }

  /** The next word, not taken; undefined at the end. */
  peek(): string | undefined {
    return this.words[this.at];
  }

  /** Takes the next word; undefined at the end. */
  take(): string | undefined {
    return this.words[this.at++];
  }

  /** Takes the value that a keyword needs (NEXT_ARG). */
  value(): string {
    const word = this.take();
    if (word === undefined) throw new IpError('Command line is not complete. Try option "help"', EXIT_USAGE);
    return word;
  }

  /** The words that are left, not taken. */
  restOf(): readonly string[] {
    return this.words.slice(this.at);
  }

  /** The words that are left, taken. */
  rest(): string[] {
    const rest = this.words.slice(this.at);
    this.at = this.words.length;
    return rest;
  }

  print(text: string): void {
    this.proc.print(text);
  }

  /** Lines of one record: on one line, joined with a backslash, under -oneline. */
  printRecord(text: string): void {
    this.print(this.options.oneline ? `${text.replace(/\n$/, '').replaceAll('\n', '\\')}\n` : text);
  }

  /** A change needs CAP_NET_ADMIN. */
  requireAdmin(): void {
    if (this.proc.context.netAdmin === false) throw new NetlinkError('Operation not permitted');
  }

  /** The device of a name; `Cannot find device "x"` when there is none. */
  device(name: string): NetDevice {
    const dev = this.netns.device(name);
    if (dev === undefined) throw new IpError(`Cannot find device "${name}"`, EXIT_LOCAL);
    return dev;
  }

  /** The IPv6 half of the namespace, for what is changed or asked; `Operation not supported` without. */
  ipv6Stack(): Ipv6Stack {
    const stack = this.netns.ipv6;
    if (stack === null) throw new NetlinkError('Operation not supported');
    return stack;
  }

  /** A number of a word, decimal or 0x; `Invalid "name" value` for anything else, or more than `high`. */
  unsignedNumber(text: string, name: string, high = 0xffffffff): number {
    const value = /^(\d+|0x[0-9a-fA-F]+)$/.test(text) ? Number(text) : NaN;
    if (!(value <= high)) this.invalidArgument(`Invalid "${name}" value`, text);
    return value;
  }

  /** invarg: the word is not what belongs there. */
  invalidArgument(message: string, word: string): never {
    throw new IpError(`Error: argument "${word}" is wrong: ${message}`, EXIT_USAGE);
  }

  unknownCommand(object: string, word: string): never {
    throw new IpError(`Command "${word}" is unknown, try "ip ${object} help".`, EXIT_USAGE);
  }

  /** What this `ip` cannot do. */
  notModelled(what: string): never {
    throw new IpError(`ip: not modelled: ${what}`, EXIT_LOCAL);
  }
}

/** matches: true when `word` begins `keyword` (and is not empty). */
export function matches(word: string, keyword: string): boolean {
  return word !== '' && keyword.startsWith(word);
}

/** The first keyword that a word abbreviates. */
export function findKeyword(word: string, keywords: readonly string[]): string | undefined {
  return keywords.find((keyword) => matches(word, keyword));
}

/** get_prefix for IPv4: `default`, `any`, an address (as /32) or a prefix; host bits are kept. */
export function parsePrefix(text: string): Ipv4Prefix {
  if (text === 'default' || text === 'any' || text === 'all') return { address: 0, length: 0 };
  if (isIpv4Text(text)) return { address: parseIpv4(text), length: 32 };
  try {
    return parseCidr(shortPrefix(text));
  } catch {
    throw new IpError(`Error: inet prefix is expected rather than "${text}".`, EXIT_LOCAL);
  }
}

/** `10/8` is 10.0.0.0/8. */
function shortPrefix(text: string): string {
  const [address = '', length = ''] = text.split('/');
  const parts = address.split('.');
  if (parts.length >= 4 || !parts.every((part) => /^\d+$/.test(part))) return text;
  while (parts.length < 4) parts.push('0');
  return `${parts.join('.')}/${length}`;
}

/** get_addr for IPv4. */
export function parseAddress(text: string): number {
  if (text === 'any' || text === 'default') return 0;
  if (!isIpv4Text(text)) {
    throw new IpError(`Error: inet address is expected rather than "${text}".`, EXIT_LOCAL);
  }
  return parseIpv4(text);
}
