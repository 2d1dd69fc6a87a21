/** The `deploy` key of a service (Compose specification, chapter "Compose Deploy Specification"). */
import * as v from 'valibot';
import { choice } from './choice.ts';
import { map } from './map.ts';
import { oneOf } from './one-of.ts';
import { composeInt, duration, ignored, listOrMap, text, texts } from './values.ts';

const updateSchema = v.pipe(
  map({
    parallelism: v.optional(composeInt),
    delay: v.optional(duration),
    failure_action: v.optional(choice(['pause', 'continue', 'rollback'])),
    monitor: v.optional(duration),
    max_failure_ratio: v.optional(oneOf([v.number(), text])),
    order: v.optional(choice(['start-first', 'stop-first'])),
  }),
  v.transform(({ parallelism = 1, delay = 0, order = 'stop-first', failure_action = 'pause', ...rest }) => ({
    /** Tasks replaced at a time; 0: all at once. */
    parallelism,
    delayNs: delay,
    order,
    failureAction: failure_action,
    /** How long a new task is watched for failure. */
    monitorNs: rest.monitor ?? 5_000_000_000,
    maxFailureRatio: Number(rest.max_failure_ratio ?? 0),
  })),
);

const restartSchema = v.pipe(
  map({
    condition: v.optional(choice(['any', 'none', 'on-failure'])),
    delay: v.optional(duration),
    max_attempts: v.optional(composeInt),
    window: v.optional(duration),
  }),
  v.transform(({ condition = 'any', delay = 5_000_000_000, max_attempts = 0, window = 0 }) => ({
    condition,
    delayNs: delay,
    /** 0: no limit. */
    maxAttempts: max_attempts,
    windowNs: window,
  })),
);

const placementSchema = map({
  constraints: v.optional(texts),
  preferences: v.optional(v.array(map({ spread: text }))),
  max_replicas_per_node: v.optional(composeInt),
});

export const deploySchema = v.pipe(
  oneOf([
    v.null(),
    map({
      mode: v.optional(choice(['replicated', 'global'])),
      replicas: v.optional(composeInt),
      endpoint_mode: v.optional(choice(['vip', 'dnsrr'])),
      placement: v.optional(placementSchema),
      update_config: v.optional(updateSchema),
      rollback_config: v.optional(updateSchema),
      labels: v.optional(listOrMap),
      restart_policy: v.optional(restartSchema),
      resources: ignored,
    }),
  ]),
  v.transform((value) => {
    const {
      mode = 'replicated',
      replicas,
      endpoint_mode = 'vip',
      placement,
      update_config,
      rollback_config,
      restart_policy,
      labels,
    } = value ?? {};
    return {
      mode,
      replicas,
      endpointMode: endpoint_mode,
      constraints: placement?.constraints ?? [],
      spreadOver: (placement?.preferences ?? []).map((preference) => preference.spread),
      maxReplicasPerNode: placement?.max_replicas_per_node,
      updateConfig: update_config ?? v.parse(updateSchema, {}),
      rollbackConfig: rollback_config ?? v.parse(updateSchema, {}),
      /** Undefined: as swarm has it. */
      restartPolicy: restart_policy,
      labels: labels ?? {},
    };
  }),
);

export type Deploy = v.InferOutput<typeof deploySchema>;
