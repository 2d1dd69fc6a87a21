import { IGNORED_DAEMON_KEYS } from '../schema/daemon-config.ts';
import { IGNORED_COMPOSE_KEYS } from '../../programs/compose-file/schema/compose-file.ts';
import { IGNORED_SERVICE_KEYS } from '../../programs/compose-file/schema/service.ts';
import type { Notice } from './scenario.ts';
import type { Path } from '../../programs/compose-file/yaml-source.ts';
import type { ScenarioSource } from './source.ts';

/** Says which keys were accepted without effect: nothing is ignored in silence. */
export function ignoredKeyNotices(data: unknown, source: ScenarioSource): Notice[] {
  const notices: Notice[] = [];
  const look = (map: unknown, path: Path, ignored: ReadonlySet<string>) => {
    for (const key of Object.keys(asMap(map))) {
      if (!ignored.has(key)) continue;
      const what = [...path, key].join('.');
      notices.push(
        source.problem([...path, key], `${what} has no bearing on the network: ignored`, undefined, 'key'),
      );
    }
  };
  const file = asMap(data);
  look(file, [], IGNORED_COMPOSE_KEYS);
  for (const [name, service] of Object.entries(asMap(file['services']))) {
    look(service, ['services', name], IGNORED_SERVICE_KEYS);
  }
  for (const [name, host] of Object.entries(asMap(file['hosts']))) {
    look(asMap(host)['docker'], ['hosts', name, 'docker'], IGNORED_DAEMON_KEYS);
  }
  return notices;
}

function asMap(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
