import { toJsonSchema } from '@valibot/to-json-schema';
import { scenarioSchema } from './scenario.ts';

/**
 * The scenario file as JSON Schema, for editors: draft 7 is what yaml-language-server reads; `input` is what a
 * person writes, before defaults and units.
 */
export function scenarioJsonSchema(): Record<string, unknown> {
  return toJsonSchema(scenarioSchema, {
    target: 'draft-07',
    typeMode: 'input',
    errorMode: 'ignore',
    overrideSchema: ({ valibotSchema, jsonSchema }) => {
      if (valibotSchema.type === 'never') jsonSchema.not = {};
      if (jsonSchema.required?.length === 0) delete jsonSchema.required;
      if (jsonSchema.additionalProperties === false) jsonSchema.patternProperties = { '^x-': {} };
      return jsonSchema;
    },
  }) as Record<string, unknown>;
}
