import {
  type ArithmeticNode,
  type ArithmeticOperator,
  BinaryNode,
  ConstantNode,
  LengthNode,
  LoadNode,
  NegateNode,
  TransportLoadNode,
} from './arithmetic.ts';
import { FilterError } from './filter-error.ts';
import type { LinkLayout } from './link-layout.ts';
import { ETHER_TYPES, IP_PROTOCOLS, NAMED_CONSTANTS } from './names.ts';
import { and, FieldNode, type FilterNode, RelationNode, type RelationOperator } from './nodes.ts';
import { etherType, ipProtocol, notFragment } from './primitives.ts';
import type { TokenStream } from './token-stream.ts';

/** Binary operators from the loosest to the tightest, as in libpcap's grammar. */
const PRECEDENCE: readonly (readonly ArithmeticOperator[])[] = [
  ['|', '^'],
  ['&'],
  ['<<', '>>'],
  ['+', '-'],
  ['*', '/', '%'],
];
const RELATIONS = ['=', '==', '!=', '<', '>', '<=', '>='];
const OVER_IPV4 = ['tcp', 'udp', 'sctp', 'icmp', 'igmp', 'igrp', 'pim', 'vrrp'];
const MAXIMUM_DEPTH = 100;

/** Parses relations between numbers: `tcp[tcpflags] & tcp-syn != 0`, `len > 100`. */
export class ArithmeticParser {
  private readonly tokens: TokenStream;
  private readonly layout: LinkLayout;
  /** What must hold for the loads of the relation being parsed to mean anything. */
  private guards: FilterNode[] = [];
  private depth = 0;

  constructor(tokens: TokenStream, layout: LinkLayout) {
    this.tokens = tokens;
    this.layout = layout;
  }

  /** True when a relation, and nothing else, can start at the current token. */
  startsHere(): boolean {
    const token = this.tokens.peek();
    if (token.kind === 'number' || token.text === '-') return true;
    if (token.kind !== 'word' || token.escaped) return false;
    return token.text === 'len' || NAMED_CONSTANTS.has(token.text) || this.tokens.is('[', 1);
  }

  /** Parses `a relop b`; the relation is false where a guard of its loads is. */
  parseRelation(): FilterNode {
    this.guards = [];
    const left = this.parseSum(0);
    const operator = this.tokens.accept(...RELATIONS);
    if (operator === null) {
      throw this.tokens.unexpected('expected a comparison', 'compare the number, for example with != 0');
    }
    const right = this.parseSum(0);
    const text = (operator.text === '==' ? '=' : operator.text) as RelationOperator;
    return and(...this.guards, new RelationNode(text, left, right));
  }

  private parseSum(level: number): ArithmeticNode {
    const operators = PRECEDENCE[level];
    if (operators === undefined) return this.parseUnary();
    let left = this.parseSum(level + 1);
    for (;;) {
      const operator = this.tokens.accept(...operators);
      if (operator === null) return left;
      const right = this.parseSum(level + 1);
      const divides = operator.text === '/' || operator.text === '%';
      if (divides && right instanceof ConstantNode && right.value === 0) {
        throw new FilterError('division by zero', operator.column);
      }
      left = new BinaryNode(operator.text as ArithmeticOperator, left, right);
    }
  }

  private parseUnary(): ArithmeticNode {
    if (++this.depth > MAXIMUM_DEPTH) throw this.tokens.unexpected('nested too deeply');
    try {
      if (this.tokens.accept('-') !== null) return new NegateNode(this.parseUnary());
      if (this.tokens.accept('(') !== null) {
        const inner = this.parseSum(0);
        this.tokens.expect(')');
        return inner;
      }
      return this.parseOperand();
    } finally {
      this.depth--;
    }
  }

  private parseOperand(): ArithmeticNode {
    const token = this.tokens.peek();
    if (token.kind === 'number') {
      this.tokens.next();
      return new ConstantNode(parseNumber(token.text, token.column));
    }
    if (token.kind !== 'word') throw this.tokens.unexpected('expected a number or proto[offset]');
    if (this.tokens.is('[', 1)) return this.parseLoad();
    this.tokens.next();
    if (token.text === 'len') return new LengthNode();
    const constant = NAMED_CONSTANTS.get(token.text);
    if (constant === undefined) {
      throw new FilterError(
        `'${token.text}' is not a number`,
        token.column,
        'expected a number or proto[offset]',
      );
    }
    return new ConstantNode(constant);
  }

  private parseLoad(): ArithmeticNode {
    const protocol = this.tokens.next();
    this.tokens.expect('[');
    const index = this.parseSum(0);
    const size = this.parseSize();
    this.tokens.expect(']');
    const base = this.layout.payloadOffset;
    const name = protocol.text;
    if (name === 'ether' || name === 'link') return new LoadNode(0, index, size);
    const type = ETHER_TYPES.get(name);
    if (type !== undefined) {
      this.guards.push(etherType(this.layout, type));
      return new LoadNode(base, index, size);
    }
    if (name === 'icmp6') {
      this.guards.push(etherType(this.layout, ETHER_TYPES.get('ip6')!), new FieldNode(base + 6, 1, 58));
      return new LoadNode(base + 40, index, size);
    }
    if (OVER_IPV4.includes(name)) {
      this.guards.push(ipProtocol(this.layout, IP_PROTOCOLS.get(name)!), notFragment(this.layout));
      return new TransportLoadNode(base, index, size);
    }
    throw new FilterError(
      `'${name}[…]' is not supported`,
      protocol.column,
      `bytes can be taken of ether, ip, ip6, arp, rarp, icmp6, ${OVER_IPV4.join(', ')}`,
    );
  }

  private parseSize(): number {
    if (this.tokens.accept(':') === null) return 1;
    const token = this.tokens.next();
    const size = token.kind === 'number' ? Number(token.text) : 0;
    if (size === 1 || size === 2 || size === 4) return size;
    throw new FilterError('the size must be 1, 2 or 4', token.column);
  }
}

/** Decimal, 0x hexadecimal or 0 octal, up to 32 bits. */
export function parseNumber(text: string, column: number): number {
  const octal = /^0[0-7]+$/.test(text);
  const value = octal ? parseInt(text, 8) : Number(text);
  if (Number.isNaN(value) || value > 0xffffffff || /^0\d*[89]/.test(text)) {
    throw new FilterError(`'${text}' is not a number of 32 bits`, column);
  }
  return value;
}
