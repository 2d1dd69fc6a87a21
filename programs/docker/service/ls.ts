import type { ClusterServices } from '../../../drivers/swarm/services/cluster-services.ts';
import { isAlive, type Service } from '../../../drivers/swarm/services/service.ts';
import { ingressPorts } from '../../../drivers/swarm/services/service-spec.ts';
import { NO_OPERANDS, type DockerCommand } from '../docker-command.ts';
import { parseFilters, type Filters } from '../filters.ts';
import type { Flags } from '../flags.ts';
import type { GoStruct } from '../format/go-value.ts';
import { formatList } from '../format/list-format.ts';
import { FILTER_FLAG, formatFlag, quietFlag } from '../list-flags.ts';
import { compareNaturally } from '../natural-order.ts';
import { requireManager } from '../swarm/require-manager.ts';

const FORMAT = {
  table: '{{.ID}}\t{{.Name}}\t{{.Mode}}\t{{.Replicas}}\t{{.Image}}\t{{.Ports}}',
  quiet: '{{.ID}}',
  headers: {
    ID: 'ID',
    Name: 'NAME',
    Mode: 'MODE',
    Replicas: 'REPLICAS',
    Image: 'IMAGE',
    Ports: 'PORTS',
  },
};

export const ls: DockerCommand = {
  names: ['ls', 'list'],
  usage: '[OPTIONS]',
  summary: 'List services',
  flags: [FILTER_FLAG, formatFlag('services'), quietFlag()],
  operands: NO_OPERANDS,
  *run({ proc, engine, flags }) {
    const { services } = requireManager(engine).cluster;
    const filters = parseFilters(flags.list('filter'), ['id', 'name', 'label', 'mode']);
    const found = services.list().filter((service) => matches(service, filters));
    proc.print(serviceList(services, found, flags));
    return 0;
  },
};

/** A list of services as text, by name. */
export function serviceList(services: ClusterServices, found: readonly Service[], flags: Flags): string {
  const rows = [...found]
    .sort((a, b) => compareNaturally(a.spec.name, b.spec.name))
    .map((service) => row(services, service));
  return formatList(flags, FORMAT, rows);
}

function matches(service: Service, filters: Filters): boolean {
  const mode = service.spec.replicas === null ? 'global' : 'replicated';
  return (
    filters.contains('id', service.id) &&
    filters.contains('name', service.spec.name) &&
    filters.equals('mode', mode) &&
    filters.labels(new Map(Object.entries(service.spec.labels)))
  );
}

function row(services: ClusterServices, service: Service): GoStruct {
  const { spec } = service;
  return {
    ID: service.id.slice(0, 12),
    Name: spec.name,
    Mode: spec.replicas === null ? 'global' : 'replicated',
    Replicas: replicasText(services, service),
    Image: spec.task.container.image,
    Ports: portsText(service),
  };
}

function replicasText(services: ClusterServices, service: Service): string {
  const running = services
    .tasksOf(service)
    .filter((task) => task.status.state === 'running' && isAlive(task)).length;
  const { maxReplicas } = service.spec.task.placement;
  const limit = maxReplicas > 0 ? ` (max ${maxReplicas} per node)` : '';
  return `${running}/${services.wantedTasks(service)}${limit}`;
}

/** A run of published ports in front of a run of target ports. */
interface PortRun {
  readonly protocol: string;
  readonly published: number;
  publishedEnd: number;
  readonly target: number;
  targetEnd: number;
}

/** Only ports that come in on every node: `*:8080->80/tcp`, `*:8000-8002->80-82/tcp`. */
function portsText({ ports }: Service): string {
  const sorted = ingressPorts(ports).sort((a, b) =>
    a.protocol === b.protocol ? a.publishedPort - b.publishedPort : a.protocol < b.protocol ? -1 : 1,
  );
  const runs: PortRun[] = [];
  for (const { protocol, publishedPort: published, targetPort: target } of sorted) {
    const run = runs.at(-1);
    if (run !== undefined && run.protocol === protocol && isNext(run, published, target)) {
      run.publishedEnd = published;
      run.targetEnd = target;
    } else runs.push({ protocol, published, publishedEnd: published, target, targetEnd: target });
  }
  return runs
    .map(
      (run) =>
        `*:${rangeText(run.published, run.publishedEnd)}->${rangeText(run.target, run.targetEnd)}/${run.protocol}`,
    )
    .join(', ');
}

function isNext(run: PortRun, published: number, target: number): boolean {
  const isRange = run.targetEnd !== run.target;
  return (
    published - run.publishedEnd <= 1 && target - run.targetEnd <= 1 && !(isRange && target <= run.targetEnd)
  );
}

function rangeText(first: number, last: number): string {
  return last > first ? `${first}-${last}` : String(first);
}
