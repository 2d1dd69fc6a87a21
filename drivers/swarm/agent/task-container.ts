/** The container of a task (daemon/cluster/executor/container/container.go). */
import { formatIpv4 } from '../../../protocols/ipv4-address.ts';
import {
  DEFAULT_CONTAINER_CONFIG,
  DEFAULT_HOST_CONFIG,
  type ContainerSpec,
} from '../../container/container-config.ts';
import type { Container } from '../../container/container.ts';
import { DockerError } from '../../docker-error.ts';
import { NO_ENDPOINT_CONFIG, type EndpointConfig } from '../../network/endpoint.ts';
import type { Network } from '../../network/network.ts';
import type { PortBinding } from '../../ports/port-request.ts';
import type { AssignedNetwork, TaskAssignment } from '../services/task-assignment.ts';
import type { SwarmNode } from '../swarm-node.ts';
import { expandTaskTemplate, type TemplateFields } from './task-template.ts';

export const TASK_ID_LABEL = 'com.docker.swarm.task.id';

/** Makes the container of a task, on all its networks. */
export function createTaskContainer(node: SwarmNode, task: TaskAssignment): Container {
  const networks = task.networks.map((assigned) => ({ assigned, network: networkOf(node, assigned) }));
  const { engine } = node;
  const [first, ...others] = networks;
  const { container } = engine.containers.create(containerSpec(node, task, first));
  for (const { network, assigned } of others) {
    engine.containers.connect(container, network, endpointConfig(task, assigned));
  }
  return container;
}

function networkOf(node: SwarmNode, { networkId }: AssignedNetwork): Network {
  return ensureTaskNetwork(node, networkId);
}

/** Makes a network of the swarm known on the node; Docker's error when the swarm has it no more. */
export function ensureTaskNetwork(node: SwarmNode, networkId: string): Network {
  const known = node.cluster.networks.get(networkId);
  if (known === undefined) throw new DockerError('notFound', `network ${networkId} not found`);
  return node.ensureNetwork(known);
}

function endpointConfig(task: TaskAssignment, { address, prefixLength }: AssignedNetwork): EndpointConfig {
  return {
    ...NO_ENDPOINT_CONFIG,
    ipv4: formatIpv4(address),
    hasIpamConfig: true,
    task: { id: task.id, address, prefixLength },
  };
}

function containerSpec(
  node: SwarmNode,
  task: TaskAssignment,
  first: { assigned: AssignedNetwork; network: Network } | undefined,
): ContainerSpec {
  const { container } = task.spec;
  const fields = templateFields(node, task);
  return {
    name: `${task.name}.${task.id}`,
    config: {
      ...DEFAULT_CONTAINER_CONFIG,
      hostname: expandTaskTemplate(container.hostname, fields),
      user: container.user,
      tty: container.tty,
      environment: container.env.map((text) => expandTaskTemplate(text, fields)),
      command: container.args,
      entrypoint: container.command.length > 0 ? container.command : null,
      image: container.image,
      workingDirectory: container.dir,
      labels: new Map([...Object.entries(container.labels), ...systemLabels(node, task)]),
      exposedPorts: task.hostPorts.map(({ targetPort, protocol }) => `${targetPort}/${protocol}`),
      stopSignal: container.stopSignal,
      stopTimeout: Math.round(container.stopGracePeriodNs / 1e9),
    },
    hostConfig: {
      ...DEFAULT_HOST_CONFIG,
      networkMode: first?.network.name ?? 'default',
      portBindings: portBindings(task),
      dns: container.dns,
      dnsSearch: container.dnsSearch,
      dnsOptions: container.dnsOptions,
      extraHosts: container.hosts,
      sysctls: new Map(Object.entries(container.sysctls)),
      capAdd: container.capAdd,
      init: container.init,
    },
    networking: new Map(
      first === undefined ? [] : [[first.network.name, endpointConfig(task, first.assigned)]],
    ),
  };
}

function systemLabels(node: SwarmNode, task: TaskAssignment): [string, string][] {
  return [
    ['com.docker.swarm.node.id', node.nodeId],
    ['com.docker.swarm.service.id', task.serviceId],
    ['com.docker.swarm.service.name', task.serviceName],
    ['com.docker.swarm.task', ''],
    [TASK_ID_LABEL, task.id],
    ['com.docker.swarm.task.name', `${task.name}.${task.id}`],
  ];
}

function portBindings({ hostPorts }: TaskAssignment): Map<string, PortBinding[]> {
  const bindings = new Map<string, PortBinding[]>();
  for (const { targetPort, protocol, publishedPort } of hostPorts) {
    const key = `${targetPort}/${protocol}`;
    const hostPort = publishedPort === 0 ? '' : String(publishedPort);
    bindings.set(key, [...(bindings.get(key) ?? []), { hostIp: '', hostPort }]);
  }
  return bindings;
}

function templateFields(node: SwarmNode, task: TaskAssignment): TemplateFields {
  const labels = Object.entries(task.serviceLabels).map(([key, value]) => [`.Service.Labels.${key}`, value]);
  return {
    '.Service.ID': task.serviceId,
    '.Service.Name': task.serviceName,
    '.Node.ID': node.nodeId,
    '.Node.Hostname': node.member.hostname,
    '.Node.Platform.Architecture': 'x86_64',
    '.Node.Platform.OS': 'linux',
    '.Task.ID': task.id,
    '.Task.Name': `${task.name}.${task.id}`,
    // A task of a global service is numbered by its node.
    '.Task.Slot': task.slot === 0 ? node.nodeId : String(task.slot),
    ...Object.fromEntries(labels),
  };
}
