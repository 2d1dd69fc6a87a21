import { ExpressionParser } from './expression-parser.ts';
import { AwkError, tokenize, type Expression, type Rule, type Statement } from './syntax.ts';

/** Parses an awk program; throws `AwkError`. */
export function parseAwk(text: string): Rule[] {
  return new AwkParser(tokenize(text)).parse();
}

class AwkParser extends ExpressionParser {
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
}
