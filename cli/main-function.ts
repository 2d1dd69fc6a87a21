import type { RunArguments } from './commands/run.ts';
import { EXIT } from './exit-code.ts';
import { loadRunner } from './load-runner.ts';
import { plainRunArguments } from './plain-run-arguments.ts';
import { readableStack } from './readable-stack.ts';
import { wantsColour, type Terminal } from './terminal.ts';
import { asksVersion, packageVersion } from './version.ts';

/** The whole command: arguments in, exit code out. Modules load as they are needed, so that `--version` is quick. */
export async function main(argv: readonly string[], terminal: Terminal): Promise<number> {
  if (asksVersion(argv)) {
    terminal.out(`${packageVersion()}\n`);
    return EXIT.ok;
  }
  try {
    const plain = plainRunArguments(argv);
    if (plain !== null) return await runPlainly(plain, terminal);
    const { runCommandLine } = await import('./parse-command-line.ts');
    return await runCommandLine(argv, terminal);
  } catch (error) {
    return explain(error, terminal);
  }
}

async function runPlainly(args: RunArguments, terminal: Terminal): Promise<number> {
  const { run } = await import('./commands/run.ts');
  return run(args, terminal, loadRunner);
}

/** A user's mistake is a message; anything else is a bug, with its stack. */
function explain(error: unknown, terminal: Terminal): number {
  const name = error instanceof Error ? error.name : '';
  if (name === 'FileError' || name === 'UsageError' || name === 'DriverModuleError') {
    const red = wantsColour(terminal)
      ? (text: string) => `\u001b[31m${text}\u001b[39m`
      : (text: string) => text;
    const prefix = name !== 'FileError' ? `${red('dockwire:')} ` : '';
    const hint = name === 'UsageError' ? '\nTry: dockwire --help\n' : '\n';
    terminal.err(`${prefix}${(error as Error).message}${hint}`);
    return EXIT.usage;
  }
  terminal.err(
    `${error instanceof Error ? readableStack(error.stack ?? error.message) : String(error)}\nThis is a bug in dockwire.\n`,
  );
  return EXIT.bug;
}
