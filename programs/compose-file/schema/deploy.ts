/** The `deploy` key of a service (Compose specification, chapter "Compose Deploy Specification"). */
import * as z from 'zod';
import { composeInt, duration, ignored, listOrMap } from './values.ts';

const updateSchema = z
  .strictObject({
    parallelism: composeInt.optional(),
    delay: duration.optional(),
    failure_action: z.enum(['pause', 'continue', 'rollback']).optional(),
    monitor: duration.optional(),
    max_failure_ratio: z.union([z.number(), z.string()]).optional(),
    order: z.enum(['start-first', 'stop-first']).optional(),
  })
  .transform(({ parallelism = 1, delay = 0, order = 'stop-first', failure_action = 'pause', ...rest }) => ({
    /** Tasks replaced at a time; 0: all at once. */
    parallelism,
    delayNs: delay,
    order,
    failureAction: failure_action,
    /** How long a new task is watched for failure. */
    monitorNs: rest.monitor ?? 5_000_000_000,
    maxFailureRatio: Number(rest.max_failure_ratio ?? 0),
  }));

const restartSchema = z
  .strictObject({
    condition: z.enum(['any', 'none', 'on-failure']).optional(),
    delay: duration.optional(),
    max_attempts: composeInt.optional(),
    window: duration.optional(),
  })
  .transform(({ condition = 'any', delay = 5_000_000_000, max_attempts = 0, window = 0 }) => ({
    condition,
    delayNs: delay,
    /** 0: no limit. */
    maxAttempts: max_attempts,
    windowNs: window,
  }));

const placementSchema = z.strictObject({
  constraints: z.array(z.string()).optional(),
  preferences: z.array(z.strictObject({ spread: z.string() })).optional(),
  max_replicas_per_node: composeInt.optional(),
});

export const deploySchema = z
  .union([
    z.null(),
    z.strictObject({
      mode: z.enum(['replicated', 'global']).optional(),
      replicas: composeInt.optional(),
      endpoint_mode: z.enum(['vip', 'dnsrr']).optional(),
      placement: placementSchema.optional(),
      update_config: updateSchema.optional(),
      rollback_config: updateSchema.optional(),
      labels: listOrMap.optional(),
      restart_policy: restartSchema.optional(),
      resources: ignored,
    }),
  ])
  .transform((value) => {
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
      updateConfig: update_config ?? updateSchema.parse({}),
      rollbackConfig: rollback_config ?? updateSchema.parse({}),
      /** Undefined: as swarm has it. */
      restartPolicy: restart_policy,
      labels: labels ?? {},
    };
  });

export type Deploy = z.output<typeof deploySchema>;
