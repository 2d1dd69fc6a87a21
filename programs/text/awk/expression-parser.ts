import { compileRegularExpression, RegularExpressionError } from '../regular-expression.ts';
import { AwkError, type AwkToken, type Expression } from './syntax.ts';

/** Binary operators by how tightly they bind; concatenation, which has no sign, lies between 6 and 7. */
const BINARY: Record<string, number> = {
  '||': 1,
  '&&': 2,
  in: 3,
  '~': 4,
  '!~': 4,
  '<': 5,
  '<=': 5,
  '==': 5,
  '!=': 5,
  '>': 5,
  '>=': 5,
  '+': 7,
  '-': 7,
  '*': 8,
  '/': 8,
  '%': 8,
  '^': 10,
  '**': 10,
};
const CONCATENATION = 6;
const ASSIGNMENTS = ['=', '+=', '-=', '*=', '/=', '%=', '^='];
const FUNCTIONS =
  'length substr index split sub gsub match tolower toupper sprintf int sqrt exp log sin cos atan2'.split(
    ' ',
  );
const UNSUPPORTED = ['function', 'func', 'getline', 'nextfile', 'return'];
const MAX_NESTING = 240;

/** The expressions of awk, and what reading tokens takes. */
export class ExpressionParser {
  protected readonly tokens: readonly AwkToken[];
  protected position = 0;
  private nesting = 0;
  /** In the arguments of `print` a `>` would be a redirection. */
  protected noGreater = false;

  constructor(tokens: readonly AwkToken[]) {
    this.tokens = tokens;
  }

  protected expression(): Expression {
    return this.nested(() => this.assignment());
  }

  protected assignment(): Expression {
    const left = this.conditional();
    const operator = this.token.text;
    if (this.token.kind !== 'operator' || !ASSIGNMENTS.includes(operator)) return left;
    if (left.kind !== 'variable' && left.kind !== 'field' && left.kind !== 'element') throw this.unexpected();
    this.next();
    return { kind: 'assign', operator: operator.slice(0, -1), target: left, value: this.expression() };
  }

  protected conditional(): Expression {
    const condition = this.binary(1);
    if (!this.take('?')) return condition;
    const yes = this.expression();
    this.expect(':');
    return { kind: 'conditional', condition, yes, no: this.expression() };
  }

  protected binary(lowest: number): Expression {
    let left = this.unary();
    for (;;) {
      const operator = this.token.text;
      const known = (this.token.kind === 'operator' || operator === 'in') && Object.hasOwn(BINARY, operator);
      const redirects = operator === '>' && this.noGreater;
      const precedence = known && !redirects ? BINARY[operator]! : 0;
      if (precedence === 0 && lowest <= CONCATENATION && this.startsOperand()) {
        left = { kind: 'binary', operator: ' ', left, right: this.binary(CONCATENATION + 1) };
        continue;
      }
      if (precedence < lowest || precedence === 0) return left;
      this.next();
      if (operator === 'in') left = { kind: 'in', array: this.name(), index: [left] };
      else {
        while (['&&', '||'].includes(operator) && this.token.kind === 'newline') this.next();
        const right = this.binary(precedence === 10 ? precedence : precedence + 1);
        left = { kind: 'binary', operator: operator === '**' ? '^' : operator, left, right };
      }
    }
  }

  protected startsOperand(): boolean {
    const { kind, text } = this.token;
    if (kind === 'number' || kind === 'string' || kind === 'regex' || kind === 'call') return true;
    if (kind === 'name') return text !== 'in' && text !== 'else' && text !== 'while';
    return kind === 'operator' && ['(', '$', '!', '++', '--'].includes(text);
  }

  protected unary(): Expression {
    return this.nested(() => {
      const { kind, text } = this.token;
      if (kind === 'operator' && (text === '!' || text === '-' || text === '+')) {
        this.next();
        // `-x^2` is -(x^2).
        return { kind: 'unary', operator: text, operand: text === '!' ? this.unary() : this.binary(9) };
      }
      if (kind === 'operator' && (text === '++' || text === '--')) {
        this.next();
        return { kind: 'increment', target: this.primary(), by: text === '++' ? 1 : -1, before: true };
      }
      const operand = this.primary();
      const after = this.token.text;
      const assignable =
        operand.kind === 'variable' || operand.kind === 'field' || operand.kind === 'element';
      if (!assignable || this.token.kind !== 'operator' || (after !== '++' && after !== '--')) return operand;
      this.next();
      return { kind: 'increment', target: operand, by: after === '++' ? 1 : -1, before: false };
    });
  }

