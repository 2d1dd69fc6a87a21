import {
  arithmetic,
  compareJson,
  index,
  isObject,
  iterate,
  JqError,
  truth,
  withKey,
  type Filter,
  type Json,
} from './filter.ts';
import { formatJson } from './format.ts';
import { FUNCTIONS } from './functions.ts';

const TOKEN =
  /\s*("(?:[^"\\]|\\[^])*"|\d+(?:\.\d+)?|\.\.|\?\/\/|\/\/|[=!<>]=|[A-Za-z_]\w*|\$[A-Za-z_]\w*|@\w+|[-+*/%.[\]{}(),:;|?<>=])/y;
const PRECEDENCE: Record<string, number> = {
  '//': 1,
  or: 2,
  and: 3,
  '==': 4,
  '!=': 4,
  '<': 4,
  '<=': 4,
  '>': 4,
  '>=': 4,
  '+': 5,
  '-': 5,
  '*': 6,
  '/': 6,
  '%': 6,
};
const UNSUPPORTED = ['reduce', 'foreach', 'def', 'try', 'label', 'import', 'include'];
const MAX_NESTING = 60;

/** Compiles a jq program to a filter; throws `JqError`. */
export function compileJq(text: string): Filter {
  const parser = new JqParser(tokenize(text));
  return parser.parse();
}

function tokenize(text: string): string[] {
  const tokens: string[] = [];
  let position = 0;
  while (position < text.length) {
    TOKEN.lastIndex = position;
    const match = TOKEN.exec(text);
    if (match === null) break;
    tokens.push(match[1]!);
    position += match[0].length;
  }
  if (text.slice(position).trim() !== '')
    throw new JqError(`syntax error, unexpected INVALID_CHARACTER at ${text.slice(position).trim()}`);
  return tokens;
}

class JqParser {
  private readonly tokens: readonly string[];
  private position = 0;
  private nesting = 0;

  constructor(tokens: readonly string[]) {
    this.tokens = tokens;
  }

  parse(): Filter {
    if (this.tokens.length === 0) return (input) => [input];
    const filter = this.pipe();
    if (this.position < this.tokens.length) throw this.unexpected();
    return filter;
  }

  private pipe(): Filter {
    if (++this.nesting > MAX_NESTING) throw new JqError('filter nests too deeply');
    const left = this.comma();
    let filter = left;
    if (this.take('|')) {
      const right = this.pipe();
      filter = (input) => left(input).flatMap((value) => right(value));
    }
    this.nesting--;
    return filter;
  }

  private comma(): Filter {
    let filter = this.binary(1);
    while (this.take(',')) {
      const left = filter;
      const right = this.binary(1);
      filter = (input) => [...left(input), ...right(input)];
    }
    return filter;
  }

  private binary(lowest: number): Filter {
    let left = this.postfix();
    for (;;) {
      const operator = this.token;
      const precedence = Object.hasOwn(PRECEDENCE, operator) ? PRECEDENCE[operator]! : 0;
      if (precedence < lowest || precedence === 0) return left;
      this.position++;
      left = combine(operator, left, this.binary(precedence + 1));
    }
  }

