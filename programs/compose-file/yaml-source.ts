/** The text of a file, read as YAML, which knows where every value stands. */
import { isAlias, isMap, isScalar, isSeq, LineCounter, visit } from 'yaml';
import type { Document, Node, Pair, Scalar, YAMLMap } from 'yaml';
import { FileError, type Problem, type SourcePosition } from './problem.ts';
import { parseYaml } from './parse-yaml.ts';
import { MAX_TEXT, TooDeepError } from './yaml-limits.ts';

export type Path = readonly (string | number)[];

/** Which part of a map entry is meant. */
export type Part = 'key' | 'value';

/** A value that did not come from the file, but from the command line. */
export interface Override {
  readonly path: Path;
  /** As typed: `path=value`. */
  readonly text: string;
}

interface Found {
  readonly pair: Pair | undefined;
  readonly node: Node | undefined;
}

/** Text made fit for YAML before it is parsed. */
export interface PreparedText {
  readonly text: string;
  /** The offset in the original text of an offset in the prepared one. */
  readonly toOriginal: (offset: number) => number;
}

const asItIs = (text: string): PreparedText => ({ text, toOriginal: (offset) => offset });

export class YamlSource {
  readonly file: string;
  /** Values that the command line put in place of the file's. */
  readonly overrides: Override[] = [];
  private readonly lines: readonly string[];
  private readonly prepared: PreparedText;
  private readonly lineCounter = new LineCounter();
  private readonly document: Document;
  /** Entries by key: a file may have a great many. */
  private readonly pairs = new WeakMap<YAMLMap, ReadonlyMap<string, Pair>>();

  /** Reads the text. Throws a FileError when it is no YAML, or YAML that is not read. */
  constructor(text: string, file: string, prepare: (text: string) => PreparedText = asItIs) {
    this.file = file;
    this.lines = text.length > MAX_TEXT ? [] : text.split(/\r?\n/);
    if (text.length > MAX_TEXT) {
      throw new FileError([
        this.at(
          { file, line: 1, column: 1 },
          `the file is longer than ${MAX_TEXT} characters`,
          'split it up',
        ),
      ]);
    }
    this.prepared = prepare(text);
    // Lines are counted in the file as it is; the YAML in it may have quotes added.
    this.lineCounter.lineStarts.push(...lineStartsOf(text));
    this.document = this.parse();
    this.refuseBadYaml();
  }

  private parse(): Document {
    try {
      return parseYaml(this.prepared.text, {
        merge: true,
        uniqueKeys: false, // checked below: the parser's own check takes quadratic time
        stringKeys: false,
      });
    } catch (error) {
      if (!(error instanceof TooDeepError)) throw error;
      this.fail(error.offset, 'lists and maps are nested too deeply', 'no file needs more than 64 levels');
    }
  }

  /** The file's content as plain data. */
  toData(): unknown {
    let data: unknown;
    try {
      data = this.document.toJS({ maxAliasCount: 100 });
    } catch (error) {
      const bomb = error instanceof Error && /alias count/i.test(error.message);
      this.fail(
        this.firstAliasOffset(),
        bomb
          ? 'aliases repeat too much: the file would grow beyond bounds'
          : `aliases: ${(error as Error).message}`,
        'write out what the aliases (*name) stand for',
      );
    }
    if (holdsItself(data, new Set())) {
      this.fail(
        this.firstAliasOffset(),
        'an alias stands inside what it names',
        'write out what it stands for',
      );
    }
    return data;
  }

  /** Where the value at `path` stands, or its key, or else the nearest thing around it that is in the file. */
  locate(path: Path, part: Part = 'value', characters = 0): SourcePosition {
    const override = this.overrideOf(path);
    if (override !== undefined) {
      return { file: `--set ${override.text}`, line: 1, column: override.text.indexOf('=') + 2 };
    }
    for (let length = path.length; length >= 0; length--) {
      const found = this.find(path.slice(0, length));
      if (found === undefined) continue;
      const wantsKey = part === 'key' || length < path.length || isNothing(found.node);
      const key = wantsKey ? (found.pair?.key as Node | undefined) : undefined;
      const node = key ?? found.node;
      if (!node?.range) continue;
      return this.positionOf(node.range[0] + (key === undefined ? textOffset(found.node, characters) : 0));
    }
    return { file: this.file, line: 1, column: 1 };
  }

  /** A problem with what stands at `path`. */
  problem(path: Path, message: string, hint?: string, part: Part = 'value', characters = 0): Problem {
    return this.at(this.locate(path, part, characters), message, hint);
  }

  private at(position: SourcePosition, message: string, hint: string | undefined): Problem {
    const override = this.overrides.find((entry) => position.file === `--set ${entry.text}`);
    const sourceLine = override === undefined ? (this.lines[position.line - 1] ?? '') : override.text;
    return { ...position, message, hint, sourceLine };
  }

  private overrideOf(path: Path): Override | undefined {
    return this.overrides.findLast((entry) =>
      entry.path.every((segment, i) => String(segment) === String(path[i])),
    );
  }

  private positionOf(preparedOffset: number): SourcePosition {
    const { line, col } = this.lineCounter.linePos(this.prepared.toOriginal(preparedOffset));
    return { file: this.file, line: Math.max(1, line), column: Math.max(1, col) };
  }

