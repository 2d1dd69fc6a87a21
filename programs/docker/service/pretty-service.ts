/** `docker service inspect --pretty` (docker/cli command/service/formatter.go). */
import type { Cluster } from '../../../drivers/swarm/cluster.ts';
import type { Service } from '../../../drivers/swarm/services/service.ts';
import type { UpdateConfig } from '../../../drivers/swarm/services/service-spec.ts';
import { humanDuration } from '../format/human-duration.ts';

export function prettyService(cluster: Cluster, service: Service): string {
  const { spec, updateStatus } = service;
  const { container, networks, placement } = spec.task;
  const lines = ['', `ID:\t\t${service.id}`, `Name:\t\t${spec.name}`];
  const labels = Object.entries(spec.labels);
  if (labels.length > 0) lines.push('Labels:', ...labels.map(([key, value]) => ` ${key}=${value}`));
  lines.push(`Service Mode:\t${spec.replicas === null ? 'Global' : 'Replicated'}`);
  if (spec.replicas !== null) lines.push(` Replicas:\t${spec.replicas}`);
  if (updateStatus !== null) {
    lines.push('UpdateStatus:', ` State:\t\t${updateStatus.state}`);
    lines.push(` Started:\t${ago(cluster, updateStatus.startedNs)}`);
    if (updateStatus.completedNs !== null)
      lines.push(` Completed:\t${ago(cluster, updateStatus.completedNs)}`);
    lines.push(` Message:\t${updateStatus.message}`);
  }
  lines.push('Placement:');
  if (placement.constraints.length > 0) lines.push(` Constraints:\t[${placement.constraints.join(' ')}]`);
  if (placement.maxReplicas > 0) lines.push(` Max Replicas Per Node:   ${placement.maxReplicas}`);
  lines.push(...updateLines('UpdateConfig', 'update', spec.update));
  lines.push(...updateLines('RollbackConfig', 'rollback', spec.rollback));
  lines.push('ContainerSpec:', ` Image:\t\t${container.image}`);
  if (container.args.length > 0) lines.push(` Args:\t\t${container.args.join(' ')} `);
  if (container.env.length > 0) lines.push(` Env:\t\t${container.env.join(' ')} `);
  lines.push(` Init:\t\t${container.init}`, 'Resources:');
  if (networks.length > 0) {
    const names = networks.map(({ target }) => cluster.networks.get(target)?.spec.name ?? target);
    lines.push(`Networks: ${names.join(' ')} `);
  }
  lines.push(`Endpoint Mode:\t${spec.endpoint.mode}`);
  if (service.ports.length > 0) {
    lines.push('Ports:');
    for (const port of service.ports) {
      lines.push(` PublishedPort = ${port.publishedPort}`, `  Protocol = ${port.protocol}`);
      lines.push(`  TargetPort = ${port.targetPort}`, `  PublishMode = ${port.publishMode}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

function updateLines(title: string, kind: 'update' | 'rollback', config: UpdateConfig): string[] {
  const lines = [`${title}:`, ` Parallelism:\t${config.parallelism}`];
  if (config.delayNs > 0) lines.push(` Delay:\t\t${config.delayNs / 1e9}s`);
  lines.push(` On failure:\t${config.failureAction}`, ` Monitoring Period: ${config.monitorNs / 1e9}s`);
  const order = kind === 'update' ? 'Update order' : 'Rollback order';
  return [...lines, ` Max failure ratio: ${config.maxFailureRatio}`, ` ${order}:      ${config.order}`];
}

function ago({ sim }: Cluster, timeNs: number): string {
  return `${humanDuration(sim.nowNs - timeNs).toLowerCase()} ago`;
}
