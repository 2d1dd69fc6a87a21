import * as v from 'valibot';

/** Reads a file of a folder by its name there; null: there is none. */
export type ReadFile = (name: string) => string | null;

/** A folder that is no run and no sweep, or whose files are not what they should be. */
export class ReportError extends Error {
  override readonly name = 'ReportError';
}

/** The document that a JSON file holds, checked; null: there is no such file. Throws a ReportError. */
export function readDocument<T extends v.GenericSchema>(
  read: ReadFile,
  name: string,
  schema: T,
): v.InferOutput<T> | null {
  const text = read(name);
  if (text === null) return null;
  const result = v.safeParse(schema, parseJson(text, name));
  if (result.success) return result.output;
  const [issue] = result.issues;
  const path = issue.path?.map(({ key }) => String(key)).join('.') ?? '';
  throw new ReportError(`${name}: not one of this version of Dockwire: ${path}: ${issue.message}`);
}

/** The text of a file that must be there. Throws a ReportError. */
export function readNeeded(read: ReadFile, name: string): string {
  const text = read(name);
  if (text === null) throw new ReportError(`no ${name} is there: the run or sweep did not come to its end`);
  return text;
}

function parseJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ReportError(`${name}: not JSON: ${(error as Error).message}`);
  }
}
