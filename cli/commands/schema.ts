import { scenarioJsonSchema } from '../../scenarios/schema/json-schema.ts';
import { EXIT } from '../exit-code.ts';
import type { Terminal } from '../terminal.ts';

/** `dockwire schema`: the scenario file as JSON Schema, for editors. */
export function schema(terminal: Terminal): number {
  terminal.out(`${JSON.stringify(scenarioJsonSchema(), null, 2)}\n`);
  return EXIT.ok;
}
