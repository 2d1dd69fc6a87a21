/** Asks about a file: `-e` and the like. */
export type FileTest = (operator: string, path: string) => boolean;

/** An expression that `test` does not understand: exit code 2. */
export class TestError extends Error {}

const UNARY_FILE = '-e -f -d -r -w -x -s -L -h -p -S -b -c'.split(' ');
const BINARY = '= == != < > -eq -ne -gt -ge -lt -le -nt -ot -ef'.split(' ');

/** The value of `test args…` (POSIX XCU test); without the closing `]`. */
export function evaluateTest(args: readonly string[], fileTest: FileTest): boolean {
  const evaluator = new TestEvaluator(args, fileTest);
  return evaluator.evaluate();
}

class TestEvaluator {
  private readonly args: readonly string[];
  private readonly fileTest: FileTest;
  private position = 0;
  private depth = 0;

  constructor(args: readonly string[], fileTest: FileTest) {
    this.args = args;
    this.fileTest = fileTest;
  }

  evaluate(): boolean {
    if (this.args.length === 0) return false;
    if (this.args.length === 1) return this.args[0] !== '';
    const value = this.or();
    if (this.position < this.args.length)
      throw new TestError(`${this.args[this.position]}: unexpected operator`);
    return value;
  }

  private or(): boolean {
    let value = this.and();
    while (this.take('-o')) value = this.and() || value;
    return value;
  }

  private and(): boolean {
    let value = this.not();
    while (this.take('-a')) value = this.not() && value;
    return value;
  }

  private not(): boolean {
    if (++this.depth > 100) throw new TestError('too many nested expressions');
    // `!` before a binary operator is an operand.
    const negated = !BINARY.includes(this.peek(1)) && this.take('!');
    const value = negated ? !this.not() : this.primary();
    this.depth--;
    return value;
  }

  private primary(): boolean {
    const left = this.next();
    const operator = this.peek(0);
    if (BINARY.includes(operator) && this.position + 1 < this.args.length) {
      this.position++;
      return binary(left, operator, this.next());
    }
    if (left === '(' && this.position < this.args.length) {
      const value = this.or();
      if (!this.take(')')) throw new TestError('closing paren expected');
      return value;
    }
    if (this.position >= this.args.length) return left !== '';
    if (left === '-n') return this.next() !== '';
    if (left === '-z') return this.next() === '';
    if (left === '-t') {
      this.next();
      return false;
    }
    if (UNARY_FILE.includes(left)) return this.fileTest(left, this.next());
    return left !== '';
  }

  private peek(offset: number): string {
    return this.args[this.position + offset] ?? '';
  }

  private next(): string {
    const arg = this.args[this.position++];
    if (arg === undefined) throw new TestError('argument expected');
    return arg;
  }

  private take(text: string): boolean {
    if (this.args[this.position] !== text) return false;
    this.position++;
    return true;
  }
}

function binary(left: string, operator: string, right: string): boolean {
  switch (operator) {
    case '=':
    case '==':
      return left === right;
    case '!=':
      return left !== right;
    case '<':
      return left < right;
    case '>':
      return left > right;
    case '-nt':
    case '-ot':
    case '-ef':
      throw new TestError(`${operator}: files have no times here`);
  }
  const a = integer(left);
  const b = integer(right);
  switch (operator) {
    case '-eq':
      return a === b;
    case '-ne':
      return a !== b;
    case '-gt':
      return a > b;
    case '-ge':
      return a >= b;
    case '-lt':
      return a < b;
    default:
      return a <= b;
  }
}

function integer(text: string): number {
  if (!/^\s*[-+]?\d+\s*$/.test(text)) throw new TestError(`${text}: bad number`);
  return Number(text);
}
