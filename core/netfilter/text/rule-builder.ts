import type { NetNamespace } from '../../namespace/net-namespace.ts';
import { MATCH_EXTENSIONS, UNMODELLED_MATCHES } from '../matches/index.ts';
import { TARGET_EXTENSIONS, UNMODELLED_TARGETS } from '../targets/index.ts';
import type { InterfaceTest, RuleSpecification } from '../tables/rule.ts';
import { isAnyAddress, parseAddressTest } from './address-text.ts';
import {
  GivenOptions,
  type GivenOption,
  type MatchExtension,
  type OptionForm,
  type TargetExtension,
} from './extension.ts';
import { ParameterError } from './iptables-error.ts';
import { protocolNumber, protocolText } from './protocols.ts';

/** Names that are verdicts, not chains or extensions. */
export const STANDARD_VERDICTS: readonly string[] = ['ACCEPT', 'DROP', 'RETURN'];
const MAX_INTERFACE_NAME = 15;

interface Loaded<T> {
  readonly extension: T;
  readonly given: GivenOption[];
}

interface AddressGiven {
  readonly text: string;
  readonly inverted: boolean;
}

/** Collects what a command line says about a rule, option by option, and makes the rules of it. */
export class RuleBuilder {
  readonly netns: NetNamespace;
  readonly family: number;
  private readonly matches: Loaded<MatchExtension>[] = [];
  private target: Loaded<TargetExtension> | null = null;
  private source: AddressGiven | null = null;
  private destination: AddressGiven | null = null;
  private inInterface: InterfaceTest | null = null;
  private outInterface: InterfaceTest | null = null;
  private protocol = 0;
  private protocolInverted = false;
  private protocolGiven = false;
  private fragment: { inverted: boolean } | null = null;
  private jump = '';
  private isGoto = false;
  /** Whether any part of a rule was given. */
  touched = false;

  constructor(netns: NetNamespace, family: number) {
    this.netns = netns;
    this.family = family;
  }

  get hasInInterface(): boolean {
    return this.inInterface !== null;
  }

  get hasOutInterface(): boolean {
    return this.outInterface !== null;
  }

  setAddress(which: 'source' | 'destination', text: string, inverted: boolean): void {
    if (this[which] !== null) throw new ParameterError(`multiple -${which[0]} flags not allowed`);
    this[which] = { text, inverted };
  }

  setInterface(which: 'inInterface' | 'outInterface', name: string, inverted: boolean): void {
    if (this[which] !== null) {
      throw new ParameterError(`multiple -${which === 'inInterface' ? 'i' : 'o'} flags not allowed`);
    }
    if (name.length > MAX_INTERFACE_NAME) {
      throw new ParameterError(`interface name \`${name}' must be shorter than IFNAMSIZ (15)`);
    }
    this[which] = { name, inverted };
  }

  setProtocol(text: string, inverted: boolean): void {
    if (this.protocolGiven) throw new ParameterError('multiple -p flags not allowed');
    this.protocolGiven = true;
    this.protocol = protocolNumber(text);
    this.protocolInverted = inverted;
    if (this.protocol === 0 && inverted) throw new ParameterError('rule would never match protocol');
  }

  setFragment(inverted: boolean): void {
    this.fragment = { inverted };
  }

  setJump(name: string, isGoto: boolean): void {
    if (this.jump !== '') throw new ParameterError(`multiple -${isGoto ? 'g' : 'j'} flags not allowed`);
    this.jump = name;
    this.isGoto = isGoto;
    const extension = isGoto ? undefined : find(TARGET_EXTENSIONS, name, this.family);
    if (extension !== undefined) this.target = { extension, given: [] };
  }

  /** `-m NAME`. */
  loadMatch(name: string): void {
    const wanted = name === 'icmpv6' ? 'icmp6' : name;
    const extension = find(MATCH_EXTENSIONS, wanted, this.family);
    if (extension === undefined) {
      if (UNMODELLED_MATCHES.includes(name)) throw new ParameterError(`not modelled: match \`${name}'`);
      throw new ParameterError(`Couldn't load match \`${name}':No such file or directory\n`);
    }
    this.matches.push({ extension, given: [] });
  }

  /** How many values an extension's option takes; undefined when no loaded extension has it. */
  optionForm(name: string): OptionForm | undefined {
    return this.findOption(name)?.form;
  }

