import { FormatError } from './schema/format-error.ts';
import { composeFileSchema } from './schema/compose-file.ts';
import type { Network } from './schema/network.ts';
import type { Service } from './schema/service.ts';
import { interpolateSections, type Variables } from './interpolate.ts';
import { FileError, type Problem } from './problem.ts';
import { validateForm } from './validate-form.ts';
import { YamlSource } from './yaml-source.ts';

/** A Compose file, its short forms made long. Records keep the order of the file. */
export interface ComposeFile {
  /** The file's `name` key; undefined when it has none. */
  readonly name: string | undefined;
  readonly networks: Readonly<Record<string, Network>>;
  readonly services: Readonly<Record<string, Service>>;
  /** Variables that stand in the file and have no value, in the order in which they were met. */
  readonly unsetVariables: readonly string[];
  /** Where each value stands in the file, for problems that show later. */
  readonly source: YamlSource;
}

/**
 * Reads a Compose file; `file` names it in messages, `variables` are what ${NAME} stands for. Throws a FileError
 * with every mistake in its form. References between its parts are left unchecked: the commands that use it
 * complain about those in words of their own.
 */
export function loadComposeFile(text: string, file: string, variables: Variables): ComposeFile {
  const source = new YamlSource(text, file);
  const problems: Problem[] = [];
  const unset = new Set<string>();
  const data = interpolateSections(source.toData(), variables, (path, problem) => {
    if (problem instanceof FormatError)
      problems.push(source.problem(path, problem.message, problem.hint, 'value', problem.offset));
    else unset.add(problem);
  });
  if (problems.length > 0) throw new FileError(problems);
  const { name, networks = {}, services = {} } = validateForm(composeFileSchema, data ?? {}, source);
  return { name, networks, services, unsetVariables: [...unset], source };
}