  protected primary(): Expression {
    const token = this.next();
    switch (token.kind) {
      case 'number':
        return { kind: 'number', value: Number(token.text) };
      case 'string':
        return { kind: 'string', value: token.text };
      case 'regex':
        return { kind: 'regex', expression: compile(token.text) };
      case 'call':
        if (!FUNCTIONS.includes(token.text)) throw new AwkError(`function ${token.text} is not modelled`);
        this.next();
        return { kind: 'call', name: token.text, args: this.list(')') };
      case 'name':
        return this.named(token.text);
    }
    if (token.text === '$') return { kind: 'field', index: this.fieldIndex() };
    if (token.text !== '(' || token.kind !== 'operator') {
      this.position--;
      throw this.unexpected();
    }
    return this.grouped();
  }

  protected fieldIndex(): Expression {
    const { text } = this.token;
    if (text === '++' || text === '--' || text === '-') return this.unary();
    return this.primary();
  }

  /** After `(`: an expression, or `(i, j) in array`. */
  protected grouped(): Expression {
    const { noGreater } = this;
    this.noGreater = false;
    const items = this.list(')');
    this.noGreater = noGreater;
    if (items.length === 1) return items[0]!;
    if (this.token.text !== 'in' || items.length === 0) throw this.unexpected();
    this.next();
    return { kind: 'in', array: this.name(), index: items };
  }

  protected named(name: string): Expression {
    if (UNSUPPORTED.includes(name)) throw new AwkError(`${name} is not modelled`);
    if (name === 'length') return { kind: 'call', name, args: [] };
    if (this.take('[')) return { kind: 'element', array: name, index: this.subscript() };
    return { kind: 'variable', name };
  }

  protected subscript(): Expression[] {
    const index = this.list(']');
    if (index.length === 0) throw this.unexpected();
    return index;
  }

  protected list(close: string): Expression[] {
    if (this.take(close)) return [];
    const items = this.commaList();
    this.expect(close);
    return items;
  }

  protected commaList(): Expression[] {
    const items = [this.expression()];
    while (this.take(',')) {
      while (this.token.kind === 'newline') this.next();
      items.push(this.expression());
    }
    return items;
  }

  protected name(): string {
    const token = this.next();
    if (token.kind !== 'name') throw this.unexpected();
    return token.text;
  }

  protected nested<T>(read: () => T): T {
    if (++this.nesting > MAX_NESTING) throw new AwkError('program nests too deeply');
    const result = read();
    this.nesting--;
    return result;
  }

  protected atEndOfStatement(): boolean {
    const { kind } = this.token;
    return (
      kind === 'newline' || kind === 'end' || this.is(';') || this.is('}') || this.is('>') || this.is('|')
    );
  }

  protected get token(): AwkToken {
    return this.tokens[Math.min(this.position, this.tokens.length - 1)]!;
  }

  protected next(): AwkToken {
    const { token } = this;
    this.position++;
    return token;
  }

  protected is(text: string): boolean {
    return this.token.kind === 'operator' && this.token.text === text;
  }

  protected take(text: string): boolean {
    if (!this.is(text)) return false;
    this.position++;
    return true;
  }

  protected expect(text: string): void {
    if (!this.take(text)) throw this.unexpected();
  }

  protected skipTerminators(): void {
    while (this.token.kind === 'newline' || this.is(';')) this.position++;
  }

  protected unexpected(): AwkError {
    const { text, kind } = this.token;
    return new AwkError(
      `syntax error: unexpected ${kind === 'end' ? 'end of program' : kind === 'newline' ? 'newline' : text}`,
    );
  }
}

function compile(pattern: string): RegExp {
  try {
    return compileRegularExpression(pattern, true, '');
  } catch (error) {
    if (error instanceof RegularExpressionError) throw new AwkError(`/${pattern}/: ${error.message}`);
    throw error;
  }
}
