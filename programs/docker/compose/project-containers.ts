/** The containers of a project, made to fit its files (docker/compose pkg/compose/convergence.go). */
import type { Process } from '../../../core/host/process.ts';
import type { Container } from '../../../drivers/container/container.ts';
import { startContainer, stopContainer } from '../../../drivers/container/lifecycle.ts';
import type { Engine } from '../../../drivers/engine/engine.ts';
import { FormatError } from '../../compose-file/schema/format-error.ts';
import type { Dependency, Service } from '../../compose-file/schema/service.ts';
import type { Run } from '../../line-input.ts';
import { CliError } from '../cli-error.ts';
import {
  CONFIG_HASH_LABEL,
  configHash,
  containerLabels,
  numberOf,
  projectContainers,
  serviceOf,
} from './labels.ts';
import { logWarning } from './load-project.ts';
import { progress } from './progress.ts';
import type { ComposeProject } from './project.ts';
import { createServiceContainer, type ServiceNames } from './service-container.ts';
import { serviceOrder, serviceWaves } from './service-order.ts';
import { together } from './together.ts';

/** How often Compose looks whether a dependency is where it must be. */
const POLL_NS = 500_000_000;

export interface ConvergeOptions {
  readonly recreate: 'changed' | 'always' | 'never';
  /** Containers of a service, where the command says so. */
  readonly scale: ReadonlyMap<string, number>;
  readonly timeoutS: number | null;
}

/** Who does what, on which engine. */
export interface ComposeWork {
  readonly proc: Process;
  readonly engine: Engine;
  readonly project: ComposeProject;
}

/** As many containers of every service as there must be, none of them out of date; those made are not started. */
export function* converge(work: ComposeWork, options: ConvergeOptions): Run<void> {
  for (const key of serviceOrder(work.project.services)) yield* convergeService(work, key, options);
}

function* convergeService(work: ComposeWork, key: string, options: ConvergeOptions): Run<void> {
  const { proc, engine, project } = work;
  const service = project.services[key]!;
  const expected = options.scale.get(key) ?? service.scale;
  if (expected > 1 && service.containerName !== undefined) {
    throw new CliError(
      `WARNING: The "${key}" service is using the custom container name "${service.containerName}". Docker requires each container to have a unique name. Remove the custom name to scale the service.\n`,
    );
  }
  const existing = containersOf(engine, project.name, key).sort((a, b) => numberOf(a) - numberOf(b));
  yield* together(
    proc,
    existing.slice(expected).map((container) => stopAndRemove(work, container, options.timeoutS)),
  );
  for (const container of existing.slice(0, expected)) {
    if (mustRecreate(container, service, options)) yield* recreate(work, key, container, options.timeoutS);
    else if (container.isRunning) progress(proc, `Container ${container.name}`, 'Running');
    else if (container.state.status === 'exited') progress(proc, `Container ${container.name}`, 'Created');
  }
  const next = Math.max(0, ...existing.map(numberOf)) + 1;
  for (let i = 0; i < expected - existing.length; i++) create(work, key, next + i);
}

function mustRecreate(container: Container, service: Service, { recreate: when }: ConvergeOptions): boolean {
  if (when !== 'changed') return when === 'always';
  return container.config.labels.get(CONFIG_HASH_LABEL) !== configHash(service);
}

function create(work: ComposeWork, key: string, number: number): Container {
  const { proc, project } = work;
  const name = containerName(project, key, number);
  progress(proc, `Container ${name}`, 'Creating');
  const container = createNumbered(work, key, number);
  progress(proc, `Container ${name}`, 'Created');
  return container;
}

function* recreate(work: ComposeWork, key: string, replaced: Container, timeoutS: number | null): Run<void> {
  const { proc, engine } = work;
  const what = `Container ${replaced.name}`;
  progress(proc, what, 'Recreate');
  yield* stopContainer(engine, proc, replaced, timeoutS);
  engine.containers.remove(replaced, true);
  createNumbered(work, key, numberOf(replaced));
  progress(proc, what, 'Recreated');
}

function createNumbered(work: ComposeWork, key: string, number: number): Container {
  const { project } = work;
  const service = project.services[key]!;
  return createFor(work, key, service, {
    ...serviceNames(work, service),
    container: containerName(project, key, number),
    aliases: [containerName(project, key, number), key],
    labels: containerLabels(project, key, service, { number, oneOff: false }),
  });
}

/** Creates a container, warnings and what cannot be done told as Compose tells them. */
export function createFor(
  { proc, engine }: ComposeWork,
  key: string,
  service: Service,
  names: ServiceNames,
  autoRemove = false,
): Container {
  try {
    const { container, warnings } = createServiceContainer(engine, service, names, {
      variable: (name) => proc.environment.get(name),
      autoRemove,
    });
    for (const warning of warnings) proc.printError(` ${key} ${warning} \n`);
    return container;
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new CliError(`service "${key}": ${error.message}; ${error.hint ?? ''}`);
  }
}