  private fail(preparedOffset: number, message: string, hint?: string): never {
    throw new FileError([this.at(this.positionOf(preparedOffset), message, hint)]);
  }

  private refuseBadYaml(): void {
    const problems = this.document.errors.slice(0, 10).map((error) => {
      const message = error.message.replace(/ at line \d+, column \d+:?[\s\S]*$/, '');
      return this.at(
        this.positionOf(error.pos[0]),
        `not valid YAML: ${lowerFirst(message)}`,
        hintFor(error.code),
      );
    });
    if (problems.length > 0) throw new FileError(problems);
    visit(this.document, {
      Map: (_, map) => {
        this.checkKeys(map, problems);
      },
    });
    if (problems.length > 0) throw new FileError(problems.slice(0, 10));
  }

  private checkKeys(map: YAMLMap, problems: Problem[]): void {
    const seen = new Set<string>();
    for (const { key } of map.items) {
      const offset = (key as Node | null)?.range?.[0] ?? map.range?.[0] ?? 0;
      if (!isScalar(key)) {
        problems.push(this.at(this.positionOf(offset), 'a key must be plain text', 'quote it'));
        continue;
      }
      const name = keyName(key);
      if (name === '__proto__')
        problems.push(this.at(this.positionOf(offset), `"${name}" cannot be a key`, 'rename it'));
      if (seen.has(name)) {
        problems.push(
          this.at(this.positionOf(offset), `"${name}" stands here twice`, 'remove one of the two'),
        );
      }
      seen.add(name);
    }
  }

  private firstAliasOffset(): number {
    let offset = 0;
    visit(this.document, {
      Alias: (_, alias) => {
        offset = alias.range?.[0] ?? 0;
        return visit.BREAK;
      },
    });
    return offset;
  }

  private find(path: Path): Found | undefined {
    let found: Found = { pair: undefined, node: (this.document.contents as Node | null) ?? undefined };
    for (const segment of path) {
      const next = this.child(found.node, segment);
      if (next === undefined) return undefined;
      found = next;
    }
    return found;
  }

  private child(node: Node | undefined, segment: string | number): Found | undefined {
    const target = this.resolve(node);
    // One value may stand for a list of one, and a list of names for a map with those keys.
    if (isScalar(target) && segment === 0) return { pair: undefined, node: target };
    if (isSeq(target)) {
      const isNamed = typeof segment === 'string' && !/^\d+$/.test(segment);
      const item = (
        isNamed
          ? target.items.find((entry) => isScalar(entry) && entry.value === segment)
          : target.items[Number(segment)]
      ) as Node | undefined;
      return item === undefined ? undefined : { pair: undefined, node: item };
    }
    if (!isMap(target)) return undefined;
    const pair = this.pairsOf(target).get(String(segment));
    if (pair !== undefined) return { pair, node: (pair.value as Node | null) ?? undefined };
    const merge = this.pairsOf(target).get('<<');
    if (merge !== undefined) {
      const from = this.resolve(merge.value as Node | undefined);
      const sources = isSeq(from) ? (from.items as Node[]) : [from];
      for (const source of sources) {
        const inherited = this.child(source, segment);
        if (inherited !== undefined) return inherited;
      }
    }
    return undefined;
  }

  private pairsOf(map: YAMLMap): ReadonlyMap<string, Pair> {
    let pairs = this.pairs.get(map);
    if (pairs === undefined) {
      pairs = new Map(map.items.map((pair) => [isScalar(pair.key) ? keyName(pair.key) : '', pair]));
      this.pairs.set(map, pairs);
    }
    return pairs;
  }

  private resolve(node: Node | undefined): Node | undefined {
    return isAlias(node) ? node.resolve(this.document) : node;
  }
}

/** A key's name. The merge key is a symbol to the parser. */
function keyName(key: Scalar): string {
  return typeof key.value === 'symbol' ? '<<' : String(key.value);
}

function isNothing(node: Node | undefined): boolean {
  return node === undefined || (isScalar(node) && node.value === null);
}

/** How far into the file a character of a one-line scalar is from the scalar's start. */
function textOffset(node: Node | undefined, characters: number): number {
  if (characters === 0 || !isScalar(node) || typeof node.value !== 'string') return 0;
  const type = (node as Scalar).type;
  if (type === 'PLAIN') return characters;
  const isQuoted = type === 'QUOTE_SINGLE' || type === 'QUOTE_DOUBLE';
  return isQuoted ? characters + 1 : 0;
}

function lineStartsOf(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

function holdsItself(value: unknown, above: Set<unknown>): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (above.has(value)) return true;
  above.add(value);
  const found = Object.values(value).some((inner) => holdsItself(inner, above));
  above.delete(value);
  return found;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

function hintFor(code: string): string {
  switch (code) {
    case 'TAB_AS_INDENT':
      return 'indent with spaces';
    case 'BLOCK_AS_IMPLICIT_KEY':
    case 'MULTILINE_IMPLICIT_KEY':
      return 'quote a command that holds ": ", as in - \'c1$ echo "a: b"\', and check the indentation';
    case 'MISSING_CHAR':
      return 'check that quotes and brackets are closed, and that a colon has a space after it';
    case 'MULTIPLE_DOCS':
      return 'a file holds one document: remove the line with ---';
    case 'BAD_ALIAS':
      return 'name an anchor (&name) that stands above; quote text that begins with *';
    default:
      return 'check the indentation, and quote text with special characters';
  }
}
