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
