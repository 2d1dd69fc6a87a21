import { FormatError } from '../../programs/compose-file/schema/format-error.ts';
import { splitAssignment } from '../load/value-path.ts';
import { splitValues } from './split-values.ts';

/** What a sweep varies. */
export interface Parameter {
  /** Heads its column: a path into the file, as `--set` has it, or a name that stands in braces in assignments. */
  readonly name: string;
  /** Its values are put in place of `{name}` in the assignments; without it they are assigned to the path `name`. */
  readonly inBraces: boolean;
  /** As written, units included. */
  readonly values: readonly string[];
}

/** Reads `PATH=V1,V2`. A name that `assignments` hold in braces is not a path. Throws a FormatError. */
export function parseParameter(text: string, assignments: readonly string[]): Parameter {
  const parts = splitAssignment(text);
  if (parts === null) {
    throw new FormatError(`"${text}" is not PATH=V1,V2`, 'write --vary links.wire.loss=0,0.1%,1%');
  }
  const { path: name, value } = parts;
  const inBraces = assignments.some((assignment) => assignment.includes(`{${name}}`));
  return { name, inBraces, values: splitValues(value) };
}
