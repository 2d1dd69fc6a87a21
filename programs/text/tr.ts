import type { Program } from '../../core/host/program.ts';
import { parseArguments } from '../arguments.ts';
import { LineInput } from '../line-input.ts';
import { interpretEscapes } from '../shell/echo-text.ts';
import { complain } from './operands.ts';

const CLASSES: Record<string, string> = {
  lower: range('a', 'z'),
  upper: range('A', 'Z'),
  digit: range('0', '9'),
  alpha: range('A', 'Z') + range('a', 'z'),
  alnum: range('0', '9') + range('A', 'Z') + range('a', 'z'),
  space: '\t\n\v\f\r ',
  blank: ' \t',
  punct: range('!', '/') + range(':', '@') + range('[', '`') + range('{', '~'),
  xdigit: `${range('0', '9')}ABCDEFabcdef`,
};

/** `tr [-cds] set1 [set2]` */
export const tr: Program = function* (proc) {
  const args = parseArguments(proc, {
    short: '+cCds',
    long: { delete: 'd', 'squeeze-repeats': 's', complement: 'c' },
  });
  if (args === null) return 1;
  const [first, second] = args.operands;
  if (first === undefined) return complain(proc, 'missing operand');
  const removes = args.has('d');
  const squeezes = args.has('s');
  if (second === undefined && !removes && !squeezes)
    return complain(proc, `missing operand after '${first}'`);
  const from = expandSet(first);
  const to = expandSet(second ?? '');
  const complement = args.has('c') || args.has('C');
  const member = (character: string) => from.includes(character) !== complement;
  const squeezed = second === undefined || (removes && squeezes) ? to || from : to;
  const mapped = (character: string) => {
    if (removes || second === undefined || !member(character)) return character;
    const at = complement ? to.length - 1 : Math.min(from.lastIndexOf(character), to.length - 1);
    return to[at] ?? character;
  };
  const input = LineInput.on(proc.stdin);
  let last = '';
  for (;;) {
    const line = yield* input.nextLine(proc);
    if (line === null) return 0;
    let output = '';
    for (const character of line) {
      if (removes && member(character)) continue;
      const result = mapped(character);
      const repeats = second === undefined && complement ? member(result) : squeezed.includes(result);
      if (squeezes && result === last && repeats) continue;
      output += result;
      last = result;
    }
    proc.print(output);
  }
};

function range(first: string, last: string): string {
  let text = '';
  for (let code = first.charCodeAt(0); code <= last.charCodeAt(0); code++) text += String.fromCharCode(code);
  return text;
}

function expandSet(text: string): string {
  const plain = interpretEscapes(text.replace(/\\([^abefnrtv\\0-7])/g, '$1')).result;
  const named = plain.replace(/\[:([a-z]+):\]/g, (whole, name: string) =>
    Object.hasOwn(CLASSES, name) ? CLASSES[name]! : whole,
  );
  return named.replace(/([^])-([^])/g, (whole, first: string, last: string) =>
    first < last ? range(first, last) : whole,
  );
}
