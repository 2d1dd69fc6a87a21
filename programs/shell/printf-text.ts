import { interpretEscapes } from './echo-text.ts';

/** A format or argument that printf cannot make sense of. */
export class PrintfError extends Error {}

const DIRECTIVE = /%(%|([-+ 0#]*)(\*|\d+)?(?:\.(\*|\d+))?([a-zA-Z]))/g;
const MAX_WIDTH = 10_000;

/** What `printf format args…` prints: the format is used again while arguments are left. */
export function printfText(format: string, args: readonly string[]): { text: string; errors: string[] } {
  const { result: unescaped, stop } = interpretEscapes(format);
  const errors: string[] = [];
  let rest = [...args];
  let text = '';
  do {
    const before = rest.length;
    text += formatOnce(unescaped, rest, errors);
    if (rest.length === before) rest = [];
  } while (rest.length > 0 && !stop);
  return { text, errors };
}

/** Formats once with the arguments at the front of `args`, which are taken away. awk's printf as well. */
export function formatOnce(format: string, args: string[], errors: string[]): string {
  return format.replace(
    DIRECTIVE,
    (_whole, percent: string, flags = '', width = '', precision: string | undefined, kind = '') => {
      if (percent === '%') return '%';
      const take = (size: string | undefined) => (size === '*' ? (args.shift() ?? '0') : size);
      const fields = {
        flags: flags as string,
        width: Math.min(Number(take(width as string) ?? 0), MAX_WIDTH),
        precision: precision === undefined ? -1 : Math.min(Number(take(precision)), MAX_WIDTH),
      };
      return directive(kind as string, fields, args.shift(), errors);
    },
  );
}

interface Fields {
  flags: string;
  width: number;
  precision: number;
}

function directive(kind: string, fields: Fields, arg: string | undefined, errors: string[]): string {
  const { precision } = fields;
  switch (kind) {
    case 's':
      return pad(precision < 0 ? (arg ?? '') : (arg ?? '').slice(0, precision), fields, false);
    case 'b':
      return pad(interpretEscapes(arg ?? '').result, fields, false);
    case 'q':
      return pad(
        /^[\w@%+=:,./-]+$/.test(arg ?? '') ? arg! : `'${(arg ?? '').replace(/'/g, `'\\''`)}'`,
        fields,
        false,
      );
    case 'c':
      return pad((arg ?? '').slice(0, 1), fields, false);
    case 'd':
    case 'i':
    case 'u':
      return pad(signed(integer(arg, errors), fields), fields, true);
    case 'x':
      return pad(
        `${fields.flags.includes('#') ? '0x' : ''}${digits(integer(arg, errors), 16, precision)}`,
        fields,
        true,
      );
    case 'X':
      return pad(
        `${fields.flags.includes('#') ? '0X' : ''}${digits(integer(arg, errors), 16, precision).toUpperCase()}`,
        fields,
        true,
      );
    case 'o':
      return pad(digits(integer(arg, errors), 8, precision), fields, true);
    case 'f':
    case 'F':
    case 'e':
    case 'E':
    case 'g':
    case 'G':
      return pad(floating(kind, number(arg, errors), fields), fields, true);
    default:
      throw new PrintfError(`%${kind}: invalid format`);
  }
}

function pad(text: string, { flags, width }: Fields, numeric: boolean): string {
  if (text.length >= width) return text;
  if (flags.includes('-')) return text.padEnd(width);
  if (!numeric || !flags.includes('0')) return text.padStart(width);
  const sign = /^[-+ ]/.exec(text)?.[0] ?? '';
  return sign + text.slice(sign.length).padStart(width - sign.length, '0');
}

function signed(value: bigint, { flags, precision }: Fields): string {
  const magnitude = String(value < 0n ? -value : value).padStart(Math.max(precision, 0), '0');
  if (value < 0n) return `-${magnitude}`;
  return flags.includes('+') ? `+${magnitude}` : flags.includes(' ') ? ` ${magnitude}` : magnitude;
}

function digits(value: bigint, base: number, precision: number): string {
  return BigInt.asUintN(64, value).toString(base).padStart(Math.max(precision, 0), '0');
}

function floating(kind: string, value: number, { flags, precision }: Fields): string {
  const places = Math.min(precision < 0 ? 6 : precision, 100);
  let text: string;
  if (kind === 'f' || kind === 'F') text = value.toFixed(places);
  else if (kind === 'e' || kind === 'E') text = exponent(value.toExponential(places));
  else text = general(value, places === 0 ? 1 : places);
  if (kind === 'E' || kind === 'G') text = text.toUpperCase();
  return value >= 0 && flags.includes('+') ? `+${text}` : text;
}

/** C writes at least two digits of exponent. */
function exponent(text: string): string {
  return text.replace(/e([-+])(\d)$/, 'e$10$2');
}

/** C's %g. */
export function general(value: number, places: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf';
  if (value === 0) return '0';
  const power = Number(value.toExponential(places - 1).split('e')[1]);
  if (power < -4 || power >= places) {
    const [mantissa, tail] = value.toExponential(places - 1).split('e');
    return exponent(`${trimZeros(mantissa!)}e${tail}`);
  }
  return trimZeros(value.toFixed(places - 1 - power));
}

function trimZeros(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

function integer(arg: string | undefined, errors: string[]): bigint {
  const text = (arg ?? '').trim();
  if (text === '') return 0n;
  if (/^['"]/.test(text)) return BigInt(text.codePointAt(1) ?? 0);
  const match = /^[-+]?(0[xX][0-9a-fA-F]+|\d+)/.exec(text);
  if (match === null || match[0].length < text.length) errors.push(`${arg}: invalid number`);
  if (match === null) return 0n;
  const magnitude = /^0[0-7]+$/.test(match[1]!) ? BigInt(`0o${match[1]}`) : BigInt(match[1]!);
  return text.startsWith('-') ? -magnitude : magnitude;
}

function number(arg: string | undefined, errors: string[]): number {
  const text = (arg ?? '').trim();
  if (text === '') return 0;
  const value = Number(text);
  if (!Number.isNaN(value)) return value;
  errors.push(`${arg}: invalid number`);
  return Number.parseFloat(text) || 0;
}
