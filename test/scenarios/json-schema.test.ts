import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { scenarioJsonSchema } from '../../scenarios/schema/json-schema.ts';

it('the committed JSON Schema is the one that `dockwire schema` prints', () => {
  const committed = readFileSync(new URL('../../schema/scenario.schema.json', import.meta.url), 'utf8');
  expect(committed).toBe(`${JSON.stringify(scenarioJsonSchema(), null, 2)}\n`);
});

it('forbids unknown keys, frees x-, and requires nothing at the top', () => {
  const schema = scenarioJsonSchema();
  expect(schema).toMatchObject({ additionalProperties: false, patternProperties: { '^x-': {} } });
  expect(schema['required']).toBeUndefined();
});
