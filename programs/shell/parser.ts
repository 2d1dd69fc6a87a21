import type { AndOr, Command, List, Pipeline, Redirection, SimpleCommand, Word } from './ast.ts';
import { Lexer, type Token } from './lexer.ts';
import { ShellSyntaxError } from './shell-syntax-error.ts';
import { Source } from './source.ts';

const CLOSING_KEYWORDS = ['then', 'elif', 'else', 'fi', 'do', 'done', 'esac', '}'];
const REDIRECTIONS = ['<', '>', '>>', '>|', '>&', '<&', '<<<', '<<', '<<-', '&>', '&>>'];
const ASSIGNMENT = /^([A-Za-z_][A-Za-z0-9_]*)(\+?)=/;
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const FUNCTION_NAME = /^[A-Za-z_][A-Za-z0-9_.:-]*$/;

/** Parses a script; throws only `ShellSyntaxError`. */
export function parseShell(text: string): List {
  return new Parser(new Source(text)).parseAll();
}

/** Recursive descent over the grammar of POSIX XCU 2.10, one token ahead. */
class Parser {
  private readonly source: Source;
  private readonly lexer: Lexer;
  private token: Token;
  /** The body, still to be read, of the here-document whose delimiter was seen last. */
  private hereDocument: Word | null = null;
  private awaitsDelimiter = false;
  private stripsTabs = false;

  constructor(source: Source) {
    this.source = source;
    this.lexer = new Lexer(source, (inner, closing) => {
      const parser = new Parser(inner);
      return closing ? parser.parseToParenthesis() : parser.parseAll();
    });
    this.token = this.lexer.next();
  }

  parseAll(): List {
    const list = this.parseList([]);
    if (this.token.kind !== 'end') throw this.unexpected();
    return list;
  }

  /** The commands of `$(…)`: leaves the source right behind the parenthesis. */
  parseToParenthesis(): List {
    const list = this.parseList([]);
    if (!this.isOperator(')')) throw this.unexpected();
    return list;
  }

  /** Commands up to a `)`, the end or one of the keywords. */
  private parseList(ends: readonly string[]): List {
    const items: AndOr[] = [];
    for (;;) {
      this.skipNewlines();
      if (this.token.kind === 'end' || this.isOperator(')') || this.isOperator(';;')) break;
      const keyword = this.keyword();
      if (keyword !== null && ends.includes(keyword)) break;
      if (keyword !== null && CLOSING_KEYWORDS.includes(keyword)) throw this.unexpected();
      const item = this.parseAndOr();
      items.push(item);
      if (this.takeOperator('&')) item.background = true;
      else if (!this.takeOperator(';') && this.token.kind !== 'newline') break;
    }
    return { items };
  }

  /** A list that must not be empty, and the keyword that ends it. */
  private parseBody(...ends: string[]): List {
    const list = this.parseList(ends);
    const keyword = this.keyword();
    if (list.items.length === 0 || keyword === null || !ends.includes(keyword)) throw this.unexpected();
    return list;
  }

  private parseAndOr(): AndOr {
    const start = this.token.start;
    const first = this.parsePipeline();
    const rest: AndOr['rest'] = [];
    for (;;) {
      const operator = this.isOperator('&&') ? '&&' : this.isOperator('||') ? '||' : null;
      if (operator === null) break;
      this.advance();
      this.skipNewlines();
      rest.push({ operator, pipeline: this.parsePipeline() });
    }
    return { first, rest, background: false, text: this.source.text.slice(start, this.token.start).trim() };
  }

  private parsePipeline(): Pipeline {
    const pipeline: Pipeline = { negated: false, timed: false, commands: [] };
    if (this.takeKeyword('time')) pipeline.timed = true;
    while (this.takeKeyword('!')) pipeline.negated = !pipeline.negated;
    if (pipeline.timed && (this.token.kind === 'end' || this.token.kind === 'newline')) return pipeline;
    for (;;) {
      const command = this.source.nested(() => this.parseCommand());
      pipeline.commands.push(command);
      if (this.takeOperator('|&')) {
        command.redirections.push(standardErrorToOutput());
      } else if (!this.takeOperator('|')) return pipeline;
      this.skipNewlines();
    }
  }

