/** The `deploy` key of a service (Compose specification, chapter "Compose Deploy Specification"). */
import * as z from 'zod';
import { composeInt, duration, ignored, listOrMap } from './values.ts';

const updateSchema = z
  .strictObject({
    parallelism: composeInt.optional(),
    delay: duration.optional(),
    failure_action: z.string().optional(),
    monitor: duration.optional(),
    max_failure_ratio: z.union([z.number(), z.string()]).optional(),
    order: z.enum(['start-first', 'stop-first']).optional(),
  })
  .transform(({ parallelism = 1, delay = 0, order = 'stop-first', failure_action = 'pause' }) => ({
    /** Tasks replaced at a time; 0: all at once. */
    parallelism,
    delayNs: delay,
    order,
    failureAction: failure_action,
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
      restart_policy: ignored(),
      resources: ignored(),
    }),
  ])
  .transform((value) => {
    const {
      mode = 'replicated',
      replicas,
      endpoint_mode = 'vip',
      placement,
      update_config,
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
      labels: labels ?? {},
    };
  });

export type Deploy = z.output<typeof deploySchema>;
