import type { SecurityAssociation } from '../../xfrm/security-association.ts';
import type { Match, MatchContext } from '../tables/match.ts';
import {
  bang,
  FLAG,
  hex,
  parseUnsigned,
  VALUE,
  type GivenOptions,
  type MatchExtension,
} from '../text/extension.ts';
import { ParameterError } from '../text/iptables-error.ts';
import { protocolNumber, protocolText } from '../text/protocols.ts';

const ELEMENT_OPTION = { values: 1, invertible: true, repeatable: true } as const;

interface NumberTest {
  readonly value: number;
  readonly inverted: boolean;
}

/** One transform that `--strict` or a plain test asks for. */
interface PolicyElement {
  reqid?: NumberTest;
  spi?: NumberTest;
  protocol?: NumberTest;
  mode?: { value: string; inverted: boolean };
}

/**
 * `-m policy` (xt_policy.c): whether IPsec protected a packet on its way in, or will on its way out.
 * Not modelled: `--tunnel-src` and `--tunnel-dst`, which are refused.
 */
export class PolicyMatch implements Match {
  readonly name = 'policy';
  private readonly isIn: boolean;
  private readonly none: boolean;
  private readonly strict: boolean;
  private readonly elements: readonly PolicyElement[];

  constructor(given: GivenOptions) {
    const direction = given.value('dir');
    if (direction === undefined) throw new ParameterError('policy: neither --dir in nor --dir out specified');
    if (direction !== 'in' && direction !== 'out')
      throw new ParameterError(`policy: invalid dir "${direction}"`);
    const policy = given.value('pol');
    if (policy !== 'none' && policy !== 'ipsec')
      throw new ParameterError(`policy: invalid policy "${policy ?? ''}"`);
    this.isIn = direction === 'in';
    this.none = policy === 'none';
    this.strict = given.has('strict');
    this.elements = parseElements(given);
    if (this.none && (this.strict || this.elements.length > 0)) {
      throw new ParameterError('policy: policy none but options or --strict specified');
    }
  }

  matches(context: MatchContext): boolean {
    const packet = context.packet;
    const path = this.isIn ? packet.secPath : packet.xfrm === null ? null : packet.xfrm.associations;
    if (path === null || path.length === 0) return this.none;
    if (this.none) return false;
    return this.pathMatches(path);
  }

  save(): string {
    return this.text('--');
  }

  list(): string {
    return ` policy match${this.text('')}`;
  }

  private pathMatches(path: readonly SecurityAssociation[]): boolean {
    if (this.strict && path.length !== this.elements.length) return false;
    if (this.elements.length === 0) return true;
    for (let i = path.length - 1; i >= 0; i--) {
      const position = this.isIn ? path.length - 1 - i : i;
      const element = this.strict ? this.elements[position]! : this.elements[0]!;
      const fits = elementMatches(element, path[i]!);
      if (this.strict && !fits) return false;
      if (!this.strict && fits) return true;
    }
    return this.strict;
  }

  private text(prefix: string): string {
    let text = ` ${prefix}dir ${this.isIn ? 'in' : 'out'} ${prefix}pol ${this.none ? 'none' : 'ipsec'}`;
    if (this.strict) text += ` ${prefix}strict`;
    this.elements.forEach((element, i) => {
      if (i > 0) text += ` ${prefix}next`;
      if (prefix === '' && this.strict) text += ` [${i}]`;
      text += elementText(element, prefix);
    });
    return text;
  }
}

function elementMatches(element: PolicyElement, sa: SecurityAssociation): boolean {
  const { reqid, spi, protocol, mode } = element;
  if (reqid !== undefined && (sa.reqid === reqid.value) === reqid.inverted) return false;
  if (spi !== undefined && (sa.spi === spi.value) === spi.inverted) return false;
  if (protocol !== undefined && (sa.protocol === protocol.value) === protocol.inverted) return false;
  return mode === undefined || (sa.mode === mode.value) !== mode.inverted;
}

function elementText(element: PolicyElement, prefix: string): string {
  const { reqid, spi, protocol, mode } = element;
  let text = '';
  if (reqid !== undefined) text += `${bang(reqid.inverted)} ${prefix}reqid ${reqid.value}`;
  if (spi !== undefined) text += `${bang(spi.inverted)} ${prefix}spi ${hex(spi.value)}`;
  if (protocol !== undefined)
    text += `${bang(protocol.inverted)} ${prefix}proto ${protocolText(protocol.value)}`;
  if (mode !== undefined) text += `${bang(mode.inverted)} ${prefix}mode ${mode.value}`;
  return text;
}

function parseElements(given: GivenOptions): PolicyElement[] {
  const elements: PolicyElement[] = [];
  let current: PolicyElement | null = null;
  for (const { name, inverted, values } of given.list) {
    if (name === 'dir' || name === 'pol' || name === 'strict') continue;
    if (name === 'next' || current === null) {
      current = {};
      elements.push(current);
      if (name === 'next') continue;
    }
    const value = values[0]!;
    if (name === 'reqid') current.reqid = { value: parseUnsigned('policy', name, value), inverted };
    if (name === 'spi') current.spi = { value: parseUnsigned('policy', name, value), inverted };
    if (name === 'proto') current.protocol = { value: protocolNumber(value), inverted };
    if (name === 'mode') current.mode = { value, inverted };
    if (name.startsWith('tunnel-')) throw new ParameterError(`policy: not modelled: --${name}`);
  }
  return elements;
}

export const policyExtension: MatchExtension = {
  name: 'policy',
  options: {
    dir: VALUE,
    pol: VALUE,
    strict: FLAG,
    reqid: ELEMENT_OPTION,
    spi: ELEMENT_OPTION,
    proto: ELEMENT_OPTION,
    mode: ELEMENT_OPTION,
    'tunnel-src': ELEMENT_OPTION,
    'tunnel-dst': ELEMENT_OPTION,
    next: { values: 0, repeatable: true },
  },
  build: (given) => new PolicyMatch(given),
};
