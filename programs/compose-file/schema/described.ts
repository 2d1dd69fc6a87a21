import * as v from 'valibot';

/**
 * A schema, and what an editor says of it. It stands before any transformation: the JSON Schema is made of what comes
 * before.
 */
export function described<const S extends v.GenericSchema>(schema: S, description: string): S {
  const [root, ...actions] = pipeOf(schema);
  const transformation = actions.findIndex((action) => action.kind === 'transformation');
  const at = transformation < 0 ? actions.length : transformation;
  const piped: v.GenericSchema = v.pipe(
    root as v.GenericSchema,
    ...([...actions.slice(0, at), v.description(description), ...actions.slice(at)] as never[]),
  );
  return piped as S;
}

type PipeItem = v.GenericSchema | v.GenericPipeItem;

/** A schema and the actions after it, with what was piped before taken apart. */
function pipeOf(schema: PipeItem): PipeItem[] {
  if (!('pipe' in schema)) return [schema];
  const [first, ...rest] = schema.pipe as [PipeItem, ...PipeItem[]];
  return [...pipeOf(first), ...rest];
}
