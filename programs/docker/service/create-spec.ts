/** The spec that the flags of `docker service create` describe (docker/cli command/service/opts.go). */
import {
  DEFAULT_SERVICE_SPEC,
  type ContainerSpec,
  type Placement,
  type ServiceRestartPolicy,
  type ServiceSpec,
  type UpdateConfig,
} from '../../../drivers/swarm/services/service-spec.ts';
import type { SwarmNode } from '../../../drivers/swarm/swarm-node.ts';
import { CliError } from '../cli-error.ts';
import type { Flags } from '../flags.ts';
import { durationNs } from './service-flags.ts';
import { serviceNetworks } from './service-networks.ts';
import { servicePorts } from './service-ports.ts';

export function createSpec(asked: SwarmNode, flags: Flags, operands: readonly string[]): ServiceSpec {
  const [image = '', ...args] = operands;
  const { task, endpoint } = DEFAULT_SERVICE_SPEC;
  const withImage = { ...task.container, image: normalImage(image), args };
  const container = containerOf(withImage, flags);
  return {
    name: flags.string('name'),
    labels: Object.fromEntries(flags.pairs('label')),
    task: {
      container: {
        ...container,
        labels: Object.fromEntries(flags.pairs('container-label')),
        env: flags.list('env'),
        hosts: flags.list('host'),
        dns: flags.list('dns'),
        dnsSearch: flags.list('dns-search'),
        dnsOptions: flags.list('dns-option'),
        sysctls: Object.fromEntries(flags.pairs('sysctl')),
        capAdd: flags.list('cap-add'),
      },
      restart: restartOf(task.restart, flags),
      placement: placementOf(
        {
          ...task.placement,
          constraints: flags.list('constraint'),
          spreadOver: flags.list('placement-pref').map(spreadLabel),
        },
        flags,
      ),
      networks: serviceNetworks(asked, flags.list('network')),
      forceUpdate: 0,
    },
    replicas: replicasOf(flags),
    update: updateOf(DEFAULT_SERVICE_SPEC.update, flags, 'update'),
    rollback: updateOf(DEFAULT_SERVICE_SPEC.rollback, flags, 'rollback'),
    endpoint: {
      mode: oneOf(['vip', 'dnsrr'], flags.string('endpoint-mode', endpoint.mode), 'endpoint mode'),
      ports: servicePorts(flags.list('publish')),
    },
  };
}

/** Null for a global service. */
function replicasOf(flags: Flags): number | null {
  const mode = oneOf(['replicated', 'global'], flags.string('mode', 'replicated'), 'mode');
  if (mode === 'replicated') return flags.int('replicas', 1);
  if (flags.has('replicas')) {
    throw new CliError('replicas can only be used with replicated or replicated-job mode');
  }
  return null;
}

export function containerOf(before: ContainerSpec, flags: Flags): ContainerSpec {
  return {
    ...before,
    command: flags.has('entrypoint') ? words(flags.string('entrypoint')) : before.command,
    hostname: flags.string('hostname', before.hostname),
    dir: flags.string('workdir', before.dir),
    user: flags.string('user', before.user),
    stopSignal: flags.string('stop-signal', before.stopSignal),
    stopGracePeriodNs: durationFlag(flags, 'stop-grace-period', before.stopGracePeriodNs),
    init: flags.bool('init', before.init),
    tty: flags.bool('tty', before.tty),
    readOnly: flags.bool('read-only', before.readOnly),
  };
}

export function restartOf(before: ServiceRestartPolicy, flags: Flags): ServiceRestartPolicy {
  const condition = flags.string('restart-condition', before.condition);
  return {
    condition: oneOf(['any', 'none', 'on-failure'], condition, 'restart condition'),
    delayNs: durationFlag(flags, 'restart-delay', before.delayNs),
    maxAttempts: flags.int('restart-max-attempts', before.maxAttempts),
    windowNs: durationFlag(flags, 'restart-window', before.windowNs),
  };
}

export function placementOf(before: Placement, flags: Flags): Placement {
  return { ...before, maxReplicas: flags.int('replicas-max-per-node', before.maxReplicas) };
}

export function updateOf(before: UpdateConfig, flags: Flags, kind: 'update' | 'rollback'): UpdateConfig {
  const action = flags.string(`${kind}-failure-action`, before.failureAction);
  return {
    parallelism: flags.int(`${kind}-parallelism`, before.parallelism),
    delayNs: durationFlag(flags, `${kind}-delay`, before.delayNs),
    failureAction: oneOf(['pause', 'continue', 'rollback'], action, `${kind} failure action`),
    monitorNs: durationFlag(flags, `${kind}-monitor`, before.monitorNs),
    maxFailureRatio: Number(flags.string(`${kind}-max-failure-ratio`, String(before.maxFailureRatio))),
    order: oneOf(['stop-first', 'start-first'], flags.string(`${kind}-order`, before.order), `${kind} order`),
  };
}

/** `spread=node.labels.zone` */
export function spreadLabel(text: string): string {
  const match = /^spread=(.+)$/.exec(text);
  if (match !== null) return match[1]!;
  throw new CliError(
    `invalid argument ${JSON.stringify(text)} for "--placement-pref" flag: placement preference must be of the format "<strategy>=<arg>"`,
    125,
  );
}

/** With the tag that is meant. */
export function normalImage(image: string): string {
  const name = image.split('/').at(-1)!;
  return name.includes(':') || image.includes('@') ? image : `${image}:latest`;
}

function durationFlag(flags: Flags, name: string, byDefault: number): number {
  return flags.has(name) ? durationNs(flags.string(name)) : byDefault;
}

export function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}

function oneOf<T extends string>(known: readonly T[], given: string, what: string): T {
  const found = known.find((each) => each === given);
  if (found !== undefined) return found;
  throw new CliError(`Error response from daemon: invalid ${what}: ${JSON.stringify(given)}`);
}
