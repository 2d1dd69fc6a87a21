/**
 * Puts tasks on nodes (swarmkit manager/scheduler): on one that meets every demand and has the fewest tasks of the
 * service, then the fewest of all. Of equals, and of the tasks that are scheduled together, swarmkit takes any: here
 * a random stream does.
 * Not modelled: resources, plugins, platforms of images; failures of a service on a node count for nothing.
 */
import type { ClusterMember } from '../cluster.ts';
import type { ClusterServices } from './cluster-services.ts';
import { meetsConstraints, parseConstraints } from './constraint.ts';
import { isAlive, type Service, type Task } from './service.ts';
import { isBefore } from './task-state.ts';

interface Filter {
  readonly explain: (nodes: number) => string;
  readonly accepts: (member: ClusterMember) => boolean;
}

export class Scheduler {
  private readonly services: ClusterServices;

  constructor(services: ClusterServices) {
    this.services = services;
  }

  /** Schedules what waits, a service's tasks together. */
  scheduleAll(): void {
    const groups = new Map<string, Task[]>();
    for (const task of this.services.tasks.values()) {
      if (task.status.state !== 'pending' || !isAlive(task)) continue;
      const key = `${task.serviceId}/${task.specVersion}`;
      groups.set(key, [...(groups.get(key) ?? []), task]);
    }
    for (const tasks of groups.values()) {
      const service = this.services.services.get(tasks[0]!.serviceId);
      if (service !== undefined) this.scheduleGroup(service, tasks);
    }
  }

  private scheduleGroup(service: Service, tasks: readonly Task[]): void {
    const { services } = this;
    const random = services.cluster.random('scheduler');
    const members = random.shuffled([...services.cluster.members.values()]);
    for (const task of random.shuffled(tasks)) {
      const filters = this.filters(service, task);
      const suitable = members.filter((member) => filters.every(({ accepts }) => accepts(member)));
      const preset = task.nodeId === '' ? suitable : suitable.filter(({ id }) => id === task.nodeId);
      const best = this.leastBusy(service, task, preset);
      if (best === undefined) this.explain(task, members, filters);
      else services.assign(task, best);
    }
  }

  private filters(service: Service, task: Task): Filter[] {
    const { placement } = task.spec;
    const constraints = parseConstraints(placement.constraints);
    const hostPorts = task.ports.filter(
      ({ publishMode, publishedPort }) => publishMode === 'host' && publishedPort !== 0,
    );
    return [
      {
        explain: (nodes) => `${nodes} ${nodes === 1 ? 'node' : 'nodes'} not available for new tasks`,
        accepts: ({ status, availability }) => status === 'ready' && availability === 'active',
      },
      {
        explain: (nodes) => `scheduling constraints not satisfied on ${count(nodes)}`,
        accepts: (member) => meetsConstraints(constraints, member),
      },
      {
        explain: (nodes) => `host-mode port already in use on ${count(nodes)}`,
        accepts: (member) => !hostPorts.some((port) => this.hasHostPort(member, port)),
      },
      {
        explain: () => 'max replicas per node limit exceed',
        accepts: (member) =>
          placement.maxReplicas === 0 || this.countOf(service, member) < placement.maxReplicas,
      },
    ];
  }

  private hasHostPort(member: ClusterMember, wanted: { publishedPort: number; protocol: string }): boolean {
    return this.tasksOn(member).some((task) =>
      task.ports.some(
        ({ publishMode, publishedPort, protocol }) =>
          publishMode === 'host' && publishedPort === wanted.publishedPort && protocol === wanted.protocol,
      ),
    );
  }

  /** First evenly over the values of the labels to spread over, then over the nodes. */
  private leastBusy(
    service: Service,
    task: Task,
    members: readonly ClusterMember[],
  ): ClusterMember | undefined {
    let candidates = members;
    for (const label of task.spec.placement.spreadOver) {
      const valueOf = (member: ClusterMember) => labelOf(member, label);
      const load = new Map<string, number>();
      for (const member of candidates) {
        load.set(valueOf(member), (load.get(valueOf(member)) ?? 0) + this.countOf(service, member));
      }
      const least = Math.min(...load.values());
      const value = [...load].find(([, tasks]) => tasks === least)?.[0];
      candidates = candidates.filter((member) => valueOf(member) === value);
    }
    return [...candidates].sort(
      (a, b) => this.countOf(service, a) - this.countOf(service, b) || this.totalOn(a) - this.totalOn(b),
    )[0];
  }

  private countOf(service: Service, member: ClusterMember): number {
    return this.tasksOn(member).filter(({ serviceId }) => serviceId === service.id).length;
  }

  /** Containers of a person's on networks of the swarm are tasks too. */
  private totalOn(member: ClusterMember): number {
    return this.tasksOn(member).length + (member.node?.attachedContainers ?? 0);
  }

  /** Those that it has or is about to have; a task of a global service is bound to its node before that. */
  private tasksOn(member: ClusterMember): Task[] {
    return [...this.services.tasks.values()].filter(
      (task) => task.nodeId === member.id && isAlive(task) && !isBefore(task.status.state, 'assigned'),
    );
  }

  /** `no suitable node (scheduling constraints not satisfied on 2 nodes)` */
  private explain(task: Task, members: readonly ClusterMember[], filters: readonly Filter[]): void {
    const reasons = filters
      .map((filter, i) => {
        const refused = members.filter(
          (member) => !filter.accepts(member) && filters.slice(0, i).every(({ accepts }) => accepts(member)),
        );
        return { text: filter.explain(refused.length), count: refused.length };
      })
      .filter(({ count }) => count > 0)
      .sort((a, b) => b.count - a.count);
    const detail = reasons.length === 0 ? '' : ` (${reasons.map(({ text }) => text).join('; ')})`;
    const error = `no suitable node${detail}`;
    if (task.status.error === error) return;
    task.status = { ...task.status, error, message: 'pending task scheduling' };
  }
}

function count(nodes: number): string {
  return `${nodes} ${nodes === 1 ? 'node' : 'nodes'}`;
}

function labelOf(member: ClusterMember, key: string): string {
  const name = key.replace(/^node\.labels\./, '');
  return member.labels.get(name) ?? '';
}
