import * as v from 'valibot';
import type { Container } from '../../../drivers/container/container.ts';
import type { Engine } from '../../../drivers/engine/engine.ts';
import { serviceSchema } from '../../compose-file/schema/service.ts';
import { CliError } from '../cli-error.ts';
import type { DockerContext } from '../docker-command.ts';
import type { FlagSpec, Flags } from '../flags.ts';
import { DEPENDENCIES_LABEL, projectContainers, serviceOf } from './labels.ts';
import { loadProject, projectOrName } from './load-project.ts';
import type { ComposeWork } from './project-containers.ts';
import type { ComposeProject } from './project.ts';

/** Work on the project of the files at hand. */
export function fileWork(context: DockerContext, named: readonly string[] = []): ComposeWork {
  const { proc, engine } = context;
  return { proc, engine, project: loadProject(context, named) };
}

/** Work on a project that is there already: by its files or, with `-p NAME` alone, by its containers' labels. */
export function runningWork(context: DockerContext): ComposeWork {
  const { proc, engine } = context;
  const { name, project } = projectOrName(context);
  return { proc, engine, project: project ?? projectFromLabels(engine, name) };
}

function projectFromLabels(engine: Engine, name: string): ComposeProject {
  const services: Record<string, v.InferOutput<typeof serviceSchema>> = {};
  for (const container of projectContainers(engine, name)) {
    const label = container.config.labels.get(DEPENDENCIES_LABEL) ?? '';
    const depends_on = label
      .split(',')
      .filter((text) => text !== '')
      .map((text) => text.split(':')[0]!);
    services[serviceOf(container)] ??= v.parse(serviceSchema, { depends_on });
  }
  return { name, workingDirectory: '', configFiles: [], services, networks: {}, data: {} };
}

/** The project's containers, or those of the services named. Complains about a service that is not there. */
export function chosenContainers({ engine, project }: ComposeWork, services: readonly string[]): Container[] {
  for (const key of services) {
    if (!Object.hasOwn(project.services, key)) throw new CliError(`no such service: ${key}`);
  }
  return projectContainers(engine, project.name).filter(
    (container) => services.length === 0 || services.includes(serviceOf(container)),
  );
}

export const TIMEOUT_FLAG: FlagSpec = {
  name: 'timeout',
  short: 't',
  kind: 'int',
  usage: 'Specify a shutdown timeout in seconds',
};

/** Seconds before a container that does not stop is killed; null for its own. */
export function timeoutOf(flags: Flags): number | null {
  return flags.has('timeout') ? flags.int('timeout', 10) : null;
}
