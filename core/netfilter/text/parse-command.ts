import type { NetNamespace } from '../../namespace/net-namespace.ts';
import { ParameterError } from './iptables-error.ts';
import { RuleBuilder } from './rule-builder.ts';

/** A command line, taken apart. */
export interface ParsedCommand {
  /** The letters of the commands given: one, or L or S with Z. */
  readonly commands: string;
  readonly chain: string | null;
  /** Of -I, -D, -R, -L, -S, -Z; 0 when not given. */
  readonly ruleNumber: number;
  /** The new name of -E, the policy of -P. */
  readonly argument: string;
  readonly table: string;
  readonly numeric: boolean;
  readonly verbose: boolean;
  readonly exact: boolean;
  readonly lineNumbers: boolean;
  readonly version: boolean;
  readonly counters: readonly [packets: number, bytes: number];
  readonly rule: RuleBuilder;
}

const LONG_OPTIONS: Readonly<Record<string, string>> = {
  append: 'A',
  delete: 'D',
  check: 'C',
  insert: 'I',
  replace: 'R',
  list: 'L',
  'list-rules': 'S',
  flush: 'F',
  zero: 'Z',
  'new-chain': 'N',
  'delete-chain': 'X',
  'rename-chain': 'E',
  policy: 'P',
  source: 's',
  src: 's',
  destination: 'd',
  dst: 'd',
  protocol: 'p',
  'in-interface': 'i',
  'out-interface': 'o',
  jump: 'j',
  goto: 'g',
  match: 'm',
  table: 't',
  numeric: 'n',
  verbose: 'v',
  exact: 'x',
  wait: 'w',
  'wait-interval': 'W',
  fragments: 'f',
  'line-numbers': '0',
  'set-counters': 'c',
  modprobe: 'M',
  version: 'V',
  help: 'h',
  ipv4: '4',
  ipv6: '6',
};

const COMMANDS = 'ADCIRLSFZNXEP';
/** Options with a value. */
const WITH_VALUE = 'sdpijogmtWcMADCIRNEP';
/** Options whose value may be left out. */
const OPTIONAL_VALUE = 'LSFZXw';
const INVERTIBLE = 'sdpiof';
const MAX_CHAIN_NAME = 28;

/** Reads a command line without the program's name. `table` is what stands without -t. */
export function parseCommand(
  netns: NetNamespace,
  family: number,
  argv: readonly string[],
  table = 'filter',
): ParsedCommand {
  return new CommandParser(netns, family, argv, table).parse();
}

class CommandParser {
  private readonly argv: readonly string[];
  private readonly rule: RuleBuilder;
  private at = 0;
  private inverted = false;
  private commands = '';
  private chain: string | null = null;
  private ruleNumber = 0;
  private argument = '';
  private table: string;
  private readonly flags = new Set<string>();
  private counters: [number, number] = [0, 0];

  constructor(netns: NetNamespace, family: number, argv: readonly string[], table: string) {
    this.argv = argv;
    this.table = table;
    this.rule = new RuleBuilder(netns, family);
  }

  parse(): ParsedCommand {
    while (this.at < this.argv.length) this.next();
    if (this.inverted) throw new ParameterError('nothing appropriate following !');
    return {
      commands: this.commands,
      chain: this.chain,
      ruleNumber: this.ruleNumber,
      argument: this.argument,
      table: this.table,
      numeric: this.flags.has('n'),
      verbose: this.flags.has('v'),
      exact: this.flags.has('x'),
      lineNumbers: this.flags.has('0'),
      version: this.flags.has('V'),
      counters: this.counters,
      rule: this.rule,
    };
  }

  private next(): void {
    const arg = this.argv[this.at++]!;
    if (arg === '!') {
      if (this.inverted) throw new ParameterError('multiple consecutive ! not allowed');
      this.inverted = true;
      return;
    }
    if (arg.startsWith('--') && arg.length > 2) this.long(arg.slice(2));
    else if (arg.startsWith('-') && arg.length > 1) this.short(arg.slice(1));
    else throw new ParameterError(`Bad argument \`${arg}'`);
    this.inverted = false;
  }

  private long(text: string): void {
    const equals = text.indexOf('=');
    const name = equals < 0 ? text : text.slice(0, equals);
    const attached = equals < 0 ? undefined : text.slice(equals + 1);
    const letter = this.longLetter(name);
    if (letter !== undefined) {
      this.option(letter, attached);
      return;
    }
    const form = this.rule.optionForm(name);
    if (form === undefined) throw new ParameterError(`unknown option "--${name}"`);
    const values: string[] = [];
    if (attached !== undefined) values.push(attached);
    while (values.length < form.values) values.push(this.value(`--${name}`));
    this.rule.touched = true;
    this.rule.addOption(name, this.inverted, values);
  }

  /** The letter of a core option, by its name or an unambiguous beginning that no extension claims. */
  private longLetter(name: string): string | undefined {
    if (Object.hasOwn(LONG_OPTIONS, name)) return LONG_OPTIONS[name];
    if (this.rule.optionForm(name) !== undefined) return undefined;
    const letters = new Set(
      Object.keys(LONG_OPTIONS)
        .filter((option) => option.startsWith(name))
        .map((option) => LONG_OPTIONS[option]!),
    );
    return letters.size === 1 ? [...letters][0] : undefined;
  }

