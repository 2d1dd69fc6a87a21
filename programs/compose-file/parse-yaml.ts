import {
  Composer,
  Lexer,
  Parser,
  YAMLParseError,
  type CST,
  type Document,
  type DocumentOptions,
  type ParsedNode,
  type ParseOptions,
  type SchemaOptions,
} from 'yaml';
import { DepthLimit } from './yaml-limits.ts';

/**
 * Reads a text of one YAML document; what is wrong with it is among the document's errors. As the package's parseDocument,
 * but for a look at the nesting on the way. Throws a TooDeepError.
 */
export function parseYaml(
  text: string,
  options: ParseOptions & DocumentOptions & SchemaOptions = {},
): Document.Parsed {
  const composer = new Composer<ParsedNode>({ prettyErrors: false, logLevel: 'error', ...options });
  let document: Document.Parsed | undefined;
  for (const next of composer.compose(tokensOf(text), true, text.length)) {
    if (document === undefined) {
      document = next;
      continue;
    }
    const [start, end] = next.range;
    document.errors.push(new YAMLParseError([start, end], 'MULTIPLE_DOCS', 'there are several documents'));
    break;
  }
  // Composed by force, so there is one.
  return document!;
}

function* tokensOf(text: string): Generator<CST.Token> {
  const limit = new DepthLimit(text);
  const parser = new Parser();
  for (const token of new Lexer().lex(text)) {
    limit.pass(token);
    yield* parser.next(token);
  }
  yield* parser.end();
}
