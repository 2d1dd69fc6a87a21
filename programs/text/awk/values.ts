import { general } from '../../shell/printf-text.ts';
import { compileRegularExpression, RegularExpressionError } from '../regular-expression.ts';
import { AwkError } from './syntax.ts';

/** A value: input that looks like a number is one when compared. */
export type Value = number | string | NumericString;

/** Text of the input. */
export class NumericString {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** A value as text: whole numbers as they are, others by %.6g. */
export function toText(value: Value): string {
  if (typeof value === 'string') return value;
  if (value instanceof NumericString) return value.text;
  return Number.isInteger(value) && Math.abs(value) < 1e16 ? String(value) : general(value, 6);
}

/** A value as a number: what it begins with, else 0. */
export function toNumber(value: Value): number {
  if (typeof value === 'number') return value;
  const text = typeof value === 'string' ? value : value.text;
  return Number(/^\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)/.exec(text)?.[1] ?? 0);
}

export function isTrue(value: Value): boolean {
  if (typeof value === 'number') return value !== 0;
  if (typeof value === 'string') return value !== '';
  return isNumeric(value) ? toNumber(value) !== 0 : value.text !== '';
}

/** Text from the input: a number in comparisons when it looks like one. */
export function fromInput(text: string): Value {
  const numeric = /^\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?\s*$/.test(text);
  return numeric ? new NumericString(text) : text;
}

/** An unset variable is a numeric string of no length: 0 and empty. */
export function isNumeric(value: Value): boolean {
  return typeof value !== 'string';
}

export function arithmetic(operator: string, a: number, b: number): number {
  if ((operator === '/' || operator === '%') && b === 0)
    throw new AwkError(`division by zero${operator === '%' ? ' in %' : ''}`);
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return a / b;
    case '%':
      return a % b;
    default:
      return a ** b;
  }
}

export function compileDynamic(pattern: string): RegExp {
  try {
    return compileRegularExpression(pattern, true, '');
  } catch (error) {
    if (error instanceof RegularExpressionError) throw new AwkError(`/${pattern}/: ${error.message}`);
    throw error;
  }
}

/** String.split without what groups capture. */
export function splitBy(text: string, expression: RegExp): string[] {
  if (text === '') return [];
  const parts: string[] = [];
  let start = 0;
  for (const match of text.matchAll(new RegExp(expression.source, 'g'))) {
    if (match[0] === '') continue;
    parts.push(text.slice(start, match.index));
    start = match.index + match[0].length;
  }
  parts.push(text.slice(start));
  return parts;
}
