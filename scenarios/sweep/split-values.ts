/** The values of a parameter: `0,0.1%,1%`, `1ms..5ms`, `100..1500 step 100`. */
import { FormatError } from '../../programs/compose-file/schema/format-error.ts';

const MAX_VALUES = 10_000;
const QUANTITY = '(-?\\d+(?:\\.\\d+)?)([A-Za-zµ%]*)';
const RANGE = new RegExp(`^${QUANTITY}\\.\\.${QUANTITY}(?:\\s+step\\s+${QUANTITY})?$`);
const OPENING = '[{(';
const CLOSING = ']})';

/** Splits at commas, but for those in quotes or brackets, and writes ranges out. Throws a FormatError. */
export function splitValues(text: string): string[] {
  const values = splitAtCommas(text).flatMap(expandRange);
  if (values.includes('')) {
    throw new FormatError(`"${text}": a value is missing`, 'write values as 0,0.1%,1%; "" is an empty text');
  }
  const twice = values.find((value, index) => values.indexOf(value) < index);
  if (twice !== undefined) throw new FormatError(`"${text}": ${twice} is there twice`);
  return values;
}

function splitAtCommas(text: string): string[] {
  const values: string[] = [];
  let depth = 0;
  let quote = '';
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!;
    if (quote !== '') {
      if (char === quote) quote = '';
    } else if (char === '"' || char === "'") quote = char;
    else if (OPENING.includes(char)) depth++;
    else if (CLOSING.includes(char)) depth--;
    else if (char === ',' && depth === 0) {
      values.push(text.slice(from, i).trim());
      from = i + 1;
    }
  }
  if (depth !== 0 || quote !== '') {
    throw new FormatError(`"${text}": quotes or brackets are not closed`, 'quote a value that holds one');
  }
  return [...values, text.slice(from).trim()];
}

function expandRange(value: string): string[] {
  const match = RANGE.exec(value);
  if (match === null) return [value];
  const [, first = '', firstUnit = '', last = '', unit = '', step = '1', stepUnit = unit] = match;
  if ((firstUnit !== unit && firstUnit !== '') || stepUnit !== unit) {
    throw new FormatError(
      `"${value}": the ends and the step of a range have one unit`,
      'as 1ms..10ms step 3ms',
    );
  }
  const decimals = Math.max(...[first, last, step].map((number) => (number.split('.')[1] ?? '').length));
  const scale = 10 ** decimals;
  const [from, to, by] = [first, last, step].map((number) => Math.round(Number(number) * scale));
  if (!(by! > 0 && from! <= to!)) {
    throw new FormatError(`"${value}": a range goes up`, 'write the lower end first, and a step above 0');
  }
  if ((to! - from!) / by! >= MAX_VALUES) {
    throw new FormatError(`"${value}": more than ${MAX_VALUES} values`, 'write a larger step');
  }
  const values: string[] = [];
  for (let at = from!; at <= to!; at += by!) values.push(`${(at / scale).toFixed(decimals)}${unit}`);
  return values;
}
