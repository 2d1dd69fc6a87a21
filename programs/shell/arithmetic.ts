/** What arithmetic reads and sets. */
export interface ArithmeticVariables {
  get(name: string): string;
  set(name: string, value: string): void;
}

/** An expression that is none, or a division by zero. */
export class ArithmeticError extends Error {}

const TOKEN =
  /\s*(0[xX][0-9a-fA-F]+|\d+|[A-Za-z_][A-Za-z0-9_]*|<<=|>>=|\*\*|<<|>>|<=|>=|==|!=|&&|\|\||\+\+|--|[-+*/%&^|]=|[-+*/%&^|<>=!~?:(),])/y;

/** Binary operators by how tightly they bind; `&&` and `||` are apart since they may skip their right side. */
const PRECEDENCE: Record<string, number> = {
  '||': 1,
  '&&': 2,
  '|': 3,
  '^': 4,
  '&': 5,
  '==': 6,
  '!=': 6,
  '<': 7,
  '>': 7,
  '<=': 7,
  '>=': 7,
  '<<': 8,
  '>>': 8,
  '+': 9,
  '-': 9,
  '*': 10,
  '/': 10,
  '%': 10,
  '**': 11,
};
const ASSIGNMENTS = ['=', '+=', '-=', '*=', '/=', '%=', '&=', '^=', '|=', '<<=', '>>='];
const MAX_DEPTH = 100;

/** The value of a shell arithmetic expression: 64-bit integers that wrap, as in C. */
export function evaluateArithmetic(text: string, variables: ArithmeticVariables): bigint {
  const evaluator = new Evaluator(tokenize(text), text, variables);
  return evaluator.evaluateAll();
}

function tokenize(text: string): string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  let position = 0;
  for (;;) {
    TOKEN.lastIndex = position;
    const match = TOKEN.exec(text);
    if (match === null) break;
    tokens.push(match[1]!);
    position += match[0].length;
  }
  if (text.slice(position).trim() !== '') throw new ArithmeticError('syntax error');
  return tokens;
}

class Evaluator {
  private readonly tokens: readonly string[];
  private readonly text: string;
  private readonly variables: ArithmeticVariables;
  private position = 0;
  private depth = 0;
  /** Above 0 while in a branch that is not taken. */
  private skipping = 0;

  constructor(tokens: readonly string[], text: string, variables: ArithmeticVariables) {
    this.tokens = tokens;
    this.text = text;
    this.variables = variables;
  }

  evaluateAll(): bigint {
    if (this.tokens.length === 0) return 0n;
    const value = this.comma();
    if (this.position < this.tokens.length) throw this.syntaxError();
    return value;
  }

  private comma(): bigint {
    let value = this.ternary();
    while (this.take(',')) value = this.ternary();
    return value;
  }

  private ternary(): bigint {
    if (++this.depth > MAX_DEPTH) throw new ArithmeticError('expression nested too deeply');
    const value = this.binary(1);
    this.depth--;
    if (!this.take('?')) return value;
    const yes = this.skipUnless(value !== 0n, () => this.ternary());
    if (!this.take(':')) throw this.syntaxError();
    const no = this.skipUnless(value === 0n, () => this.ternary());
    return value !== 0n ? yes : no;
  }

  private binary(lowest: number): bigint {
    let left = this.unary();
    for (;;) {
      const operator = this.tokens[this.position] ?? '';
      const precedence = Object.hasOwn(PRECEDENCE, operator) ? PRECEDENCE[operator]! : 0;
      if (precedence < lowest || precedence === 0) return left;
      this.position++;
      const needed = operator === '&&' ? left !== 0n : operator === '||' ? left === 0n : true;
      const next = operator === '**' ? precedence : precedence + 1;
      const right = this.skipUnless(needed, () => this.binary(next));
      left = this.apply(operator, left, right);
    }
  }

  private unary(): bigint {
    if (++this.depth > MAX_DEPTH) throw new ArithmeticError('expression nested too deeply');
    const value = this.unaryValue();
    this.depth--;
    return value;
  }

