/** The parser of Go templates (text/template/parse/parse.go). Not modelled: define, template, block, break, continue. */
import { TemplateError, lexTemplate, parseError, type Token, type TokenKind } from './template-lexer.ts';
import type { GoValue } from './go-value.ts';

export type TemplateNode =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'action'; readonly pipeline: Pipeline }
  | BranchNode;

export interface BranchNode {
  readonly kind: 'if' | 'with' | 'range';
  readonly pipeline: Pipeline;
  readonly body: readonly TemplateNode[];
  readonly otherwise: readonly TemplateNode[];
}

export interface Pipeline {
  /** `$x :=` or `$i, $x :=`. */
  readonly variables: readonly string[];
  readonly declares: boolean;
  readonly commands: readonly (readonly Operand[])[];
}

/** What an operand begins with. */
type OperandHead =
  | { readonly kind: 'dot' }
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'function'; readonly name: string }
  | { readonly kind: 'literal'; readonly value: GoValue }
  | { readonly kind: 'group'; readonly pipeline: Pipeline };

export type Operand = OperandHead & {
  /** `.a.b` after a value. */
  readonly fields: readonly string[];
  /** What errors quote, and where it stands. */
  readonly text: string;
  readonly at: number;
};

export function parseTemplate(template: string): TemplateNode[] {
  return new Parser(template).parse();
}

class Parser {
  private readonly template: string;
  private readonly tokens: readonly Token[];
  private next = 0;

  constructor(template: string) {
    this.template = template;
    this.tokens = lexTemplate(template);
  }

  parse(): TemplateNode[] {
    const { nodes, end } = this.nodes();
    if (end !== 'eof') throw this.error(`unexpected {{${end}}}`);
    return nodes;
  }

  /** Nodes up to `end`, `else` or the end of the template. */
  private nodes(): { nodes: TemplateNode[]; end: 'eof' | 'end' | 'else' } {
    const nodes: TemplateNode[] = [];
    for (;;) {
      const token = this.tokens[this.next++];
      if (token === undefined) return { nodes, end: 'eof' };
      if (token.kind === 'text') {
        nodes.push({ kind: 'text', text: token.text });
        continue;
      }
      const word = this.peek('word')?.text;
      if (word === 'end') {
        this.next++;
        this.expect('close', 'end');
        return { nodes, end: 'end' };
      }
      if (word === 'else') {
        this.next++;
        return { nodes, end: 'else' };
      }
      if (word === 'if' || word === 'with' || word === 'range') {
        this.next++;
        nodes.push(this.branch(word));
        continue;
      }
      if (
        word === 'define' ||
        word === 'template' ||
        word === 'block' ||
        word === 'break' ||
        word === 'continue'
      ) {
        throw new TemplateError(`{{${word}}} is not modelled`);
      }
      nodes.push({ kind: 'action', pipeline: this.pipeline('close', 'command') });
    }
  }

  private branch(kind: BranchNode['kind']): BranchNode {
    const pipeline = this.pipeline('close', kind);
    const { nodes: body, end } = this.nodes();
    if (end === 'eof') throw this.error('unexpected EOF');
    if (end === 'end') return { kind, pipeline, body, otherwise: [] };
    const word = this.peek('word')?.text;
    if (word === 'if' || (word === 'with' && kind === 'with')) {
      this.next++;
      return { kind, pipeline, body, otherwise: [this.branch(word)] };
    }
    this.expect('close', 'else');
    const rest = this.nodes();
    if (rest.end !== 'end')
      throw this.error(rest.end === 'eof' ? 'unexpected EOF' : 'expected end; found {{else}}');
    return { kind, pipeline, body, otherwise: rest.nodes };
  }

