import { compileRegularExpression, RegularExpressionError } from '../regular-expression.ts';
import { AwkError, tokenize, type AwkToken, type Expression, type Rule, type Statement } from './syntax.ts';

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

/** Parses an awk program; throws `AwkError`. */
export function parseAwk(text: string): Rule[] {
  return new AwkParser(tokenize(text)).parse();
}

class AwkParser {
  private readonly tokens: readonly AwkToken[];
  private position = 0;
  private nesting = 0;
  /** In the arguments of `print` a `>` would be a redirection. */
  private noGreater = false;

  constructor(tokens: readonly AwkToken[]) {
    this.tokens = tokens;
  }

  parse(): Rule[] {
    const rules: Rule[] = [];
    for (;;) {
      this.skipTerminators();
      if (this.token.kind === 'end') return rules;
      rules.push(this.parseRule());
    }
  }

  private parseRule(): Rule {
    let pattern: Rule['pattern'] = null;
    let until: Expression | null = null;
    if (this.token.text === 'BEGIN' || this.token.text === 'END')
      pattern = this.next().text as 'BEGIN' | 'END';
    else if (!this.is('{')) {
      pattern = this.expression();
      if (this.take(',')) until = this.expression();
    }
    const action = this.is('{') ? this.block() : null;
    if (action === null && typeof pattern === 'string') throw this.unexpected();
    return { pattern, until, action };
  }

  private block(): Statement {
    this.expect('{');
    const body: Statement[] = [];
    for (;;) {
      this.skipTerminators();
      if (this.take('}')) return { kind: 'block', body };
      body.push(this.statement());
    }
  }

  private statement(): Statement {
    return this.nested(() => this.plainStatement());
  }

  private plainStatement(): Statement {
    const { token } = this;
    if (this.is('{')) return this.block();
    if (token.kind === 'name' || token.kind === 'call') {
      switch (token.text) {
        case 'if':
          return this.ifStatement();
        case 'while':
          return this.whileStatement();
        case 'do':
          return this.doStatement();
        case 'for':
          return this.forStatement();
      }
    }
    const statement = this.simpleStatement();
    if (!this.is('}') && !this.take(';') && this.token.kind !== 'newline' && this.token.kind !== 'end') {
      throw this.unexpected();
    }
    return statement;
  }

  private simpleStatement(): Statement {
    const { text, kind } = this.token;
    if (kind !== 'name' && kind !== 'call') return { kind: 'expression', expression: this.expression() };
    switch (text) {
      case 'print':
      case 'printf':
        return this.printStatement(text === 'printf');
      case 'next':
      case 'break':
      case 'continue':
        this.next();
        return { kind: 'jump', to: text };
      case 'exit':
        this.next();
        return { kind: 'exit', code: this.atEndOfStatement() ? null : this.expression() };
      case 'delete': {
        this.next();
        const array = this.name();
        return { kind: 'delete', array, index: this.take('[') ? this.subscript() : null };
      }
    }
    return { kind: 'expression', expression: this.expression() };
  }

  private printStatement(formatted: boolean): Statement {
    this.next();
    this.noGreater = true;
    let args: Expression[] = [];
    if (!this.atEndOfStatement()) {
      const grouped = this.is('(') && this.closesStatement();
      if (grouped) {
        this.next();
        this.noGreater = false;
        args = this.list(')');
      } else args = this.commaList();
    }
    this.noGreater = false;
    if (this.is('>') || this.is('>>') || this.is('|')) {
      throw new AwkError(`redirecting print with ${this.token.text} is not modelled`);
    }
    if (formatted && args.length === 0) throw this.unexpected();
    return { kind: 'print', args, formatted };
  }

  /** True when the parenthesis here closes right before the end of the statement: `print (a, b)`. */
  private closesStatement(): boolean {
    let depth = 0;
    for (let i = this.position; i < this.tokens.length; i++) {
      const { text, kind } = this.tokens[i]!;
      if (kind === 'operator' && text === '(') depth++;
      if (kind === 'operator' && text === ')' && --depth === 0) {
        const after = this.tokens[i + 1]!;
        return (
          after.kind === 'newline' || after.kind === 'end' || [';', '}', '>', '>>', '|'].includes(after.text)
        );
      }
    }
    return false;
  }

  private ifStatement(): Statement {
    this.next();
    const condition = this.parenthesised();
    const yes = this.body();
    const mark = this.position;
    this.skipTerminators();
    if (this.token.kind === 'name' && this.token.text === 'else') {
      this.next();
      return { kind: 'if', condition, yes, no: this.body() };
    }
    this.position = mark;
    return { kind: 'if', condition, yes, no: null };
  }

  private whileStatement(): Statement {
    this.next();
    const condition = this.parenthesised();
    return { kind: 'while', condition, body: this.body(), bodyFirst: false };
  }