  /** Stores an option of an extension. */
  addOption(name: string, inverted: boolean, values: readonly string[]): void {
    const { owner, full, form } = this.findOption(name)!;
    const stored = form.aliasOf ?? full;
    if (inverted && form.invertible !== true) throw new ParameterError(`unexpected ! flag before --${full}`);
    if (form.repeatable !== true && owner.given.some((option) => option.name === stored)) {
      throw new ParameterError(`${owner.extension.name}: option "--${full}" can only be used once.`);
    }
    owner.given.push({ name: stored, inverted, values });
  }

  /** The rules: one for each source and destination that was given. */
  build(isChain: (name: string) => boolean): RuleSpecification[] {
    const surroundings = {
      netns: this.netns,
      family: this.family,
      protocol: this.protocol,
      protocolInverted: this.protocolInverted,
    };
    const rules: RuleSpecification[] = [];
    for (const source of this.addresses(this.source)) {
      for (const destination of this.addresses(this.destination)) {
        rules.push({
          source,
          destination,
          inInterface: this.inInterface,
          outInterface: this.outInterface,
          protocol: this.protocol,
          protocolInverted: this.protocolInverted,
          fragment: this.fragment,
          matches: this.matches.map(({ extension, given }) =>
            extension.build(new GivenOptions(extension.name, given), surroundings),
          ),
          ...this.action(isChain, surroundings),
        });
      }
    }
    return rules;
  }

  private action(
    isChain: (name: string) => boolean,
    surroundings: Parameters<TargetExtension['build']>[1],
  ): Pick<RuleSpecification, 'target' | 'jump' | 'isGoto'> {
    const { jump, isGoto } = this;
    if (isGoto && !isChain(jump)) throw new ParameterError(`goto '${jump}' is not a chain\n`);
    if (jump === '' || STANDARD_VERDICTS.includes(jump) || isChain(jump))
      return { target: null, jump, isGoto };
    if (this.target === null) {
      if (UNMODELLED_TARGETS.includes(jump)) throw new ParameterError(`not modelled: target \`${jump}'`);
      throw new ParameterError(`Couldn't load target \`${jump}':No such file or directory\n`);
    }
    const { extension, given } = this.target;
    return {
      target: extension.build(new GivenOptions(extension.name, given), surroundings),
      jump: '',
      isGoto,
    };
  }

  private addresses(given: AddressGiven | null): RuleSpecification['source'][] {
    if (given === null) return [null];
    const items = given.text.split(',');
    if (items.length > 1 && given.inverted) {
      throw new ParameterError('! not allowed with multiple source or destination IP addresses');
    }
    return items.map((item) => {
      const test = parseAddressTest(item, this.family, given.inverted);
      return isAnyAddress(test) && !given.inverted ? null : test;
    });
  }

  /**
   * Finds an option by its name or, as getopt does, by a prefix that only one has: among the matches, last loaded
   * first, then the target's. The match of the rule's protocol is loaded when it is the one that has it.
   */
  private findOption(
    name: string,
  ): { owner: Loaded<MatchExtension | TargetExtension>; full: string; form: OptionForm } | undefined {
    const owners = [...this.matches].reverse() as Loaded<MatchExtension | TargetExtension>[];
    if (this.target !== null) owners.push(this.target);
    for (const owner of owners) {
      const form = ownForm(owner.extension.options, name);
      if (form !== undefined) return { owner, full: name, form };
    }
    for (const owner of owners) {
      const fitting = Object.keys(owner.extension.options).filter((option) => option.startsWith(name));
      if (fitting.length >= 1) {
        const shortest = fitting.length === 1 ? fitting[0]! : undefined;
        if (shortest !== undefined)
          return { owner, full: shortest, form: owner.extension.options[shortest]! };
      }
    }
    return this.loadProtocolMatch(name) ? this.findOption(name) : undefined;
  }

  private loadProtocolMatch(option: string): boolean {
    if (this.protocol === 0 || this.protocolInverted) return false;
    const name = protocolText(this.protocol);
    const wanted = name === 'ipv6-icmp' ? 'icmp6' : name;
    if (this.matches.some(({ extension }) => extension.name === wanted)) return false;
    const extension = find(MATCH_EXTENSIONS, wanted, this.family);
    if (extension === undefined) return false;
    const has = Object.keys(extension.options).some((known) => known.startsWith(option));
    if (has) this.matches.push({ extension, given: [] });
    return has;
  }
}

function ownForm(options: Readonly<Record<string, OptionForm>>, name: string): OptionForm | undefined {
  return Object.hasOwn(options, name) ? options[name] : undefined;
}

function find<T extends { readonly name: string; readonly family?: number }>(
  extensions: readonly T[],
  name: string,
  family: number,
): T | undefined {
  return extensions.find(
    (extension) => extension.name === name && (extension.family === undefined || extension.family === family),
  );
}
