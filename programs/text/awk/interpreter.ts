import { formatOnce } from '../../shell/printf-text.ts';
import { AwkError, type Expression, type Rule, type Statement } from './syntax.ts';
import {
  arithmetic,
  compileDynamic,
  fromInput,
  isNumeric,
  isTrue,
  NumericString,
  splitBy,
  toNumber,
  toText,
  type Value,
} from './values.ts';

class Jump {
  readonly to: 'next' | 'break' | 'continue' | 'exit';

  constructor(to: Jump['to']) {
    this.to = to;
  }
}

/** Statements one program may run; past it an endless loop is assumed. */
const MAX_STEPS = 10_000_000;

/** Runs the rules of an awk program, a record at a time. */
export class AwkInterpreter {
  exitCode = 0;
  private readonly rules: readonly Rule[];
  private readonly print: (text: string) => void;
  private readonly variables = new Map<string, Value>([
    ['FS', ' '],
    ['OFS', ' '],
    ['ORS', '\n'],
    ['SUBSEP', '\x1c'],
    ['NR', 0],
    ['RSTART', 0],
    ['RLENGTH', -1],
  ]);
  private readonly arrays = new Map<string, Map<string, Value>>();
  private readonly inRange = new Set<Rule>();
  private record = '';
  private fields: string[] = [];
  private steps = 0;

  constructor(rules: readonly Rule[], print: (text: string) => void) {
    this.rules = rules;
    this.print = print;
  }

  /** Sets a variable as -v does: the text may be taken for a number. */
  assign(name: string, text: string): void {
    this.variables.set(name, fromInput(text));
  }

  get readsInput(): boolean {
    return this.rules.some(({ pattern }) => pattern !== 'BEGIN');
  }

  /** Runs the BEGIN rules; true when the program has exited. */
  begin(): boolean {
    return this.runRules((rule) => rule.pattern === 'BEGIN') === 'exit';
  }

  /** Runs the rules for one record; true when the program has exited. */
  processRecord(line: string): boolean {
    this.variables.set('NR', toNumber(this.get('NR')) + 1);
    this.setRecord(line);
    return this.runRules((rule) => this.applies(rule)) === 'exit';
  }

  end(): void {
    this.runRules((rule) => rule.pattern === 'END');
  }

  private runRules(applies: (rule: Rule) => boolean): Jump['to'] | null {
    try {
      for (const rule of this.rules) {
        if (!applies(rule)) continue;
        if (rule.action === null) this.print(this.record + toText(this.get('ORS')));
        else this.run(rule.action);
      }
    } catch (jump) {
      if (jump instanceof Jump) return jump.to;
      throw jump;
    }
    return null;
  }

  private applies(rule: Rule): boolean {
    const { pattern, until } = rule;
    if (pattern === 'BEGIN' || pattern === 'END') return false;
    if (pattern === null) return true;
    if (until === null) return isTrue(this.evaluate(pattern));
    if (!this.inRange.has(rule)) {
      if (!isTrue(this.evaluate(pattern))) return false;
      this.inRange.add(rule);
    }
    if (isTrue(this.evaluate(until))) this.inRange.delete(rule);
    return true;
  }

  private run(statement: Statement): void {
    if (++this.steps > MAX_STEPS) throw new AwkError(`gave up after ${MAX_STEPS} steps`);
    switch (statement.kind) {
      case 'block':
        for (const each of statement.body) this.run(each);
        return;
      case 'expression':
        this.evaluate(statement.expression);
        return;
      case 'print':
        this.runPrint(statement.args, statement.formatted);
        return;
      case 'if':
        if (isTrue(this.evaluate(statement.condition))) this.run(statement.yes);
        else if (statement.no !== null) this.run(statement.no);
        return;
      case 'while': {
        let first = statement.bodyFirst;
        while (first || isTrue(this.evaluate(statement.condition))) {
          first = false;
          if (!this.runBody(statement.body)) return;
        }
        return;
      }
      case 'for':
        if (statement.start !== null) this.run(statement.start);
        while (statement.condition === null || isTrue(this.evaluate(statement.condition))) {
          if (!this.runBody(statement.body)) return;
          if (statement.step !== null) this.run(statement.step);
        }
        return;
      case 'forIn':
        for (const key of [...this.array(statement.array).keys()]) {
          this.variables.set(statement.variable, fromInput(key));
          if (!this.runBody(statement.body)) return;
        }
        return;
      case 'delete':
        if (statement.index === null) this.array(statement.array).clear();
        else this.array(statement.array).delete(this.key(statement.index));
        return;
      case 'jump':
        throw new Jump(statement.to);
      case 'exit':
        if (statement.code !== null) this.exitCode = toNumber(this.evaluate(statement.code)) & 0xff;
        throw new Jump('exit');
    }
  }

