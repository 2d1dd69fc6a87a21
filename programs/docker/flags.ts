/** Flags of docker commands, read and described as spf13/pflag does. */
export interface FlagSpec {
  readonly name: string;
  /** `-p` */
  readonly short?: string;
  /** What kind of value it takes; lists take one each time they are given. */
  readonly kind: 'bool' | 'string' | 'int' | 'list';
  /** The words of --help. Flags without are there but not shown, as docker's own aliases. */
  readonly usage?: string;
  /** The kind of value as --help calls it, where it is not `string`, `int` or `list`. */
  readonly type?: string;
  /** The default, where --help shows one. */
  readonly byDefault?: string;
  /** The complaint about a value, or null when it will do. */
  readonly check?: (value: string) => string | null;
}

/** A mistake in the words of a command: printed with a pointer to --help, exit code 125. */
export class FlagError extends Error {}

/** The flags of one command line by their long names, and what else stands on it. */
export class Flags {
  readonly operands: string[] = [];
  private readonly values = new Map<string, string[]>();

  add(name: string, value: string): void {
    const values = this.values.get(name);
    if (values === undefined) this.values.set(name, [value]);
    else values.push(value);
  }

  has(name: string): boolean {
    return this.values.has(name);
  }

  bool(name: string, byDefault = false): boolean {
    const value = this.values.get(name)?.at(-1);
    return value === undefined ? byDefault : value === 'true';
  }

  /** The value given last. */
  string(name: string, byDefault = ''): string {
    return this.values.get(name)?.at(-1) ?? byDefault;
  }

  int(name: string, byDefault: number): number {
    return Number(this.string(name, String(byDefault)));
  }

  /** All values, of any of several flags that mean the same. */
  list(...names: string[]): string[] {
    return names.flatMap((name) => this.values.get(name) ?? []);
  }

  /** `name=value` pairs; the last of a name counts. */
  pairs(...names: string[]): Map<string, string> {
    return new Map(this.list(...names).map(splitPair));
  }
}

/** `name=value`; without `=` the value is empty. */
export function splitPair(text: string): [string, string] {
  const equals = text.indexOf('=');
  return equals < 0 ? [text, ''] : [text.slice(0, equals), text.slice(equals + 1)];
}

/** Reads a command line. Without `interspersed`, flags end at the first word that is none. */
export function parseFlags(args: readonly string[], specs: readonly FlagSpec[], interspersed = true): Flags {
  const flags = new Flags();
  let next = 0;
  while (next < args.length) {
    const arg = args[next++]!;
    if (arg === '--') break;
    if (!arg.startsWith('-') || arg === '-') {
      flags.operands.push(arg);
      if (!interspersed) break;
      continue;
    }
    next = arg.startsWith('--')
      ? readLong(flags, specs, args, next, arg)
      : readShorts(flags, specs, args, next, arg);
  }
  flags.operands.push(...args.slice(next));
  return flags;
}

function readLong(
  flags: Flags,
  specs: readonly FlagSpec[],
  args: readonly string[],
  next: number,
  arg: string,
): number {
  const equals = arg.indexOf('=');
  const name = arg.slice(2, equals < 0 ? undefined : equals);
  if (name === 'help') throw new HelpRequested();
  const spec = specs.find((each) => each.name === name);
  if (spec === undefined) throw new FlagError(`unknown flag: --${name}`);
  if (equals >= 0) {
    setValue(flags, spec, arg.slice(equals + 1));
    return next;
  }
  if (spec.kind === 'bool') {
    setValue(flags, spec, 'true');
    return next;
  }
  if (next >= args.length) throw new FlagError(`flag needs an argument: --${name}`);
  setValue(flags, spec, args[next]!);
  return next + 1;
}

/** `-dit`, `-p80:80`, `-p 80:80`. */
function readShorts(
  flags: Flags,
  specs: readonly FlagSpec[],
  args: readonly string[],
  next: number,
  arg: string,
): number {
  for (let at = 1; at < arg.length; at++) {
    const letter = arg[at]!;
    const spec = specs.find((each) => each.short === letter);
    if (spec === undefined) throw new FlagError(`unknown shorthand flag: '${letter}' in -${arg.slice(at)}`);
    if (arg[at + 1] === '=') {
      setValue(flags, spec, arg.slice(at + 2));
      return next;
    }
    if (spec.kind === 'bool') {
      setValue(flags, spec, 'true');
      continue;
    }
    if (at + 1 < arg.length) {
      setValue(flags, spec, arg.slice(at + 1));
      return next;
    }
    if (next >= args.length) throw new FlagError(`flag needs an argument: '${letter}' in -${arg.slice(at)}`);
    setValue(flags, spec, args[next]!);
    return next + 1;
  }
  return next;
}

/** `--help` was given. */
export class HelpRequested extends Error {}

function setValue(flags: Flags, spec: FlagSpec, value: string): void {
  const stored = spec.kind === 'bool' ? booleanText(value) : value;
  const complaint = stored === null ? parseBoolComplaint(value) : complaintAbout(spec, value);
  if (complaint !== null) {
    const shorthand = spec.short === undefined ? '' : `-${spec.short}, `;
    throw new FlagError(
      `invalid argument ${JSON.stringify(value)} for "${shorthand}--${spec.name}" flag: ${complaint}`,
    );
  }
  flags.add(spec.name, stored!);
}

function complaintAbout(spec: FlagSpec, value: string): string | null {
  if (spec.kind === 'int' && !/^[-+]?\d+$/.test(value)) {
    return `strconv.ParseInt: parsing ${JSON.stringify(value)}: invalid syntax`;
  }
  return spec.check?.(value) ?? null;
}

function booleanText(value: string): 'true' | 'false' | null {
  if (['1', 't', 'T', 'true', 'TRUE', 'True'].includes(value)) return 'true';
  return ['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(value) ? 'false' : null;
}

function parseBoolComplaint(value: string): string {
  return `strconv.ParseBool: parsing ${JSON.stringify(value)}: invalid syntax`;
}

/** The lines of --help, sorted by name. */
export function flagUsages(specs: readonly FlagSpec[]): string {
  const shown = specs.filter(({ usage }) => usage !== undefined).sort((a, b) => (a.name < b.name ? -1 : 1));
  const heads = shown.map((spec) => {
    const type = spec.type ?? (spec.kind === 'bool' ? '' : spec.kind);
    const short = spec.short === undefined ? '      ' : `  -${spec.short}, `;
    return `${short}--${spec.name}${type === '' ? '' : ` ${type}`}`;
  });
  const width = Math.max(0, ...heads.map((head) => head.length)) + 3;
  return shown
    .map((spec, i) => {
      const byDefault = spec.byDefault === undefined ? '' : ` (default ${spec.byDefault})`;
      return `${heads[i]!.padEnd(width)}${spec.usage}${byDefault}\n`;
    })
    .join('');
}