  private pipeline(until: TokenKind, context: string): Pipeline {
    const { variables, declares } = this.declaration();
    const commands: Operand[][] = [];
    let command: Operand[] = [];
    for (;;) {
      const token = this.tokens[this.next++];
      if (token === undefined) throw this.error('unclosed action');
      if (token.kind === until || token.kind === 'pipe') {
        if (command.length === 0) throw this.error(`missing value for ${context}`);
        commands.push(command);
        command = [];
        if (token.kind === until) return { variables, declares, commands };
        continue;
      }
      command.push(this.operand(token, context));
    }
  }

  private declaration(): { variables: string[]; declares: boolean } {
    const start = this.next;
    const variables: string[] = [];
    while (this.peek('variable') !== undefined) {
      variables.push(this.tokens[this.next++]!.text);
      if (this.peek('comma') === undefined) break;
      this.next++;
    }
    const sign = this.tokens[this.next]?.kind;
    if (variables.length > 0 && (sign === 'declare' || sign === 'assign')) {
      this.next++;
      return { variables, declares: sign === 'declare' };
    }
    this.next = start;
    return { variables: [], declares: false };
  }

  private operand(token: Token, context: string): Operand {
    const head = this.operandHead(token, context);
    const fields = token.kind === 'field' ? [token.text.slice(1)] : [];
    let text = token.text;
    while (this.peek('field')?.joined === true) {
      const field = this.tokens[this.next++]!;
      fields.push(field.text.slice(1));
      text += field.text;
    }
    return { ...head, fields, text, at: token.at };
  }

  private operandHead(token: Token, context: string): OperandHead {
    switch (token.kind) {
      case 'field':
      case 'dot':
        return { kind: 'dot' };
      case 'variable':
        return { kind: 'variable', name: token.text };
      case 'word':
        return this.wordOperand(token);
      case 'string':
        return { kind: 'literal', value: unquote(token.text) };
      case 'number':
        return { kind: 'literal', value: this.number(token) };
      case 'paren-open':
        return { kind: 'group', pipeline: this.pipeline('paren-close', 'parenthesized pipeline') };
      default:
        throw this.error(`unexpected ${JSON.stringify(token.text)} in ${context}`);
    }
  }

  private wordOperand(token: Token): OperandHead {
    if (token.text === 'true' || token.text === 'false')
      return { kind: 'literal', value: token.text === 'true' };
    if (token.text === 'nil') return { kind: 'literal', value: null };
    if (!FUNCTION_NAMES.has(token.text))
      throw this.error(`function ${JSON.stringify(token.text)} not defined`);
    return { kind: 'function', name: token.text };
  }

  private number(token: Token): number {
    const value = Number(token.text.replaceAll('_', ''));
    if (Number.isNaN(value)) throw this.error(`bad number syntax: ${JSON.stringify(token.text)}`);
    return value;
  }

  private peek(kind: TokenKind): Token | undefined {
    const token = this.tokens[this.next];
    return token?.kind === kind ? token : undefined;
  }

  private expect(kind: TokenKind, context: string): void {
    const token = this.tokens[this.next++];
    if (token?.kind !== kind)
      throw this.error(`unexpected ${JSON.stringify(token?.text ?? 'EOF')} in ${context}`);
  }

  private error(message: string): TemplateError {
    return parseError(this.template, this.tokens[this.next - 1]?.at ?? this.template.length, message);
  }
}

/** A quoted or raw string of Go. */
function unquote(text: string): string {
  if (text.startsWith('`')) return text.slice(1, -1);
  return text.slice(1, -1).replace(/\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)/g, (_, escape: string) => {
    const simple: Record<string, string> = {
      n: '\n',
      t: '\t',
      r: '\r',
      a: '\x07',
      b: '\b',
      f: '\f',
      v: '\v',
    };
    if (escape.length > 1) return String.fromCharCode(parseInt(escape.slice(1), 16));
    return simple[escape] ?? escape;
  });
}

/** The functions there are: Go's own and docker's. */
export const FUNCTION_NAMES: ReadonlySet<string> = new Set(
  (
    'and or not len index slice print printf println html js urlquery eq ne lt le gt ge ' +
    'json split join title lower upper pad truncate'
  ).split(' '),
);