  /** Runs a loop's body once; false after `break`. */
  private runBody(body: Statement): boolean {
    if (++this.steps > MAX_STEPS) throw new AwkError(`gave up after ${MAX_STEPS} steps`);
    try {
      this.run(body);
    } catch (jump) {
      if (!(jump instanceof Jump) || (jump.to !== 'break' && jump.to !== 'continue')) throw jump;
      return jump.to === 'continue';
    }
    return true;
  }

  private runPrint(args: readonly Expression[], formatted: boolean): void {
    if (args.length === 0) {
      this.print(this.record + toText(this.get('ORS')));
      return;
    }
    const values = args.map((arg) => toText(this.evaluate(arg)));
    if (formatted) this.print(formatOnce(values[0]!, values.slice(1), []));
    else this.print(values.join(toText(this.get('OFS'))) + toText(this.get('ORS')));
  }

  private evaluate(expression: Expression): Value {
    switch (expression.kind) {
      case 'number':
      case 'string':
        return expression.value;
      case 'regex':
        return expression.expression.test(this.record) ? 1 : 0;
      case 'variable':
        return this.get(expression.name);
      case 'field':
        return this.field(toNumber(this.evaluate(expression.index)));
      case 'element': {
        const array = this.array(expression.array);
        const key = this.key(expression.index);
        // Reading an element makes it.
        if (!array.has(key)) array.set(key, new NumericString(''));
        return array.get(key)!;
      }
      case 'in':
        return this.array(expression.array).has(this.key(expression.index)) ? 1 : 0;
      case 'unary':
        return this.unary(expression.operator, this.evaluate(expression.operand));
      case 'binary':
        return this.binary(expression);
      case 'conditional':
        return this.evaluate(isTrue(this.evaluate(expression.condition)) ? expression.yes : expression.no);
      case 'assign': {
        const right = this.evaluate(expression.value);
        const { operator, target } = expression;
        const value =
          operator === '' ? right : arithmetic(operator, toNumber(this.evaluate(target)), toNumber(right));
        this.store(target, value);
        return value;
      }
      case 'increment': {
        const old = toNumber(this.evaluate(expression.target));
        this.store(expression.target, old + expression.by);
        return expression.before ? old + expression.by : old;
      }
      case 'call':
        return this.call(expression.name, expression.args);
    }
  }

  private unary(operator: '-' | '+' | '!', value: Value): Value {
    if (operator === '!') return isTrue(value) ? 0 : 1;
    return operator === '-' ? -toNumber(value) : toNumber(value);
  }

  private binary({ operator, left, right }: Extract<Expression, { kind: 'binary' }>): Value {
    if (operator === '&&') return isTrue(this.evaluate(left)) && isTrue(this.evaluate(right)) ? 1 : 0;
    if (operator === '||') return isTrue(this.evaluate(left)) || isTrue(this.evaluate(right)) ? 1 : 0;
    if (operator === '~' || operator === '!~') {
      const found = this.regex(right).test(toText(this.evaluate(left)));
      return found === (operator === '~') ? 1 : 0;
    }
    const a = this.evaluate(left);
    const b = this.evaluate(right);
    if (operator === ' ') return toText(a) + toText(b);
    if (/^[<>=!]/.test(operator)) return this.compare(operator, a, b) ? 1 : 0;
    return arithmetic(operator, toNumber(a), toNumber(b));
  }

  private compare(operator: string, a: Value, b: Value): boolean {
    const numeric = isNumeric(a) && isNumeric(b);
    const left = numeric ? toNumber(a) : toText(a);
    const right = numeric ? toNumber(b) : toText(b);
    switch (operator) {
      case '<':
        return left < right;
      case '<=':
        return left <= right;
      case '>':
        return left > right;
      case '>=':
        return left >= right;
      case '==':
        return left === right;
      default:
        return left !== right;
    }
  }

