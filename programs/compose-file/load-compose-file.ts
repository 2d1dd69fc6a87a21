import { FormatError } from './schema/format-error.ts';
import { composeFileSchema } from './schema/compose-file.ts';
import type { Network } from './schema/network.ts';
import type { Service } from './schema/service.ts';
import { interpolateSections, type Variables } from './interpolate.ts';
import { mergeComposeData } from './merge-files.ts';
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
  /** The file as it stands, variables replaced and files merged. */
  readonly data: Readonly<Record<string, unknown>>;
  /** Where each value stands in the (first) file, for problems that show later. */
  readonly source: YamlSource;
}

/** One file of a project: what it is called in messages, and its text. */
export interface ComposeText {
  readonly file: string;
  readonly text: string;
}

/**
 * Reads a Compose file, or several of which each is laid over those before; `variables` are what ${NAME} stands for.
 * Throws a FileError with every mistake in the form of the first bad file. References between the parts of a file
 * are left unchecked: the commands that use it complain about those in words of their own.
 */
export function loadComposeFile(texts: readonly ComposeText[], variables: Variables): ComposeFile {
  const unset = new Set<string>();
  const sources = texts.map(({ text, file }) => new YamlSource(text, file));
  const layers = sources.map((source) => readLayer(source, variables, unset));
  const source = sources[0]!;
  const data = layers.reduce((base, over) => mergeComposeData(base, over) as Record<string, unknown>);
  const { name, networks = {}, services = {} } = validateForm(composeFileSchema, data, source);
  return { name, networks, services, unsetVariables: [...unset], data, source };
}

/** A file's content, known to be well-formed by itself, so that mistakes are told with their place in it. */
function readLayer(source: YamlSource, variables: Variables, unset: Set<string>): Record<string, unknown> {
  const problems: Problem[] = [];
  const data = interpolateSections(source.toData() ?? {}, variables, (path, problem) => {
    if (problem instanceof FormatError)
      problems.push(source.problem(path, problem.message, problem.hint, 'value', problem.offset));
    else unset.add(problem);
  });
  if (problems.length > 0) throw new FileError(problems);
  validateForm(composeFileSchema, data, source);
  return data as Record<string, unknown>;
}
