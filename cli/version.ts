import { readFileSync } from 'node:fs';

/** The package's version. The command runs from cli/ in the sources and from dist/cli/ once built. */
export function packageVersion(): string {
  for (const up of ['../package.json', '../../package.json']) {
    try {
      const { name, version } = JSON.parse(readFileSync(new URL(up, import.meta.url), 'utf8')) as Record<
        string,
        string
      >;
      if (name === 'dockwire' && version !== undefined) return version;
    } catch {
      // not there: one folder further up
    }
  }
  throw new Error('package.json of dockwire not found');
}

/** Whether the arguments ask for the version and nothing else, which needs no more of the program than this file. */
export function asksVersion(argv: readonly string[]): boolean {
  return argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V');
}