  private doStatement(): Statement {
    this.next();
    const body = this.body();
    this.skipTerminators();
    if (this.next().text !== 'while') throw this.unexpected();
    return { kind: 'while', condition: this.parenthesised(), body, bodyFirst: true };
  }

  private forStatement(): Statement {
    this.next();
    this.expect('(');
    const [variable, keyword, array, close] = this.tokens.slice(this.position, this.position + 4);
    if (keyword?.text === 'in' && close?.text === ')' && variable?.kind === 'name') {
      this.position += 4;
      return { kind: 'forIn', variable: variable.text, array: array!.text, body: this.body() };
    }
    const start = this.is(';') ? null : this.simpleStatement();
    this.expect(';');
    const condition = this.is(';') ? null : this.expression();
    this.expect(';');
    const step = this.is(')') ? null : this.simpleStatement();
    this.expect(')');
    return { kind: 'for', start, condition, step, body: this.body() };
  }

  /** A statement after a condition; a `;` alone does nothing. */
  private body(): Statement {
    while (this.token.kind === 'newline') this.next();
    if (this.take(';')) return { kind: 'block', body: [] };
    return this.statement();
  }

  private parenthesised(): Expression {
    this.expect('(');
    const expression = this.expression();
    this.expect(')');
    return expression;
  }

  private expression(): Expression {
    return this.nested(() => this.assignment());
  }

  private assignment(): Expression {
    const left = this.conditional();
    const operator = this.token.text;
    if (this.token.kind !== 'operator' || !ASSIGNMENTS.includes(operator)) return left;
    if (left.kind !== 'variable' && left.kind !== 'field' && left.kind !== 'element') throw this.unexpected();
    this.next();
    return { kind: 'assign', operator: operator.slice(0, -1), target: left, value: this.expression() };
  }

  private conditional(): Expression {
    const condition = this.binary(1);
    if (!this.take('?')) return condition;
    const yes = this.expression();
    this.expect(':');
    return { kind: 'conditional', condition, yes, no: this.expression() };
  }

  private binary(lowest: number): Expression {
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

  private startsOperand(): boolean {
    const { kind, text } = this.token;
    if (kind === 'number' || kind === 'string' || kind === 'regex' || kind === 'call') return true;
    if (kind === 'name') return text !== 'in' && text !== 'else' && text !== 'while';
    return kind === 'operator' && ['(', '$', '!', '++', '--'].includes(text);
  }

  private unary(): Expression {
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

  private primary(): Expression {
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

  private fieldIndex(): Expression {
    const { text } = this.token;
    if (text === '++' || text === '--' || text === '-') return this.unary();
    return this.primary();
  }

  /** After `(`: an expression, or `(i, j) in array`. */
  private grouped(): Expression {
    const { noGreater } = this;
    this.noGreater = false;
    const items = this.list(')');
    this.noGreater = noGreater;
    if (items.length === 1) return items[0]!;
    if (this.token.text !== 'in' || items.length === 0) throw this.unexpected();
    this.next();
    return { kind: 'in', array: this.name(), index: items };
  }

  private named(name: string): Expression {
    if (UNSUPPORTED.includes(name)) throw new AwkError(`${name} is not modelled`);
    if (name === 'length') return { kind: 'call', name, args: [] };
    if (this.take('[')) return { kind: 'element', array: name, index: this.subscript() };
    return { kind: 'variable', name };
  }

  private subscript(): Expression[] {
    const index = this.list(']');
    if (index.length === 0) throw this.unexpected();
    return index;
  }

  private list(close: string): Expression[] {
    if (this.take(close)) return [];
    const items = this.commaList();
    this.expect(close);
    return items;
  }

  private commaList(): Expression[] {
    const items = [this.expression()];
    while (this.take(',')) {
      while (this.token.kind === 'newline') this.next();
      items.push(this.expression());
    }
    return items;
  }

  private name(): string {
    const token = this.next();
    if (token.kind !== 'name') throw this.unexpected();
    return token.text;
  }

  private nested<T>(read: () => T): T {
    if (++this.nesting > MAX_NESTING) throw new AwkError('program nests too deeply');
    const result = read();
    this.nesting--;
    return result;
  }

  private atEndOfStatement(): boolean {
    const { kind } = this.token;
    return (
      kind === 'newline' || kind === 'end' || this.is(';') || this.is('}') || this.is('>') || this.is('|')
    );
  }

  private get token(): AwkToken {
    return this.tokens[Math.min(this.position, this.tokens.length - 1)]!;
  }

  private next(): AwkToken {
    const { token } = this;
    this.position++;
    return token;
  }

  private is(text: string): boolean {
    return this.token.kind === 'operator' && this.token.text === text;
  }

  private take(text: string): boolean {
    if (!this.is(text)) return false;
    this.position++;
    return true;
  }

  private expect(text: string): void {
    if (!this.take(text)) throw this.unexpected();
  }

  private skipTerminators(): void {
    while (this.token.kind === 'newline' || this.is(';')) this.position++;
  }

  private unexpected(): AwkError {
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
