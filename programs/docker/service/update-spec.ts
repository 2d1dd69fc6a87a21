/** The spec that the flags of `docker service update` make of what is there (docker/cli command/service/update.go). */
import type {
  NetworkAttachmentConfig,
  PortConfig,
  ServiceSpec,
} from '../../../drivers/swarm/services/service-spec.ts';
import type { SwarmNode } from '../../../drivers/swarm/swarm-node.ts';
import { CliError } from '../cli-error.ts';
import { splitPair, type Flags } from '../flags.ts';
import {
  containerOf,
  normalImage,
  placementOf,
  restartOf,
  spreadLabel,
  updateOf,
  words,
} from './create-spec.ts';
import { findServiceNetwork, serviceNetworks } from './service-networks.ts';
import { servicePorts } from './service-ports.ts';

export function updateSpec(asked: SwarmNode, before: ServiceSpec, flags: Flags): ServiceSpec {
  const { task } = before;
  const container = containerOf(task.container, flags);
  return {
    ...before,
    labels: changedMap(before.labels, flags, 'label'),
    task: {
      container: {
        ...container,
        image: flags.has('image') ? normalImage(flags.string('image')) : container.image,
        args: flags.has('args') ? words(flags.string('args')) : container.args,
        labels: changedMap(container.labels, flags, 'container-label'),
        env: changedEnvironment(container.env, flags),
        hosts: changedList(container.hosts, flags, 'host'),
        dns: changedList(container.dns, flags, 'dns'),
        dnsSearch: changedList(container.dnsSearch, flags, 'dns-search'),
        dnsOptions: changedList(container.dnsOptions, flags, 'dns-option'),
        sysctls: changedMap(container.sysctls, flags, 'sysctl'),
        capAdd: [...container.capAdd, ...flags.list('cap-add')],
      },
      restart: restartOf(task.restart, flags),
      placement: placementOf(
        {
          ...task.placement,
          constraints: changedList(task.placement.constraints, flags, 'constraint'),
          spreadOver: changedSpread(task.placement.spreadOver, flags),
        },
        flags,
      ),
      networks: changedNetworks(asked, task.networks, flags),
      forceUpdate: task.forceUpdate + (flags.bool('force') ? 1 : 0),
    },
    replicas: changedReplicas(before, flags),
    update: updateOf(before.update, flags, 'update'),
    rollback: updateOf(before.rollback, flags, 'rollback'),
    endpoint: {
      mode: flags.string('endpoint-mode', before.endpoint.mode) === 'dnsrr' ? 'dnsrr' : 'vip',
      ports: changedPorts(before.endpoint.ports, flags),
    },
  };
}

function changedReplicas({ replicas }: ServiceSpec, flags: Flags): number | null {
  if (!flags.has('replicas')) return replicas;
  if (replicas === null) throw new CliError('replicas can only be used with replicated mode');
  return flags.int('replicas', replicas);
}

function changedMap(
  before: Readonly<Record<string, string>>,
  flags: Flags,
  name: string,
): Record<string, string> {
  const kept = Object.entries(before).filter(([key]) => !flags.list(`${name}-rm`).includes(key));
  return Object.fromEntries([...kept, ...flags.pairs(`${name}-add`)]);
}

function changedList(before: readonly string[], flags: Flags, name: string): string[] {
  const kept = before.filter((each) => !flags.list(`${name}-rm`).includes(each));
  return [...kept, ...flags.list(`${name}-add`)];
}

function changedEnvironment(before: readonly string[], flags: Flags): string[] {
  const gone = [...flags.list('env-rm'), ...flags.list('env-add').map((text) => splitPair(text)[0])];
  return [...before.filter((text) => !gone.includes(splitPair(text)[0])), ...flags.list('env-add')];
}

function changedSpread(before: readonly string[], flags: Flags): string[] {
  const gone = flags.list('placement-pref-rm').map(spreadLabel);
  const kept = before.filter((label) => !gone.includes(label));
  return [...kept, ...flags.list('placement-pref-add').map(spreadLabel)];
}

function changedNetworks(
  asked: SwarmNode,
  before: readonly NetworkAttachmentConfig[],
  flags: Flags,
): NetworkAttachmentConfig[] {
  const gone = flags.list('network-rm').map((name) => findServiceNetwork(asked, name));
  const kept = before.filter(({ target }) => !gone.includes(target));
  const added = serviceNetworks(asked, flags.list('network-add'));
  for (const { target } of added) {
    if (!kept.some((each) => each.target === target)) continue;
    const name = asked.cluster.networks.get(target)!.spec.name;
    throw new CliError(`service is already attached to network ${name}`);
  }
  return [...kept, ...added].sort((a, b) => (a.target < b.target ? -1 : 1));
}

/** `--publish-rm` names target ports: `80`, `53/udp`. */
function changedPorts(before: readonly PortConfig[], flags: Flags): PortConfig[] {
  const removed = flags.list('publish-rm').map((text) => {
    const [port = '', protocol = 'tcp'] = text.split('/');
    return { port: Number(port.split(':').at(-1)), protocol };
  });
  const kept = before.filter(
    ({ targetPort, protocol }) =>
      !removed.some((each) => each.port === targetPort && each.protocol === protocol),
  );
  const added = servicePorts(flags.list('publish-add'));
  const isSame = (a: PortConfig, b: PortConfig) => JSON.stringify(a) === JSON.stringify(b);
  return [...kept.filter((port) => !added.some((each) => isSame(port, each))), ...added];
}