  private unaryValue(): bigint {
    const token = this.tokens[this.position++];
    if (token === undefined) throw this.syntaxError();
    if (token === '-') return wrap(-this.unary());
    if (token === '+') return this.unary();
    if (token === '!') return this.unary() === 0n ? 1n : 0n;
    if (token === '~') return wrap(~this.unary());
    if (token === '++' || token === '--') return this.increment(token, this.tokens[this.position++], true);
    if (token === '(') {
      const value = this.comma();
      if (!this.take(')')) throw this.syntaxError();
      return value;
    }
    if (/^\d/.test(token)) return this.number(token);
    if (/^[A-Za-z_]/.test(token)) return this.variable(token);
    throw this.syntaxError();
  }

  private variable(name: string): bigint {
    const next = this.tokens[this.position] ?? '';
    if (next === '++' || next === '--') {
      this.position++;
      return this.increment(next, name, false);
    }
    if (!ASSIGNMENTS.includes(next)) return this.valueOf(name);
    this.position++;
    const right = this.ternary();
    const value = next === '=' ? right : this.apply(next.slice(0, -1), this.valueOf(name), right);
    this.assign(name, value);
    return value;
  }

  private increment(operator: string, name: string | undefined, before: boolean): bigint {
    if (name === undefined || !/^[A-Za-z_]/.test(name)) throw this.syntaxError();
    const old = this.valueOf(name);
    const value = wrap(operator === '++' ? old + 1n : old - 1n);
    this.assign(name, value);
    return before ? value : old;
  }

  private assign(name: string, value: bigint): void {
    if (this.skipping === 0) this.variables.set(name, String(value));
  }

  private valueOf(name: string): bigint {
    const text = this.variables.get(name).trim();
    if (text === '') return 0n;
    if (!/^[-+]?(0[xX][0-9a-fA-F]+|\d+)$/.test(text)) throw new ArithmeticError('bad number');
    const negative = text.startsWith('-');
    const value = this.number(text.replace(/^[-+]/, ''));
    return negative ? wrap(-value) : value;
  }

  private number(token: string): bigint {
    if (/^0[0-7]+$/.test(token)) return wrap(BigInt(`0o${token}`));
    if (/^0\d+$/.test(token)) throw new ArithmeticError('bad number');
    return wrap(BigInt(token));
  }

  private apply(operator: string, left: bigint, right: bigint): bigint {
    switch (operator) {
      case '||':
        return truth(left !== 0n || right !== 0n);
      case '&&':
        return truth(left !== 0n && right !== 0n);
      case '|':
        return left | right;
      case '^':
        return left ^ right;
      case '&':
        return left & right;
      case '==':
        return truth(left === right);
      case '!=':
        return truth(left !== right);
      case '<':
        return truth(left < right);
      case '>':
        return truth(left > right);
      case '<=':
        return truth(left <= right);
      case '>=':
        return truth(left >= right);
      case '<<':
        return wrap(left << (right & 63n));
      case '>>':
        return left >> (right & 63n);
      case '+':
        return wrap(left + right);
      case '-':
        return wrap(left - right);
      case '*':
        return wrap(left * right);
      case '**':
        return this.power(left, right);
      default:
        return this.divide(operator, left, right);
    }
  }

  private divide(operator: string, left: bigint, right: bigint): bigint {
    if (right === 0n) {
      if (this.skipping > 0) return 0n;
      throw new ArithmeticError('division by zero');
    }
    return operator === '/' ? wrap(left / right) : left % right;
  }

  private power(base: bigint, exponent: bigint): bigint {
    if (exponent < 0n) throw new ArithmeticError('exponent less than 0');
    let result = 1n;
    let square = base;
    for (let rest = exponent; rest > 0n; rest >>= 1n) {
      if ((rest & 1n) === 1n) result = wrap(result * square);
      square = wrap(square * square);
    }
    return result;
  }

  private skipUnless(needed: boolean, evaluate: () => bigint): bigint {
    if (needed) return evaluate();
    this.skipping++;
    evaluate();
    this.skipping--;
    return 0n;
  }

  private take(token: string): boolean {
    if (this.tokens[this.position] !== token) return false;
    this.position++;
    return true;
  }

  private syntaxError(): ArithmeticError {
    return new ArithmeticError('syntax error');
  }
}

function truth(value: boolean): bigint {
  return value ? 1n : 0n;
}

function wrap(value: bigint): bigint {
  return BigInt.asIntN(64, value);
}