  private short(text: string): void {
    for (let i = 0; i < text.length; i++) {
      const letter = text[i]!;
      const rest = text.slice(i + 1);
      if (WITH_VALUE.includes(letter)) {
        this.option(letter, rest === '' ? undefined : rest);
        return;
      }
      if (OPTIONAL_VALUE.includes(letter) && rest !== '') {
        this.option(letter, rest);
        return;
      }
      this.option(letter, undefined);
    }
  }

  private option(letter: string, attached: string | undefined): void {
    if (this.inverted && !INVERTIBLE.includes(letter)) {
      throw new ParameterError(`unexpected ! flag before -${letter}`);
    }
    if (COMMANDS.includes(letter)) {
      this.command(letter, attached);
      return;
    }
    const value = () => attached ?? this.value(`-${letter}`);
    const { rule, inverted } = this;
    if ('sdpiojgmf'.includes(letter)) rule.touched = true;
    switch (letter) {
      case 's':
        rule.setAddress('source', value(), inverted);
        break;
      case 'd':
        rule.setAddress('destination', value(), inverted);
        break;
      case 'p':
        rule.setProtocol(value(), inverted);
        break;
      case 'i':
        rule.setInterface('inInterface', value(), inverted);
        break;
      case 'o':
        rule.setInterface('outInterface', value(), inverted);
        break;
      case 'j':
      case 'g':
        rule.setJump(value(), letter === 'g');
        break;
      case 'm':
        rule.loadMatch(value());
        break;
      case 'f':
        rule.setFragment(inverted);
        break;
      case 't':
        this.table = value();
        break;
      case 'c':
        this.setCounters(value());
        break;
      case 'w':
        // One host runs one command at a time: the lock is always free.
        if (attached === undefined && /^\d+$/.test(this.peek() ?? '')) this.at++;
        break;
      case 'W':
      case 'M':
        value();
        break;
      case '4':
      case '6':
        break;
      case 'n':
      case 'v':
      case 'x':
      case '0':
      case 'V':
        this.flags.add(letter);
        break;
      case 'h':
        throw new ParameterError('not modelled: -h');
      default:
        throw new ParameterError(`unknown option "-${letter}"`);
    }
  }

  private command(letter: string, attached: string | undefined): void {
    const together = this.commands + letter;
    if (this.commands !== '' && !/^(LZ|ZL|SZ|ZS)$/.test(together)) {
      throw new ParameterError(`Cannot use -${letter} with -${this.commands}\n`);
    }
    this.commands = together;
    if (OPTIONAL_VALUE.includes(letter)) {
      const chain = attached ?? this.optionalArgument();
      if (chain !== undefined) this.chain = chain;
      if ('LSZ'.includes(letter) && chain !== undefined) {
        const number = this.optionalArgument();
        if (number !== undefined) this.ruleNumber = parseRuleNumber(number);
      }
      return;
    }
    this.chain = attached ?? this.value(`-${letter}`);
    if (letter === 'N') checkChainName(this.chain);
    if ('IDR'.includes(letter)) {
      const number = this.optionalArgument();
      if (number !== undefined) this.ruleNumber = parseRuleNumber(number);
      else if (letter === 'R') throw new ParameterError('-R requires a rule number');
      else if (letter === 'I') this.ruleNumber = 1;
    }
    if ('EP'.includes(letter)) {
      const argument = this.optionalArgument();
      if (argument === undefined) {
        throw new ParameterError(
          letter === 'E'
            ? '-E requires old-chain-name and new-chain-name'
            : '-P requires a chain and a policy',
        );
      }
      this.argument = argument;
      if (letter === 'E') checkChainName(argument);
    }
  }

  private setCounters(text: string): void {
    const comma = text.indexOf(',');
    const packets = comma < 0 ? text : text.slice(0, comma);
    const bytes = comma < 0 ? this.optionalArgument() : text.slice(comma + 1);
    if (bytes === undefined || !/^\d+$/.test(packets) || !/^\d+$/.test(bytes)) {
      throw new ParameterError('-c requires packet and byte counter');
    }
    this.counters = [Number(packets), Number(bytes)];
  }

  private peek(): string | undefined {
    return this.argv[this.at];
  }

  private value(option: string): string {
    const next = this.peek();
    if (next === undefined) throw new ParameterError(`option "${option}" requires an argument`);
    this.at++;
    return next;
  }

  /** The next word when it is no option. */
  private optionalArgument(): string | undefined {
    const next = this.peek();
    if (next === undefined || next.startsWith('-') || next === '!') return undefined;
    this.at++;
    return next;
  }
}

function parseRuleNumber(text: string): number {
  if (!/^\d+$/.test(text) || Number(text) === 0) throw new ParameterError(`Invalid rule number \`${text}'`);
  return Number(text);
}

function checkChainName(name: string): void {
  if (name.startsWith('-') || name.startsWith('!'))
    throw new ParameterError(`chain name not allowed to start with \`${name[0]}'\n`);
  if (name.length > MAX_CHAIN_NAME) {
    throw new ParameterError(`chain name \`${name}' too long (must be under ${MAX_CHAIN_NAME + 1} chars)`);
  }
  if (/\s/.test(name)) throw new ParameterError('Invalid chain name');
  if (['ACCEPT', 'DROP', 'RETURN', 'QUEUE'].includes(name))
    throw new ParameterError('chain name may not clash with target name\n');
}
