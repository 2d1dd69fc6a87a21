import { DAEMON_KEYS_SINCE, isKeyOf } from '../../../drivers/engine/daemon-config.ts';
import { isAtLeast, parseEngineRelease } from '../../../drivers/engine-release.ts';
import type { Draft, Report } from './draft.ts';

const ATTACHMENT_KEYS = [
  ['gw_priority', 'gatewayPriority'],
  ['interface_name', 'interfaceName'],
] as const;

/** Keys of a service's networks that came with release 28: earlier ones would ignore them. */
export function checkAttachmentKeys(draft: Draft, engine: string, report: Report): void {
  if (isAtLeast(parseEngineRelease(engine), 28)) return;
  for (const [service, { networks }] of Object.entries(draft.services)) {
    for (const [network, attachment] of Object.entries(networks ?? {})) {
      for (const [key, field] of ATTACHMENT_KEYS) {
        if (attachment[field] === undefined) continue;
        const message = `${key}: Docker ${engine} has no such key; it is of 28.0 and later`;
        report(['services', service, 'networks', network, key], message, 'set engine: "28.0" or later');
      }
    }
  }
}

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
