import type { NetNamespace } from '../../namespace/net-namespace.ts';
import type { Match, Target } from '../tables/match.ts';
import { ParameterError } from './iptables-error.ts';

/** An option as it stood on a command line. */
export interface GivenOption {
  readonly name: string;
  readonly inverted: boolean;
  readonly values: readonly string[];
}

/** How an extension's option is written. */
export interface OptionForm {
  /** How many values follow it. */
  readonly values: number;
  /** `!` may stand before it. */
  readonly invertible?: boolean;
  /** Another name of an option. */
  readonly aliasOf?: string;
  /** May be given more than once. */
  readonly repeatable?: boolean;
}

/** What the rest of the rule says, for extensions that care. */
export interface RuleSurroundings {
  readonly netns: NetNamespace;
  readonly family: number;
  /** The protocol number of `-p`, 0 for any. */
  readonly protocol: number;
  readonly protocolInverted: boolean;
}

/** The options given to one extension. */
export class GivenOptions {
  readonly extension: string;
  readonly list: readonly GivenOption[];

  constructor(extension: string, list: readonly GivenOption[]) {
    this.extension = extension;
    this.list = list;
  }

  get(name: string): GivenOption | undefined {
    return this.list.find((option) => option.name === name);
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  /** The first value of an option. */
  value(name: string): string | undefined {
    return this.get(name)?.values[0];
  }

  /** Those of several options that were given. */
  anyOf(names: readonly string[]): GivenOption | undefined {
    return this.list.find((option) => names.includes(option.name));
  }
}

interface Extension {
  readonly name: string;
  /** AF_INET or AF_INET6 when it is for one family only. */
  readonly family?: number;
  readonly options: Readonly<Record<string, OptionForm>>;
}

/** A match that `-m` loads. */
export interface MatchExtension extends Extension {
  build(given: GivenOptions, rule: RuleSurroundings): Match;
}

/** A target that `-j` loads. */
export interface TargetExtension extends Extension {
  build(given: GivenOptions, rule: RuleSurroundings): Target;
}

/** `--name VALUE`. */
export const VALUE: OptionForm = { values: 1 };
/** `[!] --name VALUE`. */
export const INVERTIBLE_VALUE: OptionForm = { values: 1, invertible: true };
/** `--name`. */
export const FLAG: OptionForm = { values: 0 };
/** `[!] --name`. */
export const INVERTIBLE_FLAG: OptionForm = { values: 0, invertible: true };

/** Another name for an option of the same form. */
export function alias(name: string, form: OptionForm): OptionForm {
  return { ...form, aliasOf: name };
}

/** `!` and a space, or nothing, as printed before an option. */
export function bang(inverted: boolean): string {
  return inverted ? ' !' : '';
}

/** A number within bounds, decimal, octal or hexadecimal (xtables_strtoui); throws with the extension's name. */
export function parseUnsigned(
  extension: string,
  option: string,
  text: string,
  max = 0xffffffff,
  min = 0,
): number {
  const isNumber = /^(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9]\d*)$/.test(text);
  const value = !isNumber ? NaN : /^0\d/.test(text) ? parseInt(text, 8) : Number(text);
  if (Number.isNaN(value)) {
    throw new ParameterError(`${extension}: Bad value for "--${option}" option: "${text}"`);
  }
  if (value > max || value < min) {
    throw new ParameterError(
      `${extension}: Value "${text}" for option "--${option}" is out of range (${min}-${max}).`,
    );
  }
  return value;
}

/** `value[/mask]`, both 32 bits; the mask is all ones when not given. */
export function parseMarkMask(extension: string, option: string, text: string): [number, number] {
  const slash = text.indexOf('/');
  const value = parseUnsigned(extension, option, slash < 0 ? text : text.slice(0, slash));
  const mask = slash < 0 ? 0xffffffff : parseUnsigned(extension, option, text.slice(slash + 1));
  return [value, mask];
}

/** As the tools print hexadecimal numbers. */
export function hex(value: number): string {
  return `0x${(value >>> 0).toString(16)}`;
}

/** xtables_save_string: with quotes unless it is made of plain characters. */
export function quoted(text: string): string {
  if (/^[A-Za-z0-9_-]+$/.test(text)) return ` ${text}`;
  return ` "${text.replace(/["\\']/g, (c) => `\\${c}`)}"`;
}
