import type { Process } from '../../core/host/process.ts';
import type { ProgramRun } from '../../core/host/program.ts';
import { sysctlEntries } from '../../core/namespace/sysctl-tree.ts';
import { parseArguments, type ParsedArguments } from '../arguments.ts';
import { absolutePath } from '../files.ts';

const ROOT = '/proc/sys/';
const DEFAULT_FILE = '/etc/sysctl.conf';

/** `net.ipv4.conf.eth0/50.rp_filter` and `net/ipv4/…` alike: a name's path below /proc/sys. */
export function sysctlPath(name: string): string {
  const first = /[./]/.exec(name)?.[0];
  if (first !== '.') return name;
  return name.replace(/[./]/g, (separator) => (separator === '.' ? '/' : '.'));
}

/** The other way: dots between, and slashes for the dots in a device's name. */
export function sysctlName(path: string): string {
  return path.replace(/[./]/g, (separator) => (separator === '/' ? '.' : '/'));
}

/** sysctl of procps and of busybox. Settings outside net/ are not modelled. */
export function* sysctl(proc: Process): ProgramRun {
  const args = parseArguments(proc, {
    short: 'neNqwpaAXfr:bN',
    long: {
      all: 'a',
      values: 'n',
      names: 'N',
      ignore: 'e',
      quiet: 'q',
      write: 'w',
      load: 'p',
      pattern: 'r',
      binary: 'b',
    },
    usage: 'Usage:\n sysctl [options] [variable[=value] ...]\n',
  });
  if (args === null) return 1;
  const run = new SysctlRun(proc, args);
  if (args.has('a') || args.has('A') || args.has('X')) return run.showAll();
  if (args.has('p') || args.has('f')) return run.load(args.operands[0] ?? DEFAULT_FILE);
  if (args.operands.length === 0) {
    proc.printError(`sysctl: no variables specified\nTry \`sysctl --help' for more information.\n`);
    return 1;
  }
  let failed = false;
  for (const operand of args.operands) failed = !run.handle(operand) || failed;
  return failed ? 1 : 0;
}

class SysctlRun {
  private readonly proc: Process;
  private readonly args: ParsedArguments;
  private readonly busybox: boolean;

  constructor(proc: Process, args: ParsedArguments) {
    this.proc = proc;
    this.args = args;
    this.busybox = proc.context.userland === 'busybox';
  }

  /** `name` or `name=value`; false when it failed. */
  handle(operand: string): boolean {
    const equals = operand.indexOf('=');
    if (equals < 0) {
      if (!this.args.has('w')) return this.show(operand);
      this.proc.printError(`sysctl: "${operand}" must be of the form name=value\n`);
      return false;
    }
    return this.set(operand.slice(0, equals).trim(), operand.slice(equals + 1).trim());
  }

  showAll(): number {
    const pattern = this.args.value('r');
    const wanted = pattern === undefined ? null : new RegExp(pattern);
    for (const [path, entry] of sysctlEntries(this.proc.netns)) {
      const name = sysctlName(path);
      if (entry.writeOnly === true || wanted?.test(name) === false) continue;
      this.print(name, entry.read());
    }
    return 0;
  }

  /** -p: a file of `name = value` lines. */
  load(file: string): number {
    const text = this.proc.context.fileSystem.readText(absolutePath(this.proc, file));
    if (text === null) {
      this.proc.printError(`sysctl: cannot open "${file}": No such file or directory\n`);
      return 1;
    }
    let failed = false;
    for (const line of text.split('\n')) {
      const setting = line.trim();
      if (setting === '' || /^[#;]/.test(setting)) continue;
      failed = !this.handle(setting.replace(/^-/, '')) || failed;
    }
    return failed ? 1 : 0;
  }

  private show(name: string): boolean {
    const path = sysctlPath(name);
    const entry = sysctlEntries(this.proc.netns).get(path);
    if (entry === undefined) return this.unknown(name, path);
    if (entry.writeOnly === true) {
      this.proc.printError(`sysctl: permission denied on key "${sysctlName(path)}"\n`);
      return false;
    }
    this.print(sysctlName(path), entry.read());
    return true;
  }

  private set(name: string, value: string): boolean {
    const path = sysctlPath(name);
    if (!sysctlEntries(this.proc.netns).has(path)) return this.unknown(name, path);
    const file = this.proc.context.fileSystem.find(ROOT + path);
    const problem = file?.write === undefined ? 'Read-only file system' : write(file.write.bind(file), value);
    if (problem !== null) {
      const key = this.busybox ? `error setting key '${name}'` : `setting key "${sysctlName(path)}"`;
      this.proc.printError(`sysctl: ${key}: ${problem}\n`);
      return false;
    }
    if (!this.args.has('q')) this.print(sysctlName(path), value);
    return true;
  }

  private print(name: string, value: string): void {
    if (this.args.has('n') || this.args.has('b')) this.proc.print(this.args.has('b') ? value : `${value}\n`);
    else if (this.args.has('N')) this.proc.print(`${name}\n`);
    else this.proc.print(`${name} = ${value}\n`);
  }

  private unknown(name: string, path: string): boolean {
    if (this.args.has('e')) return true;
    this.proc.printError(
      this.busybox
        ? `sysctl: error: '${name}' is an unknown key\n`
        : `sysctl: cannot stat ${ROOT}${path}: No such file or directory\n`,
    );
    return false;
  }
}

/** Writes a setting: null, or the error number's text. */
function write(put: (text: string) => void, value: string): string | null {
  try {
    put(value);
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}