  private parseCommand(): Command {
    const compound = this.parseCompound();
    if (compound === null) return this.parseSimple();
    if (compound.kind !== 'function') {
      while (this.atRedirection()) compound.redirections.push(this.parseRedirection());
    }
    return compound;
  }

  private parseCompound(): Command | null {
    if (this.takeOperator('(')) {
      const body = this.parseList([]);
      if (body.items.length === 0 || !this.isOperator(')')) throw this.unexpected();
      this.advance();
      return { kind: 'subshell', body, redirections: [] };
    }
    switch (this.keyword()) {
      case '{': {
        this.advance();
        const body = this.parseBody('}');
        this.advance();
        return { kind: 'group', body, redirections: [] };
      }
      case 'if':
        return this.parseIf();
      case 'while':
        return this.parseLoop('while');
      case 'until':
        return this.parseLoop('until');
      case 'for':
        return this.parseFor();
      case 'case':
        return this.parseCase();
      case 'function':
        this.advance();
        return this.parseFunction(this.takeWord().text);
      case '[[':
      case 'select':
      case 'coproc':
        throw new ShellSyntaxError('unsupported', this.token.text, this.source.place(this.token.start));
      default:
        return null;
    }
  }

  private parseIf(): Command {
    const branches = [];
    let otherwise: List | null = null;
    do {
      this.advance();
      const condition = this.parseBody('then');
      this.advance();
      branches.push({ condition, body: this.parseBody('elif', 'else', 'fi') });
    } while (this.keyword() === 'elif');
    if (this.takeKeyword('else')) otherwise = this.parseBody('fi');
    this.advance();
    return { kind: 'if', branches, otherwise, redirections: [] };
  }

  private parseLoop(kind: 'while' | 'until'): Command {
    this.advance();
    const condition = this.parseBody('do');
    return { kind, condition, body: this.parseDoGroup(), redirections: [] };
  }

  private parseDoGroup(): List {
    if (!this.takeKeyword('do')) throw this.unexpected();
    const body = this.parseBody('done');
    this.advance();
    return body;
  }

  private parseFor(): Command {
    this.advance();
    if (this.isOperator('(')) {
      throw new ShellSyntaxError('unsupported', 'for ((…))', this.source.place(this.token.start));
    }
    const name = this.takeWord();
    if (!NAME.test(name.text)) throw this.unexpected(name);
    this.skipNewlines();
    let words: Word[] | null = null;
    if (this.takeKeyword('in')) {
      words = [];
      while (this.token.kind === 'word') words.push(this.takeWord().word);
      if (!this.isOperator(';') && this.token.kind !== 'newline') throw this.unexpected();
    }
    this.takeOperator(';');
    this.skipNewlines();
    return { kind: 'for', variable: name.text, words, body: this.parseDoGroup(), redirections: [] };
  }

  private parseCase(): Command {
    this.advance();
    const subject = this.takeWord().word;
    this.skipNewlines();
    if (!this.takeKeyword('in')) throw this.unexpected();
    const branches = [];
    for (;;) {
      this.skipNewlines();
      if (this.takeKeyword('esac')) break;
      this.takeOperator('(');
      const patterns = [this.takeWord().word];
      while (this.takeOperator('|')) patterns.push(this.takeWord().word);
      if (!this.takeOperator(')')) throw this.unexpected();
      branches.push({ patterns, body: this.parseList(['esac']) });
      if (!this.takeOperator(';;') && this.keyword() !== 'esac') throw this.unexpected();
    }
    return { kind: 'case', subject, branches, redirections: [] };
  }

  /** After the name: `()` if still there, and the body. */
  private parseFunction(name: string): Command {
    if (this.takeOperator('(') && !this.takeOperator(')')) throw this.unexpected();
    this.skipNewlines();
    const body = this.parseCompound();
    if (body === null || body.kind === 'function') throw this.unexpected();
    while (this.atRedirection()) body.redirections.push(this.parseRedirection());
    return { kind: 'function', name, body, redirections: [] };
  }

  private parseSimple(): Command {
    const line = this.source.place(this.token.start).line;
    const command: SimpleCommand = { kind: 'simple', line, assignments: [], words: [], redirections: [] };
    const start = this.token;
    for (;;) {
      if (this.atRedirection()) {
        command.redirections.push(this.parseRedirection());
        continue;
      }
      if (this.token.kind !== 'word') break;
      const { word, text } = this.takeWord();
      if (command.words.length === 0 && addAssignment(command, word)) continue;
      command.words.push(word);
      if (command.words.length === 1 && command.assignments.length === 0 && this.isOperator('(')) {
        if (!FUNCTION_NAME.test(text)) throw this.unexpected();
        return this.parseFunction(text);
      }
    }
    if (this.token === start) throw this.unexpected();
    return command;
  }

