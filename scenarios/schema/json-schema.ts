import * as z from 'zod';
import { scenarioSchema } from './scenario.ts';

/**
 * The scenario file as JSON Schema, for editors: draft 7 is what yaml-language-server reads; `input` is what a
 * person writes, before defaults and units.
 */
export function scenarioJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(scenarioSchema, {
    target: 'draft-7',
    io: 'input',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      if (zodSchema._zod.def.type === 'undefined') jsonSchema.not = {};
      if (jsonSchema.additionalProperties === false) jsonSchema.patternProperties = { '^x-': {} };
    },
  }) as Record<string, unknown>;
}
