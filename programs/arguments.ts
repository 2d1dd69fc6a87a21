import type { Process } from '../core/host/process.ts';

/** The options a tool takes. */
export interface OptionSpec {
  /** As getopt(3) takes them: `'nc:i:'` is -n, and -c and -i with a value. A leading `+` ends options at the first operand. */
  short: string;
  /** Long options: `'c'` is another name of -c, `''` a flag and `':'` one with a value, both known by the long name. */
  long?: Readonly<Record<string, string>>;
  /** Takes `-5` as option `digits` with the value `5` (head, tail). */
  digits?: boolean;
  /** Printed to standard error after the complaint. */
  usage?: string;
}

/** An option that the tool does not have, or one that lacks its value. */
export class UsageError extends Error {}

/** Options and operands of one command line. */
export class ParsedArguments {
  readonly operands: string[] = [];
  /** Every option given, in order; value '' for a flag. */
  readonly options: { name: string; value: string }[] = [];

  has(name: string): boolean {
    return this.options.some((option) => option.name === name);
  }

  /** The value given last. */
  value(name: string): string | undefined {
    return this.values(name).at(-1);
  }

  values(name: string): string[] {
    return this.options.filter((option) => option.name === name).map((option) => option.value);
  }
}

type Userland = Process['context']['userland'];

/** Parses a command line (without argv[0]); throws `UsageError` with the C library's words (glibc, musl). */
export function parseOptions(args: readonly string[], spec: OptionSpec, userland: Userland): ParsedArguments {
  const parsed = new ParsedArguments();
  const glibc = userland === 'debian';
  const stopAtOperand = spec.short.startsWith('+');
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    if (arg === '--') {
      parsed.operands.push(...args.slice(i + 1));
      return parsed;
    }
    if (arg.startsWith('--')) {
      if (parseLong(parsed, arg.slice(2), args[i + 1], spec, glibc)) i++;
    } else if (spec.digits === true && /^-\d+$/.test(arg)) {
      parsed.options.push({ name: 'digits', value: arg.slice(1) });
    } else if (arg.startsWith('-') && arg.length > 1) {
      if (parseCluster(parsed, arg.slice(1), args[i + 1], spec, glibc)) i++;
    } else if (stopAtOperand) {
      parsed.operands.push(...args.slice(i));
      return parsed;
    } else {
      parsed.operands.push(arg);
    }
  }
  return parsed;
}

/**
 * Parses a process's command line. On a mistake prints what the tool would, and the usage, to standard error
 * and returns null: the program then returns its exit code for wrong usage (1 for most).
 */
export function parseArguments(proc: Process, spec: OptionSpec): ParsedArguments | null {
  try {
    return parseOptions(proc.argv.slice(1), spec, proc.context.userland);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    proc.printError(`${toolName(proc)}: ${error.message}\n${spec.usage ?? ''}`);
    return null;
  }
}

/** The name a tool calls itself by: argv[0] without its directory. */
export function toolName(proc: Process): string {
  const name = proc.argv[0] ?? '';
  return name.slice(name.lastIndexOf('/') + 1);
}

/** Returns true when the next argument was taken as the value. */
function parseLong(
  parsed: ParsedArguments,
  text: string,
  next: string | undefined,
  spec: OptionSpec,
  glibc: boolean,
): boolean {
  const equals = text.indexOf('=');
  const name = equals < 0 ? text : text.slice(0, equals);
  const given = equals < 0 ? undefined : text.slice(equals + 1);
  const kind = spec.long !== undefined && Object.hasOwn(spec.long, name) ? spec.long[name] : undefined;
  if (kind === undefined) {
    throw new UsageError(glibc ? `unrecognized option '--${name}'` : `unrecognized option: ${name}`);
  }
  const stored = kind === '' || kind === ':' ? name : kind;
  const takesValue = kind === ':' || (kind !== '' && shortKind(spec, kind) === 'value');
  if (!takesValue) {
    if (given !== undefined) {
      throw new UsageError(
        glibc ? `option '--${name}' doesn't allow an argument` : `option does not take an argument: ${name}`,
      );
    }
    parsed.options.push({ name: stored, value: '' });
    return false;
  }
  const value = given ?? next;
  if (value === undefined) {
    throw new UsageError(
      glibc ? `option '--${name}' requires an argument` : `option requires an argument: ${name}`,
    );
  }
  parsed.options.push({ name: stored, value });
  return given === undefined;
}

/** Returns true when the next argument was taken as the value. */
function parseCluster(
  parsed: ParsedArguments,
  letters: string,
  next: string | undefined,
  spec: OptionSpec,
  glibc: boolean,
): boolean {
  for (let i = 0; i < letters.length; i++) {
    const letter = letters[i]!;
    const kind = shortKind(spec, letter);
    if (kind === 'unknown') {
      throw new UsageError(glibc ? `invalid option -- '${letter}'` : `unrecognized option: ${letter}`);
    }
    if (kind === 'flag') {
      parsed.options.push({ name: letter, value: '' });
      continue;
    }
    const attached = letters.slice(i + 1);
    const value = attached === '' ? next : attached;
    if (value === undefined) {
      throw new UsageError(
        glibc ? `option requires an argument -- '${letter}'` : `option requires an argument: ${letter}`,
      );
    }
    parsed.options.push({ name: letter, value });
    return attached === '';
  }
  return false;
}

function shortKind(spec: OptionSpec, letter: string): 'flag' | 'value' | 'unknown' {
  if (letter === ':' || letter === '+' || letter.length !== 1) return 'unknown';
  const at = spec.short.indexOf(letter);
  if (at < 0) return 'unknown';
  return spec.short[at + 1] === ':' ? 'value' : 'flag';
}