  private atRedirection(): boolean {
    if (this.token.kind === 'descriptor') return true;
    return this.token.kind === 'operator' && REDIRECTIONS.includes(this.token.text);
  }

  private parseRedirection(): Redirection {
    let descriptor: number | null = null;
    if (this.token.kind === 'descriptor') {
      descriptor = Number(this.token.text);
      this.advance();
    }
    const operator = this.token.text;
    this.advance();
    const target = this.takeWord().word;
    switch (operator) {
      case '<':
      case '<&':
      case '<<<':
        return { descriptor: descriptor ?? 0, operator, target };
      case '<<':
      case '<<-': {
        // The body is read at the end of the line, which the lexer may already have passed.
        return { descriptor: descriptor ?? 0, operator: '<<', target: this.hereDocument! };
      }
      case '>':
      case '>|':
        return { descriptor: descriptor ?? 1, operator: '>', target };
      case '>>':
        return { descriptor: descriptor ?? 1, operator: '>>', target };
      case '&>':
        return { descriptor: -1, operator: '>', target };
      case '&>>':
        return { descriptor: -1, operator: '>>', target };
      default: {
        // bash: `>& file` is `&> file`.
        const toDescriptor = target.parts.every(
          (part) => part.kind !== 'literal' || /^[\d-]*$/.test(part.text),
        );
        if (!toDescriptor && descriptor === null) return { descriptor: -1, operator: '>', target };
        return { descriptor: descriptor ?? 1, operator: '>&', target };
      }
    }
  }

  private advance(): void {
    const { token } = this;
    // The delimiter of a here-document must be known before the line's end is read.
    if (this.awaitsDelimiter && token.kind === 'word') {
      this.hereDocument = this.lexer.expectHereDocument(token.word, this.stripsTabs);
    }
    this.awaitsDelimiter = token.kind === 'operator' && (token.text === '<<' || token.text === '<<-');
    this.stripsTabs = token.text === '<<-';
    this.token = this.lexer.next();
  }

  private takeWord(): Extract<Token, { kind: 'word' }> {
    const { token } = this;
    if (token.kind !== 'word') throw this.unexpected();
    this.advance();
    return token;
  }

  private skipNewlines(): void {
    while (this.token.kind === 'newline') this.advance();
  }

  private isOperator(text: string): boolean {
    return this.token.kind === 'operator' && this.token.text === text;
  }

  private takeOperator(text: string): boolean {
    if (!this.isOperator(text)) return false;
    this.advance();
    return true;
  }

  /** The token's text when it could be a keyword: a word without quotes. */
  private keyword(): string | null {
    if (this.token.kind !== 'word') return null;
    const { parts } = this.token.word;
    const only = parts.length === 1 ? parts[0]! : null;
    return only?.kind === 'literal' && !only.quoted ? only.text : null;
  }

  private takeKeyword(text: string): boolean {
    if (this.keyword() !== text) return false;
    this.advance();
    return true;
  }

  private unexpected(token = this.token): ShellSyntaxError {
    const text = token.kind === 'newline' ? 'newline' : token.text;
    return new ShellSyntaxError('unexpected', text, this.source.place(token.start), token.kind === 'end');
  }
}

function standardErrorToOutput(): Redirection {
  return {
    descriptor: 2,
    operator: '>&',
    target: { parts: [{ kind: 'literal', text: '1', quoted: false }] },
  };
}

/** Takes `name=value` as an assignment when the name and the sign are not quoted. */
function addAssignment(command: SimpleCommand, word: Word): boolean {
  const first = word.parts[0];
  if (first?.kind !== 'literal' || first.quoted) return false;
  const match = ASSIGNMENT.exec(first.text);
  if (match === null) return false;
  const rest = first.text.slice(match[0].length);
  const parts = word.parts.slice(1);
  if (rest !== '') parts.unshift({ kind: 'literal', text: rest, quoted: false });
  command.assignments.push({ name: match[1]!, value: { parts }, append: match[2] === '+' });
  return true;
}
