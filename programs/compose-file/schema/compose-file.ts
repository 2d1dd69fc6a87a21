/** The Compose file as a whole (Compose specification, chapter "The Compose file"). */
import * as z from 'zod';
import { networkSchema } from './network.ts';
import { serviceSchema } from './service.ts';
import { ignored, ignoredKeysOf, name, notModelled, orEmpty } from './values.ts';

/** The keys beside `name`; a scenario has them too. */
export const COMPOSE_KEYS = {
  networks: orEmpty(z.record(name, networkSchema), {}).optional(),
  services: orEmpty(z.record(name, serviceSchema), {}).optional(),
  version: ignored,
  volumes: ignored,
  configs: ignored,
  secrets: ignored,
  models: ignored,
  include: notModelled('put the services into this file'),
};

export const composeFileSchema = z.strictObject({ name: z.string().optional(), ...COMPOSE_KEYS });

/** Keys of the file itself that are accepted without effect. */
export const IGNORED_COMPOSE_KEYS = ignoredKeysOf(COMPOSE_KEYS);
