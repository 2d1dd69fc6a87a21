/** The Compose file as a whole (Compose specification, chapter "The Compose file"). */
import * as v from 'valibot';
import { networkSchema } from './network.ts';
import { serviceSchema } from './service.ts';
import { map, mapOf } from './map.ts';
import { ignored, ignoredKeysOf, name, notModelled, orEmpty, text } from './values.ts';

/** The keys beside `name`; a scenario has them too. */
export const COMPOSE_KEYS = {
  networks: v.optional(orEmpty(mapOf(name, networkSchema), {})),
  services: v.optional(orEmpty(mapOf(name, serviceSchema), {})),
  version: ignored,
  volumes: ignored,
  configs: ignored,
  secrets: ignored,
  models: ignored,
  include: notModelled('put the services into this file'),
};

export const composeFileSchema = map({ name: v.optional(text), ...COMPOSE_KEYS });

/** Keys of the file itself that are accepted without effect. */
export const IGNORED_COMPOSE_KEYS = ignoredKeysOf(COMPOSE_KEYS);
