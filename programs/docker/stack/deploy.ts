/**
 * `docker stack deploy` (docker/cli command/stack/swarm/deploy_composefile.go): the networks of a Compose file, then
 * its services; those that are there already are updated. Not modelled: secrets, configs, volumes, credential specs.
 */
import * as v from 'valibot';
import type { NetworkSpec } from '../../../drivers/network/network.ts';
import type { SwarmNode } from '../../../drivers/swarm/swarm-node.ts';
import { loadComposeFile, type ComposeFile } from '../../compose-file/load-compose-file.ts';
import { FileError } from '../../compose-file/problem.ts';
import { networkSchema, type Network } from '../../compose-file/schema/network.ts';
import { attachmentSchema, type Service } from '../../compose-file/schema/service.ts';
import { absolutePath } from '../../files.ts';
import type { Process } from '../../../core/host/process.ts';
import { CliError } from '../cli-error.ts';
import { networkSpec } from '../compose/network-spec.ts';
import { exactly, type DockerCommand } from '../docker-command.ts';
import { findServiceNetwork } from '../service/service-networks.ts';
import { requireManager } from '../swarm/require-manager.ts';
import { STACK_LABEL, stackServices } from './stack-labels.ts';
import { stackServiceSpec } from './stack-service.ts';

export const deploy: DockerCommand = {
  names: ['deploy', 'up'],
  usage: '[OPTIONS] STACK',
  summary: 'Deploy a new stack or update an existing stack',
  flags: [
    { name: 'compose-file', short: 'c', kind: 'list', type: 'strings', usage: 'Path to a Compose file' },
    { name: 'prune', kind: 'bool', usage: 'Prune services that are no longer referenced' },
    { name: 'resolve-image', kind: 'string', usage: 'Query the registry to resolve image digest' },
    { name: 'with-registry-auth', kind: 'bool', usage: 'Send registry authentication details to agents' },
    { name: 'orchestrator', kind: 'string' },
  ],
  operands: exactly(1),
  *run({ proc, engine, flags, operands }) {
    const [stack = ''] = operands;
    if (!flags.has('compose-file')) throw new CliError('Please specify a Compose file (with --compose-file)');
    const file = readFile(proc, flags.list('compose-file'));
    const asked = requireManager(engine);
    if (flags.bool('prune')) prune(asked, proc, stack, file);
    createNetworks(asked, proc, stack, file);
    for (const [key, service] of sorted(file.services)) deployService(asked, proc, stack, file, key, service);
    return 0;
  },
};

function readFile(proc: Process, paths: readonly string[]): ComposeFile {
  const texts = paths.map((path) => {
    const text = proc.context.fileSystem.readText(absolutePath(proc, path));
    if (text === null) throw new CliError(`open ${path}: no such file or directory`);
    return { file: path, text };
  });
  try {
    return loadComposeFile(texts, Object.fromEntries(proc.environment));
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    throw new CliError(error.message);
  }
}

/** Services that are in the stack and in the file no more. */
function prune(asked: SwarmNode, proc: Process, stack: string, { services }: ComposeFile): void {
  const kept = new Set(Object.keys(services).map((key) => `${stack}_${key}`));
  for (const service of stackServices(asked, stack)) {
    if (kept.has(service.spec.name)) continue;
    proc.print(`Removing service ${service.spec.name}\n`);
    asked.cluster.services.remove(service);
  }
}

function createNetworks(asked: SwarmNode, proc: Process, stack: string, file: ComposeFile): void {
  const used = new Set(Object.values(file.services).flatMap((service) => Object.keys(networksOf(service))));
  for (const key of [...used].sort()) {
    const network = networkOf(file, key);
    const name = nameOf(stack, key, network);
    if (network.external) {
      if (asked.cluster.networks.find(name) === undefined) throw new CliError(missing(name));
      continue;
    }
    if (asked.cluster.networks.find(name) !== undefined) continue;
    proc.print(`Creating network ${name}\n`);
    const labels = new Map([[STACK_LABEL, stack]]);
    const spec: NetworkSpec = { ...networkSpec(name, network, labels), driver: network.driver ?? 'overlay' };
    asked.engine.networks.create(spec);
  }
}

function missing(name: string): string {
  return `network "${name}" is declared as external, but could not be found. You need to create a swarm-scoped network before the stack is deployed`;
}

function deployService(
  asked: SwarmNode,
  proc: Process,
  stack: string,
  file: ComposeFile,
  key: string,
  service: Service,
): void {
  const { services } = asked.cluster;
  const name = `${stack}_${key}`;
  const spec = stackServiceSpec(
    { ...service, networks: networksOf(service) },
    {
      name,
      aliases: [key],
      networkId: (network) => findServiceNetwork(asked, nameOf(stack, network, networkOf(file, network))),
      labels: { [STACK_LABEL]: stack },
      variable: (variable) => proc.environment.get(variable),
    },
  );
  const known = services.list().find((each) => each.spec.name === name);
  if (known === undefined) {
    proc.print(`Creating service ${name}\n`);
    services.create(spec);
    return;
  }
  proc.print(`Updating service ${name} (id: ${known.id})\n`);
  const { forceUpdate } = known.spec.task;
  services.update(known, { ...spec, task: { ...spec.task, forceUpdate } });
}

/** A service without networks is on the stack's default network. */
function networksOf(service: Service): NonNullable<Service['networks']> {
  return service.networks ?? { default: v.parse(attachmentSchema, null) };
}

function networkOf({ networks }: ComposeFile, key: string): Network {
  const network = networks[key];
  if (network !== undefined) return network;
  if (key === 'default') return v.parse(networkSchema, null);
  throw new CliError(`undefined network "${key}"`);
}

function nameOf(stack: string, key: string, network: Network): string {
  return network.name ?? (network.external ? key : `${stack}_${key}`);
}

function sorted<T>(record: Readonly<Record<string, T>>): [string, T][] {
  return Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
}
