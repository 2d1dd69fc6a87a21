/** A piece of a word. `quoted` pieces are neither split into fields nor expanded to path names. */
export type WordPart =
  | { kind: 'literal'; text: string; quoted: boolean }
  | { kind: 'parameter'; expansion: ParameterExpansion; quoted: boolean }
  | { kind: 'command'; script: List; quoted: boolean }
  | { kind: 'arithmetic'; expression: Word; quoted: boolean };

/** `$name`, `${name}`, `${#name}` or `${name<operator>argument}`. */
export interface ParameterExpansion {
  name: string;
  /** '' for none, 'length' for `${#name}`, else the operator as written (`:-`, `%%`, `//`, `:` for a substring …). */
  operator: string;
  argument: Word | null;
  /** What `${name/pattern/replacement}` puts in. */
  replacement: Word | null;
}

export interface Word {
  parts: WordPart[];
}

export interface Redirection {
  /** File descriptor, or -1 for `&>`, which is both 1 and 2. */
  descriptor: number;
  operator: '<' | '>' | '>>' | '>&' | '<&' | '<<<' | '<<';
  /** The file, descriptor number or text. */
  target: Word;
}

export interface Assignment {
  name: string;
  value: Word;
  /** `name+=value` */
  append: boolean;
}

export interface SimpleCommand {
  kind: 'simple';
  line: number;
  assignments: Assignment[];
  words: Word[];
  redirections: Redirection[];
}

interface Compound {
  redirections: Redirection[];
}

export interface GroupCommand extends Compound {
  kind: 'group' | 'subshell';
  body: List;
}

export interface IfCommand extends Compound {
  kind: 'if';
  branches: { condition: List; body: List }[];
  otherwise: List | null;
}

export interface LoopCommand extends Compound {
  kind: 'while' | 'until';
  condition: List;
  body: List;
}

export interface ForCommand extends Compound {
  kind: 'for';
  variable: string;
  /** null: over "$@". */
  words: Word[] | null;
  body: List;
}

export interface CaseCommand extends Compound {
  kind: 'case';
  subject: Word;
  branches: { patterns: Word[]; body: List }[];
}

export interface FunctionDefinition extends Compound {
  kind: 'function';
  name: string;
  body: Command;
}

export type Command =
  SimpleCommand | GroupCommand | IfCommand | LoopCommand | ForCommand | CaseCommand | FunctionDefinition;

export interface Pipeline {
  negated: boolean;
  /** Preceded by `time`. */
  timed: boolean;
  commands: Command[];
}

export interface AndOr {
  first: Pipeline;
  rest: { operator: '&&' | '||'; pipeline: Pipeline }[];
  /** Ended by `&`. */
  background: boolean;
  /** As written, for `jobs`. */
  text: string;
}

export interface List {
  items: AndOr[];
}