  private postfix(): Filter {
    let filter = this.primary();
    for (;;) {
      const base = filter;
      if (this.take('?')) {
        filter = (input) => {
          try {
            return base(input);
          } catch (error) {
            if (error instanceof JqError) return [];
            throw error;
          }
        };
      } else if (this.token === '[' || (this.token === '.' && this.tokens[this.position + 1] === '[')) {
        this.take('.');
        filter = this.bracket(base);
      } else if (this.token === '.' && /^["A-Za-z_]/.test(this.tokens[this.position + 1] ?? '')) {
        this.position++;
        const key = this.key();
        filter = (input) => base(input).map((value) => index(value, key));
      } else return filter;
    }
  }

  /** `[]`, `[i]`, `["k"]`, `[from:to]` */
  private bracket(base: Filter): Filter {
    this.expect('[');
    if (this.take(']')) return (input) => base(input).flatMap((value) => iterate(value));
    const from = this.token === ':' ? null : this.pipe();
    if (this.take(':')) {
      const to = this.token === ']' ? null : this.pipe();
      this.expect(']');
      return (input) => base(input).map((value) => slice(value, bound(from, input), bound(to, input)));
    }
    this.expect(']');
    return (input) => base(input).flatMap((value) => from!(input).map((key) => index(value, key)));
  }

  private primary(): Filter {
    const token = this.next();
    if (token === '.') return this.afterDot();
    if (token === '..') return recurse;
    if (token === '(') {
      const filter = this.pipe();
      this.expect(')');
      return filter;
    }
    if (token === '[') {
      if (this.take(']')) return () => [[]];
      const filter = this.pipe();
      this.expect(']');
      return (input) => [filter(input)];
    }
    if (token === '{') return this.object();
    if (token === '-') {
      const operand = this.postfix();
      return (input) => operand(input).map((value) => arithmetic('-', 0, value));
    }
    if (token.startsWith('"')) return this.string(token);
    if (/^\d/.test(token)) return () => [Number(token)];
    if (token === 'if') return this.conditional();
    if (/^[A-Za-z_]/.test(token)) return this.named(token);
    this.position--;
    if (/^[$@]/.test(token)) throw new JqError(`${token} is not modelled`);
    throw this.unexpected();
  }

  private afterDot(): Filter {
    if (/^["A-Za-z_]/.test(this.token)) {
      const key = this.key();
      return (input) => [index(input, key)];
    }
    return (input) => [input];
  }

  private key(): string {
    const token = this.next();
    return token.startsWith('"') ? parseString(token) : token;
  }

  /** A string, in which `\(filter)` is replaced. */
  private string(token: string): Filter {
    if (!token.includes('\\(')) {
      const value = parseString(token);
      return () => [value];
    }
    const pieces = token.slice(1, -1).split(/\\\(((?:[^()]|\([^()]*\))*)\)/);
    const filters = pieces.map((piece, i): Filter => {
      if (i % 2 === 1) return compileJq(piece);
      const value = parseString(`"${piece}"`);
      return () => [value];
    });
    return (input) => [
      filters
        .map((filter) => filter(input)[0] ?? null)
        .map((value) => (typeof value === 'string' ? value : formatJson(value, 0, false)))
        .join(''),
    ];
  }

  private conditional(): Filter {
    const condition = this.pipe();
    this.expect('then');
    const yes = this.pipe();
    let no: Filter = (input) => [input];
    if (this.take('elif')) no = this.conditional();
    else {
      if (this.take('else')) no = this.pipe();
      this.expect('end');
    }
    return (input) => condition(input).flatMap((value) => (truth(value) ? yes(input) : no(input)));
  }

  private named(name: string): Filter {
    if (name === 'true') return () => [true];
    if (name === 'false') return () => [false];
    if (name === 'null') return () => [null];
    if (UNSUPPORTED.includes(name)) throw new JqError(`${name} is not modelled`);
    const args: Filter[] = [];
    if (this.take('(')) {
      do args.push(this.pipe());
      while (this.take(';'));
      this.expect(')');
    }
    const call = FUNCTIONS.get(`${name}/${args.length}`);
    if (call === undefined) throw new JqError(`${name}/${args.length} is not defined`);
    return (input) => call(input, args);
  }

  private object(): Filter {
    const members: { key: Filter; value: Filter }[] = [];
    while (!this.take('}')) {
      const token = this.next();
      let key: Filter;
      if (token === '(') {
        key = this.pipe();
        this.expect(')');
      } else if (/^["A-Za-z_]/.test(token)) {
        const name = token.startsWith('"') ? parseString(token) : token;
        key = () => [name];
      } else throw this.unexpected();
      const value: Filter = this.take(':')
        ? this.binary(1)
        : (input) => key(input).map((name) => index(input, name));
      members.push({ key, value });
      if (!this.take(',') && this.token !== '}') throw this.unexpected();
    }
    return (input) =>
      members.reduce<Json[]>(
        (objects, { key, value }) =>
          objects.flatMap((object) =>
            key(input).flatMap((name) =>
              value(input).map((each) => withKey(isObject(object) ? object : {}, String(name), each)),
            ),
          ),
        [{}],
      );
  }

  private get token(): string {
    return this.tokens[this.position] ?? '';
  }

  private next(): string {
    const { token } = this;
    if (token === '') throw this.unexpected();
    this.position++;
    return token;
  }

  private take(token: string): boolean {
    if (this.token !== token) return false;
    this.position++;
    return true;
  }

  private expect(token: string): void {
    if (!this.take(token)) throw this.unexpected();
  }

  private unexpected(): JqError {
    return new JqError(`syntax error, unexpected ${this.token === '' ? 'end of filter' : this.token}`);
  }
}

function combine(operator: string, left: Filter, right: Filter): Filter {
  if (operator === '//') {
    return (input) => {
      const found = left(input).filter(truth);
      return found.length > 0 ? found : right(input);
    };
  }
  if (operator === 'and' || operator === 'or') {
    const decided = operator === 'or';
    return (input) =>
      left(input).flatMap((a) => (truth(a) === decided ? [decided] : right(input).map((b) => truth(b))));
  }
  return (input) => right(input).flatMap((b) => left(input).map((a) => binaryValue(operator, a, b)));
}

function binaryValue(operator: string, a: Json, b: Json): Json {
  switch (operator) {
    case '==':
      return compareJson(a, b) === 0;
    case '!=':
      return compareJson(a, b) !== 0;
    case '<':
      return compareJson(a, b) < 0;
    case '<=':
      return compareJson(a, b) <= 0;
    case '>':
      return compareJson(a, b) > 0;
    case '>=':
      return compareJson(a, b) >= 0;
    default:
      return arithmetic(operator, a, b);
  }
}

function bound(filter: Filter | null, input: Json): number | undefined {
  const value = filter?.(input)[0];
  return typeof value === 'number' ? value : undefined;
}

function slice(value: Json, from: number | undefined, to: number | undefined): Json {
  if (value === null) return null;
  if (typeof value === 'string' || Array.isArray(value)) return value.slice(from ?? 0, to);
  throw new JqError('Cannot index object with object');
}

function recurse(input: Json): Json[] {
  const inner = Array.isArray(input) || isObject(input) ? iterate(input).flatMap(recurse) : [];
  return [input, ...inner];
}

function parseString(token: string): string {
  try {
    return JSON.parse(token) as string;
  } catch {
    throw new JqError(`syntax error, invalid string ${token}`);
  }
}
