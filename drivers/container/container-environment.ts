import { isAtLeast, type EngineRelease } from '../engine-release.ts';
import type { Container } from './container.ts';
import { linkEnvironment } from './links.ts';

const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * The variables of a container's processes: Docker's, those of links (up to release 28, moby#50719), the image's, the
 * user's; later ones win.
 */
export function processEnvironment(
  container: Container,
  release: EngineRelease,
  extra: readonly string[] = [],
): Map<string, string> {
  const environment = new Map([['PATH', DEFAULT_PATH]]);
  environment.set('HOSTNAME', container.hostname);
  if (container.config.tty) environment.set('TERM', 'xterm');
  const knowsLinks = container.isRunning && !isAtLeast(release, 29);
  const linked = knowsLinks ? linkEnvironment(container) : [];
  for (const variable of [
    ...linked,
    ...container.image.environment,
    ...container.config.environment,
    ...extra,
  ]) {
    const equals = variable.indexOf('=');
    if (equals > 0) environment.set(variable.slice(0, equals), variable.slice(equals + 1));
  }
  if (!environment.has('HOME')) environment.set('HOME', '/root');
  const directory = container.config.workingDirectory || container.image.workingDirectory;
  if (directory !== '') environment.set('PWD', directory);
  return environment;
}