  private call(name: string, args: readonly Expression[]): Value {
    const text = (index: number) => (args[index] === undefined ? '' : toText(this.evaluate(args[index])));
    const number = (index: number) => (args[index] === undefined ? 0 : toNumber(this.evaluate(args[index])));
    switch (name) {
      case 'length': {
        const subject = args[0];
        if (subject?.kind === 'variable' && this.arrays.has(subject.name))
          return this.arrays.get(subject.name)!.size;
        return subject === undefined ? this.record.length : text(0).length;
      }
      case 'substr': {
        const from = Math.round(number(1));
        const length = args.length > 2 ? Math.round(number(2)) : Infinity;
        return text(0).slice(Math.max(0, from - 1), Math.max(0, from - 1 + length));
      }
      case 'index':
        return text(0).indexOf(text(1)) + 1;
      case 'split':
        return this.split(args);
      case 'sub':
      case 'gsub':
        return this.substitute(args, name === 'gsub');
      case 'match': {
        const found = this.regex(args[1]!).exec(text(0));
        this.variables.set('RSTART', found === null ? 0 : found.index + 1);
        this.variables.set('RLENGTH', found === null ? -1 : found[0].length);
        return found === null ? 0 : found.index + 1;
      }
      case 'tolower':
        return text(0).toLowerCase();
      case 'toupper':
        return text(0).toUpperCase();
      case 'sprintf':
        return formatOnce(
          text(0),
          args.slice(1).map((arg) => toText(this.evaluate(arg))),
          [],
        );
      case 'int':
        return Math.trunc(number(0));
      case 'atan2':
        return Math.atan2(number(0), number(1));
      default:
        return { sqrt: Math.sqrt, exp: Math.exp, log: Math.log, sin: Math.sin, cos: Math.cos }[name]!(
          number(0),
        );
    }
  }

  private split(args: readonly Expression[]): number {
    const target = args[1];
    if (target?.kind !== 'variable') throw new AwkError('split needs an array');
    const text = toText(this.evaluate(args[0]!));
    const separator = args[2];
    const parts =
      separator?.kind === 'regex'
        ? splitBy(text, separator.expression)
        : this.splitText(
            text,
            separator === undefined ? toText(this.get('FS')) : toText(this.evaluate(separator)),
          );
    this.arrays.set(target.name, new Map(parts.map((part, index) => [String(index + 1), fromInput(part)])));
    return parts.length;
  }

  private substitute(args: readonly Expression[], global: boolean): number {
    const target: Expression = args[2] ?? { kind: 'field', index: { kind: 'number', value: 0 } };
    const replacement = toText(this.evaluate(args[1]!));
    let count = 0;
    const expression = new RegExp(this.regex(args[0]!).source, global ? 'g' : '');
    const result = toText(this.evaluate(target)).replace(expression, (match) => {
      count++;
      return replacement.replace(/\\&|\\\\|&/g, (token) => (token === '&' ? match : token.slice(1)));
    });
    if (count > 0) this.store(target, result);
    return count;
  }

  private store(target: Expression, value: Value): void {
    if (target.kind === 'variable') {
      this.variables.set(target.name, value);
      if (target.name === 'NF') this.setFieldCount(toNumber(value));
    } else if (target.kind === 'element') this.array(target.array).set(this.key(target.index), value);
    else if (target.kind === 'field') this.setField(toNumber(this.evaluate(target.index)), toText(value));
    else throw new AwkError('syntax error: cannot assign to this');
  }

  private get(name: string): Value {
    if (name === 'NF') return this.fields.length;
    if (name === 'FNR') return this.get('NR');
    return this.variables.get(name) ?? new NumericString('');
  }

  private array(name: string): Map<string, Value> {
    let array = this.arrays.get(name);
    if (array === undefined) this.arrays.set(name, (array = new Map()));
    return array;
  }

  private key(index: readonly Expression[]): string {
    return index.map((each) => toText(this.evaluate(each))).join(toText(this.get('SUBSEP')));
  }

  private field(index: number): Value {
    if (index < 0) throw new AwkError(`trying to access out of range field ${index}`);
    return fromInput(index === 0 ? this.record : (this.fields[Math.trunc(index) - 1] ?? ''));
  }

  private setRecord(line: string): void {
    this.record = line;
    this.fields = this.splitText(line, toText(this.get('FS')));
  }

  private setField(index: number, text: string): void {
    if (index < 0 || index > 100_000) throw new AwkError(`trying to access out of range field ${index}`);
    if (index === 0) {
      this.setRecord(text);
      return;
    }
    while (this.fields.length < index) this.fields.push('');
    this.fields[index - 1] = text;
    this.record = this.fields.join(toText(this.get('OFS')));
  }

  private setFieldCount(count: number): void {
    if (count < 0 || count > 100_000) throw new AwkError(`NF set to ${count}`);
    this.fields.length = Math.min(this.fields.length, count);
    while (this.fields.length < count) this.fields.push('');
    this.record = this.fields.join(toText(this.get('OFS')));
  }

  private splitText(text: string, separator: string): string[] {
    if (separator === ' ') return text.trim() === '' ? [] : text.trim().split(/\s+/);
    if (text === '') return [];
    if (separator.length === 1 && separator !== '\\') return text.split(separator);
    return separator === '' ? [...text] : splitBy(text, compileDynamic(separator));
  }

  private regex(expression: Expression): RegExp {
    if (expression.kind === 'regex') return expression.expression;
    return compileDynamic(toText(this.evaluate(expression)));
  }
}
