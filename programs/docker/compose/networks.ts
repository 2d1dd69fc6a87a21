/** The networks of a project, made and taken away (docker/compose pkg/compose/create.go, down.go). */
import type { Process } from '../../../core/host/process.ts';
import { DockerError } from '../../../drivers/docker-error.ts';
import type { Engine } from '../../../drivers/engine/engine.ts';
import { CliError } from '../cli-error.ts';
import { complaintOf } from '../each-operand.ts';
import { NETWORK_LABEL, PROJECT_LABEL, networkLabels } from './labels.ts';
import { logWarning } from './load-project.ts';
import { networkSpec } from './network-spec.ts';
import { progress } from './progress.ts';
import { usedNetworks, type ComposeProject, type ProjectNetwork } from './project.ts';

export function ensureNetworks(proc: Process, engine: Engine, project: ComposeProject): void {
  for (const [key, network] of usedNetworks(project)) {
    if (network.external) requireExternal(engine, network);
    else ensureNetwork(proc, engine, project, key, network);
  }
}

/** On a node of a swarm the network may be one that this node does not have yet: then connecting tells. */
function requireExternal(engine: Engine, { name }: ProjectNetwork): void {
  if (engine.networks.find(name) !== undefined || engine.swarm !== null) return;
  throw new CliError(`network ${name} declared as external, but could not be found`);
}

function ensureNetwork(
  proc: Process,
  engine: Engine,
  project: ComposeProject,
  key: string,
  network: ProjectNetwork,
): void {
  const { name } = network;
  const existing = engine.networks.findByName(name);
  if (existing !== undefined) {
    checkOwner(proc, existing.spec.labels, project.name, key, name);
    return;
  }
  progress(proc, `Network ${name}`, 'Creating');
  try {
    engine.networks.create(networkSpec(name, network, networkLabels(project.name, key)));
  } catch (error) {
    if (!(error instanceof DockerError)) throw error;
    progress(proc, `Network ${name}`, 'Error');
    throw new CliError(`failed to create network ${name}: ${complaintOf(error)}`);
  }
  progress(proc, `Network ${name}`, 'Created');
}

function checkOwner(
  proc: Process,
  labels: ReadonlyMap<string, string>,
  project: string,
  key: string,
  name: string,
): void {
  const owner = labels.get(PROJECT_LABEL);
  if (owner === undefined) {
    logWarning(
      proc,
      `a network with name ${name} exists but was not created by compose.\nSet \`external: true\` to use an existing network`,
    );
    return;
  }
  if (owner !== project) {
    logWarning(
      proc,
      `a network with name ${name} exists but was not created for project "${project}".\nSet \`external: true\` to use an existing network`,
    );
    return;
  }
  const label = labels.get(NETWORK_LABEL) ?? '';
  if (label === key) return;
  throw new CliError(
    `network ${name} was found but has incorrect label ${NETWORK_LABEL} set to "${label}" (expected: "${key}")`,
  );
}

/** Networks that carry the project's label; those that others are on stay. True when there was any. */
export function removeNetworks(proc: Process, engine: Engine, project: string): boolean {
  const own = engine.networks.list().filter(({ spec }) => spec.labels.get(PROJECT_LABEL) === project);
  for (const network of own) {
    const what = `Network ${network.name}`;
    progress(proc, what, 'Removing');
    if (network.endpoints.size > 0) {
      progress(proc, what, 'Resource is still in use');
      continue;
    }
    try {
      engine.networks.remove(network.id);
    } catch (error) {
      if (!(error instanceof DockerError)) throw error;
      progress(proc, what, 'Error');
      throw new CliError(`failed to remove network ${network.name}: ${complaintOf(error)}`);
    }
    progress(proc, what, 'Removed');
  }
  return own.length > 0;
}