/** What the names in a service's description stand for. */
export function serviceNames(
  { engine, project }: ComposeWork,
  service: Service,
): Pick<ServiceNames, 'networkName' | 'containerOf' | 'links'> {
  return {
    networkName: (key) => project.networks[key]!.name,
    containerOf: (key) => {
      const [first] = containersOf(engine, project.name, key);
      if (first === undefined)
        throw new CliError(`cannot share network namespace with service ${key}: container missing`);
      return first.id;
    },
    links: linksOf(engine, project, service),
  };
}

/** Each container of the other service under the link's name, `SERVICE-N` and `PROJECT-SERVICE-N` (getLinks). */
function linksOf(engine: Engine, project: ComposeProject, service: Service): string[] {
  const links = service.links.flatMap(({ target, alias = target }) =>
    containersOf(engine, project.name, target).flatMap((container) => {
      const numbered = `${target}-${numberOf(container)}`;
      return [alias, numbered, `${project.name}-${numbered}`].map((name) => `${container.name}:${name}`);
    }),
  );
  const external = service.externalLinks.map(({ target, alias = target }) => `${target}:${alias}`);
  return [...links, ...external];
}

export function containersOf(engine: Engine, project: string, key: string): Container[] {
  return projectContainers(engine, project).filter((container) => serviceOf(container) === key);
}

function containerName(project: ComposeProject, key: string, number: number): string {
  return project.services[key]!.containerName ?? `${project.name}-${key}-${number}`;
}

/** Starts what does not run, each service once those it depends on are where they must be. */
export function* startServices(work: ComposeWork, scale: ReadonlyMap<string, number> = new Map()): Run<void> {
  const { proc, engine, project } = work;
  for (const key of serviceOrder(project.services)) {
    const service = project.services[key]!;
    if ((scale.get(key) ?? service.scale) === 0) continue;
    yield* together(
      proc,
      service.dependsOn.map((dependency) => waitFor(work, key, dependency)),
    );
    const containers = containersOf(engine, project.name, key);
    if (containers.length === 0) throw new CliError(`service "${key}" has no container to start`);
    for (const container of containers) {
      if (container.isRunning) continue;
      progress(proc, `Container ${container.name}`, 'Starting');
      startContainer(engine, container);
      progress(proc, `Container ${container.name}`, 'Started');
    }
  }
}

/** Not modelled: healthchecks; a service does not wait for another to be healthy, which a warning says. */
function* waitFor(work: ComposeWork, key: string, { service, condition }: Dependency): Run<void> {
  const { proc, engine, project } = work;
  if (condition === 'service_started' || !Object.hasOwn(project.services, service)) return;
  if (condition === 'service_healthy') {
    logWarning(proc, `healthchecks are not modelled: ${key} does not wait for ${service} to be healthy`);
    return;
  }
  const containers = containersOf(engine, project.name, service);
  const each = (status: string) => {
    for (const { name } of containers) progress(proc, `Container ${name}`, status);
  };
  each('Waiting');
  for (;;) {
    yield* proc.sleep(POLL_NS);
    const ended = containers.find(({ state }) => state.status === 'exited');
    if (ended === undefined) continue;
    const { exitCode } = ended.state;
    if (exitCode === 0) return each('Exited');
    const text = `service "${service}" didn't complete successfully: exit ${exitCode}`;
    each(text);
    throw new CliError(text);
  }
}

/** Stops containers, those first that others do not depend on. */
export function* stopServices(
  work: ComposeWork,
  containers: readonly Container[],
  timeoutS: number | null,
): Run<void> {
  yield* inReverseOrder(work, containers, (container) => stop(work, container, timeoutS));
}

export function* removeServices(
  work: ComposeWork,
  containers: readonly Container[],
  timeoutS: number | null,
): Run<void> {
  yield* inReverseOrder(work, containers, (container) => stopAndRemove(work, container, timeoutS));
}

function* inReverseOrder(
  { proc, project }: ComposeWork,
  containers: readonly Container[],
  action: (container: Container) => Run<void>,
): Run<void> {
  const known = project.services;
  const orphans = containers.filter((container) => !Object.hasOwn(known, serviceOf(container)));
  const waves = serviceWaves(known).map((wave) =>
    containers.filter((container) => wave.includes(serviceOf(container))),
  );
  for (const wave of [...waves.reverse(), orphans]) yield* together(proc, wave.map(action));
}

function* stop({ proc, engine }: ComposeWork, container: Container, timeoutS: number | null): Run<void> {
  progress(proc, `Container ${container.name}`, 'Stopping');
  yield* stopContainer(engine, proc, container, timeoutS);
  progress(proc, `Container ${container.name}`, 'Stopped');
}

function* stopAndRemove(work: ComposeWork, container: Container, timeoutS: number | null): Run<void> {
  yield* stop(work, container, timeoutS);
  remove(work, container);
}

export function remove({ proc, engine }: ComposeWork, container: Container): void {
  progress(proc, `Container ${container.name}`, 'Removing');
  engine.containers.remove(container, true);
  progress(proc, `Container ${container.name}`, 'Removed');
}
