import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseShell } from '../../programs/shell/parser.ts';
import { ShellSyntaxError } from '../../programs/shell/shell-syntax-error.ts';

function failure(text: string): ShellSyntaxError {
  try {
    parseShell(text);
  } catch (error) {
    if (error instanceof ShellSyntaxError) return error;
    throw error;
  }
  throw new Error(`${text} parsed`);
}

const WRONG: readonly [
  text: string,
  kind: string,
  token: string,
  line: number,
  column: number,
  incomplete: boolean,
][] = [
  ["echo 'abc", 'unterminated', "'", 1, 6, true],
  ['echo "abc', 'unterminated', '"', 1, 6, true],
  ['echo `abc', 'unterminated', '`', 1, 6, true],
  ['echo ${x', 'unterminated', '${', 1, 6, true],
  ['echo $((1+', 'unterminated', '$((', 1, 6, true],
  ['echo $(ls', 'unexpected', '', 1, 10, true],
  ['echo a; ; b', 'unexpected', ';', 1, 9, false],
  ['| wc', 'unexpected', '|', 1, 1, false],
  ['echo a |', 'unexpected', '', 1, 9, true],
  ['a &&', 'unexpected', '', 1, 5, true],
  ['echo )', 'unexpected', ')', 1, 6, false],
  ['if true; fi', 'unexpected', 'fi', 1, 10, false],
  ['if true; then', 'unexpected', '', 1, 14, true],
  ['true\ndone', 'unexpected', 'done', 2, 1, false],
  ['for 1x in a; do :; done', 'unexpected', '1x', 1, 5, false],
  ['echo >', 'unexpected', '', 1, 7, true],
  ['echo > | x', 'unexpected', '|', 1, 8, false],
  ['case x in a) echo', 'unexpected', '', 1, 18, true],
  ['f() echo', 'unexpected', 'echo', 1, 5, false],
  ['[[ a ]]', 'unsupported', '[[', 1, 1, false],
  ['for ((i=0;;)); do :; done', 'unsupported', 'for ((…))', 1, 5, false],
  ['cat <<E\nx', 'unterminated', '<<', 1, 8, true],
  ['echo ${x^^}', 'unexpected', '^', 1, 9, false],
];

describe('the parser', () => {
  it.each(WRONG)('%j is refused', (text, kind, token, line, column, incomplete) => {
    const error = failure(text);
    expect([error.kind, error.token, error.line, error.column, error.incomplete]).toEqual([
      kind,
      token,
      line,
      column,
      incomplete,
    ]);
  });

  it('refuses what nests too deeply instead of running out of stack', () => {
    for (const opening of ['( ', '$(', '{ ', '"$(', '${a:-', 'if ', '$((', 'while ', '! ! ( ', 'f() { ']) {
      expect(failure(opening.repeat(5000)).kind, opening).toMatch(/unsupported|unterminated/);
    }
    expect(failure('( '.repeat(5000)).token).toContain('nesting');
  });

  const tokens = fc.array(
    fc.constantFrom(
      ...'a b x= $ $x ${ } ${x:- $(( )) $( ) ( ` \' " \\ | || & && ; ;; < > >> << <<< 2>&1 &> # ! \n { for in do done if then else elif fi while case esac * ? [ ] ~ time function'.split(
        ' ',
      ),
      ' ',
    ),
    { maxLength: 30 },
  );

  it('throws nothing but ShellSyntaxError, whatever the text', () => {
    const throwsNothingElse = (text: string) => {
      try {
        parseShell(text);
      } catch (error) {
        if (!(error instanceof ShellSyntaxError)) throw error;
        expect(error.line).toBeGreaterThan(0);
        expect(error.column).toBeGreaterThan(0);
      }
    };
    fc.assert(fc.property(fc.string({ maxLength: 200 }), throwsNothingElse), { numRuns: 2000 });
    fc.assert(
      fc.property(
        tokens.map((parts) => parts.join(' ')),
        throwsNothingElse,
      ),
      { numRuns: 2000 },
    );
    fc.assert(
      fc.property(
        tokens.map((parts) => parts.join('')),
        throwsNothingElse,
      ),
      { numRuns: 2000 },
    );
  });
});
