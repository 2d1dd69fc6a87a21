import type { Container } from '../../../drivers/container/container.ts';
import { startContainer } from '../../../drivers/container/lifecycle.ts';
import type { Run } from '../../line-input.ts';
import type { Service } from '../../compose-file/schema/service.ts';
import { parseShortPort } from '../../compose-file/schema/ports.ts';
import { attachContainer, followOutput } from '../container/attach-container.ts';
import { atLeast, type DockerCommand } from '../docker-command.ts';
import { splitPair, type Flags } from '../flags.ts';
import { containerLabels } from './labels.ts';
import { ensureNetworks } from './networks.ts';
import { converge, createFor, serviceNames, startServices, type ComposeWork } from './project-containers.ts';
import { selectServices } from './project.ts';
import { dependenciesOf } from './service-order.ts';
import { fileWork } from './work.ts';

export const run: DockerCommand = {
  names: ['run'],
  usage: '[OPTIONS] SERVICE [COMMAND] [ARGS...]',
  summary: 'Run a one-off command on a service',
  flags: [
    { name: 'build', kind: 'bool' },
    { name: 'detach', short: 'd', kind: 'bool', usage: 'Run container in background and print container ID' },
    { name: 'entrypoint', kind: 'string', usage: 'Override the entrypoint of the image' },
    { name: 'env', short: 'e', kind: 'list', usage: 'Set environment variables' },
    { name: 'interactive', short: 'i', kind: 'bool', usage: 'Keep STDIN open even if not attached' },
    { name: 'label', short: 'l', kind: 'list', usage: 'Add or override a label' },
    { name: 'name', kind: 'string', usage: 'Assign a name to the container' },
    { name: 'no-TTY', short: 'T', kind: 'bool', usage: 'Disable pseudo-TTY allocation' },
    { name: 'no-deps', kind: 'bool', usage: "Don't start linked services" },
    { name: 'publish', short: 'p', kind: 'list', usage: "Publish a container's port(s) to the host" },
    { name: 'quiet-pull', kind: 'bool' },
    { name: 'rm', kind: 'bool', usage: 'Automatically remove the container when it exits' },
    {
      name: 'service-ports',
      short: 'P',
      kind: 'bool',
      usage: "Run command with all service's ports enabled and mapped to the host",
    },
    {
      name: 'use-aliases',
      kind: 'bool',
      usage: "Use the service's network useAliases in the network(s) the container connects to",
    },
    { name: 'user', short: 'u', kind: 'string', usage: 'Run as specified username or uid' },
    { name: 'workdir', short: 'w', kind: 'string', usage: 'Working directory inside the container' },
  ],
  interspersed: false,
  operands: atLeast(1),
  *run(context) {
    const { proc, engine, flags, operands } = context;
    const [key = '', ...command] = operands;
    const all = fileWork(context, [key]);
    const withDependencies = !flags.bool('no-deps');
    ensureNetworks(proc, engine, selectServices(all.project, [key], withDependencies));
    if (withDependencies) yield* startDependencies(all, key);
    const container = createOneOff(all, key, command, flags);
    const detached = flags.bool('detach');
    if (detached) proc.print(`${container.id}\n`);
    else followOutput(proc, container);
    startContainer(engine, container);
    if (detached) return 0;
    return yield* attachContainer(proc, engine, container, {
      stdin: flags.bool('interactive', true),
      proxySignals: true,
    });
  },
};

function* startDependencies(all: ComposeWork, key: string): Run<void> {
  const needed = dependenciesOf(all.project.services[key]!);
  if (needed.length === 0) return;
  const work = { ...all, project: selectServices(all.project, needed) };
  yield* converge(work, { recreate: 'changed', scale: new Map(), timeoutS: null });
  yield* startServices(work);
}

/** A container beside the service's own: without its ports and its name on the networks, unless asked for. */
function createOneOff(work: ComposeWork, key: string, command: readonly string[], flags: Flags): Container {
  const { engine, project } = work;
  const service = oneOffService(project.services[key]!, command, flags);
  const id = engine.random('compose-run').hex(12);
  const container = flags.string('name') || `${project.name}-${key}-run-${id}`;
  const labels = containerLabels(project, key, service, { number: 1, oneOff: true });
  for (const [name, value] of flags.pairs('label')) labels.set(name, value);
  return createFor(
    work,
    key,
    service,
    {
      ...serviceNames(work, service),
      container,
      aliases: flags.bool('use-aliases') ? [container, key] : [container],
      labels,
    },
    flags.bool('rm'),
  );
}

function oneOffService(service: Service, command: readonly string[], flags: Flags): Service {
  const published = flags.list('publish').flatMap(parseShortPort);
  const environment = flags.list('env').map((text): [string, string | null] => {
    const [name, value] = splitPair(text);
    return [name, text.includes('=') ? value : null];
  });
  const withoutAliases = Object.entries(service.networks ?? {}).map(([network, attachment]) => [
    network,
    flags.bool('use-aliases') ? attachment : { ...attachment, aliases: [] },
  ]);
  return {
    ...service,
    networks: service.networks === undefined ? undefined : Object.fromEntries(withoutAliases),
    command: command.length > 0 ? [...command] : service.command,
    entrypoint: flags.has('entrypoint') ? flags.string('entrypoint') : service.entrypoint,
    environment: { ...service.environment, ...Object.fromEntries(environment) },
    ports: [...(flags.bool('service-ports') ? service.ports : []), ...published],
    restart: 'no',
    stdinOpen: true,
    tty: false,
    user: flags.string('user', service.user),
    workingDirectory: flags.string('workdir', service.workingDirectory),
  };
}
