import { DAEMON_KEYS_SINCE, isKeyOf } from '../../../drivers/engine/daemon-config.ts';
import { parseEngineRelease } from '../../../drivers/engine-release.ts';
import type { Draft, Report } from './draft.ts';

/** Keys of daemon.json that the release does not have: its daemon would not start. */
export function checkDaemonKeys(draft: Draft, engine: string, report: Report): void {
  const release = parseEngineRelease(engine);
  for (const [host, { docker }] of Object.entries(draft.hosts)) {
    for (const [key, since] of Object.entries(DAEMON_KEYS_SINCE)) {
      if (docker === undefined || !(key in docker) || isKeyOf(release, since)) continue;
      const message = `${key}: Docker ${engine} has no such key; it is of ${since} and later`;
      report(['hosts', host, 'docker', key], message, `set engine: "${since}" or later`);
    }
  }
}
