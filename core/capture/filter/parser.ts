import { LengthNode, ConstantNode } from './arithmetic.ts';
import { ArithmeticParser, parseNumber } from './arithmetic-parser.ts';
import { FilterError } from './filter-error.ts';
import { LinkLayout } from './link-layout.ts';
import { ETHER_TYPES, IP_PROTOCOLS, UNSUPPORTED_WORDS } from './names.ts';
import { AndNode, type FilterNode, NotNode, OrNode, RelationNode, TrueNode } from './nodes.ts';
import * as primitives from './primitives.ts';
import { buildQualified, PROTOCOL_WORDS, type Qualifier, type QualifierType } from './qualified.ts';
import { TokenStream } from './token-stream.ts';

const TYPE_WORDS: readonly string[] = ['host', 'net', 'port', 'portrange', 'proto'];
const MAXIMUM_DEPTH = 200;
/** Keywords for a protocol that is only looked for over IPv4. */
const IPV4_ONLY = ['icmp', 'igmp', 'igrp', 'vrrp'];

/**
 * Parses a filter expression into its tree. As in libpcap, `and` and `or` have the same precedence and group from
 * the left, `not` binds tighter, and a bare value takes the qualifiers of the value before it
 * (`port 80 or 443`).
 */
export class FilterParser {
  private readonly tokens: TokenStream;
  private readonly layout = new LinkLayout();
  private readonly arithmetic: ArithmeticParser;
  private lastQualifier: Qualifier | null = null;
  private depth = 0;

  constructor(text: string) {
    this.tokens = new TokenStream(text);
    this.arithmetic = new ArithmeticParser(this.tokens, this.layout);
  }

  parse(): FilterNode {
    if (this.tokens.peek().kind === 'end') return new TrueNode();
    const node = this.parseExpression();
    if (this.tokens.peek().kind !== 'end') throw this.tokens.unexpected("expected 'and', 'or' or the end");
    return node;
  }

  private parseExpression(): FilterNode {
    let left = this.parseTerm();
    for (;;) {
      if (this.tokens.accept('and', '&&') !== null) left = new AndNode(left, this.parseTerm());
      else if (this.tokens.accept('or', '||') !== null) left = new OrNode(left, this.parseTerm());
      else return left;
    }
  }

  private parseTerm(): FilterNode {
    if (++this.depth > MAXIMUM_DEPTH) throw this.tokens.unexpected('nested too deeply');
    try {
      if (this.tokens.accept('not', '!') !== null) return new NotNode(this.parseTerm());
      if (this.tokens.is('(')) return this.parseParenthesis();
      return this.parsePrimitive();
    } finally {
      this.depth--;
    }
  }

  /** A parenthesis opens an expression or, in `(tcp[12] & 0xf0) >> 2 > 5`, a number: the latter is tried first. */
  private parseParenthesis(): FilterNode {
    const relation = this.tryRelation();
    if (relation !== null) return relation;
    this.tokens.expect('(');
    const inner = this.parseExpression();
    this.tokens.expect(')');
    return inner;
  }

  private tryRelation(): FilterNode | null {
    const mark = this.tokens.mark();
    try {
      return this.arithmetic.parseRelation();
    } catch (error) {
      if (!(error instanceof FilterError)) throw error;
      this.tokens.reset(mark);
      return null;
    }
  }

  private parsePrimitive(): FilterNode {
    const token = this.tokens.peek();
    if (token.kind === 'end') throw this.tokens.unexpected('expected a primitive such as host, port or tcp');
    if (token.kind === 'word' && !token.escaped) {
      const keyword = this.parseKeyword(token.text);
      if (keyword !== null) return keyword;
    }
    if (token.kind !== 'symbol' && !this.relationFollows()) return this.parseValue();
    return this.arithmetic.parseRelation();
  }

  /** A number is a relation's left side when an operator follows it, and else a value such as a port. */
  private relationFollows(): boolean {
    if (!this.arithmetic.startsHere()) return false;
    const after = this.tokens.peek(1);
    return (
      this.tokens.peek().kind !== 'number' || (after.kind === 'symbol' && !')!&&||'.includes(after.text))
    );
  }

  private parseKeyword(word: string): FilterNode | null {
    switch (word) {
      case 'broadcast':
        this.tokens.next();
        return primitives.etherBroadcast();
      case 'multicast':
        this.tokens.next();
        return primitives.etherMulticast();
      case 'less':
        return this.parseLength('<=');
      case 'greater':
        return this.parseLength('>=');
      case 'vlan':
        return this.parseVlan();
    }
    if (this.tokens.is('[', 1)) return this.arithmetic.parseRelation();
    if (PROTOCOL_WORDS.includes(word)) return this.parseProtocol(word);
    if (word === 'src' || word === 'dst' || TYPE_WORDS.includes(word)) return this.parseQualified(null);
    const reason = UNSUPPORTED_WORDS.get(word);
    if (reason !== undefined)
      throw new FilterError(`'${word}' is not supported`, this.tokens.peek().column, reason);
    return null;
  }

  private parseLength(operator: '<=' | '>='): FilterNode {
    this.tokens.next();
    return new RelationNode(operator, new LengthNode(), new ConstantNode(this.expectNumber()));
  }

  private expectNumber(): number {
    const token = this.tokens.peek();
    if (token.kind !== 'number') throw this.tokens.unexpected('expected a number');
    this.tokens.next();
    return parseNumber(token.text, token.column);
  }

  private parseVlan(): FilterNode {
    this.tokens.next();
    const token = this.tokens.peek();
    if (token.kind !== 'number') return primitives.vlan(this.layout, null);
    const id = this.expectNumber();
    if (id > 4095) throw new FilterError(`VLAN id ${id} is greater than 4095`, token.column);
    return primitives.vlan(this.layout, id);
  }

  private parseProtocol(word: string): FilterNode {
    const column = this.tokens.next().column;
    const next = this.tokens.peek();
    if (this.tokens.is('broadcast') || this.tokens.is('multicast')) return this.parseCast(word);
    if (this.tokens.is('src') || this.tokens.is('dst') || (TYPE_WORDS.includes(next.text) && !next.escaped)) {
      return this.parseQualified(word);
    }
    if (next.text === 'protochain' || next.text === 'gateway') {
      throw new FilterError(
        `'${next.text}' is not supported`,
        next.column,
        UNSUPPORTED_WORDS.get(next.text)!,
      );
    }
    if (['number', 'ipv4', 'ipv6', 'mac'].includes(next.kind)) {
      throw new FilterError(
        `'${word}' needs a word before '${next.text}'`,
        next.column,
        `write ${word} host, ${word} net or ${word} port`,
      );
    }
    return this.bareProtocol(word, column);
  }

  private bareProtocol(word: string, column: number): FilterNode {
    const type = ETHER_TYPES.get(word);
    if (type !== undefined) return primitives.etherType(this.layout, type);
    if (word === 'ether')
      throw new FilterError("'ether' needs host, src, dst, proto, broadcast or multicast", column);
    const protocol = IP_PROTOCOLS.get(word)!;
    if (word === 'icmp6') return primitives.ip6Protocol(this.layout, protocol);
    if (IPV4_ONLY.includes(word)) return primitives.ipProtocol(this.layout, protocol);
    return primitives.anyIpProtocol(this.layout, protocol);
  }

  private parseCast(word: string): FilterNode {
    const cast = this.tokens.next();
    if (word === 'ether') {
      return cast.text === 'broadcast' ? primitives.etherBroadcast() : primitives.etherMulticast();
    }
    if (cast.text === 'multicast' && word === 'ip') return primitives.ipMulticast(this.layout);
    if (cast.text === 'multicast' && word === 'ip6') return primitives.ip6Multicast(this.layout);
    const hint = word === 'ip' ? 'it needs the netmask of the interface; write ip dst host ADDRESS' : null;
    throw new FilterError(`'${word} ${cast.text}' is not supported`, cast.column, hint);
  }

  /** `[src|dst …] [host|net|port|portrange|proto] VALUE`, after the protocol when there was one. */
  private parseQualified(protocol: string | null): FilterNode {
    const direction = this.parseDirection();
    const type = this.tokens.accept(...TYPE_WORDS);
    this.lastQualifier = {
      protocol,
      direction: direction ?? 'src or dst',
      type: (type?.text ?? null) as QualifierType | null,
      explicitDirection: direction !== null,
    };
    if (this.tokens.accept('(') === null) return this.parseValue();
    const inner = this.parseExpression();
    this.tokens.expect(')');
    return inner;
  }

  private parseDirection(): primitives.Direction | null {
    const first = this.tokens.accept('src', 'dst');
    if (first === null) return null;
    const other = first.text === 'src' ? 'dst' : 'src';
    const both = (this.tokens.is('or') || this.tokens.is('and')) && this.tokens.is(other, 1);
    if (!both) return first.text as 'src' | 'dst';
    const joint = this.tokens.next().text;
    this.tokens.next();
    // `src and dst host a` against `src host a`: the pair is a direction only when no value came between.
    return joint === 'or' ? 'src or dst' : 'src and dst';
  }

  private parseValue(): FilterNode {
    return buildQualified(this.tokens, this.layout, this.lastQualifier);
  }
}
