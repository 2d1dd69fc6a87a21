/** A Compose service as a service of a swarm (docker/cli cli/compose/convert/service.go). */
import {
  DEFAULT_SERVICE_SPEC,
  type NetworkAttachmentConfig,
  type PortConfig,
  type ServiceSpec,
  type UpdateConfig,
} from '../../../drivers/swarm/services/service-spec.ts';
import type { Deploy } from '../../compose-file/schema/deploy.ts';
import type { PortMapping } from '../../compose-file/schema/ports.ts';
import type { Service } from '../../compose-file/schema/service.ts';
import { composeWords } from '../compose/service-container.ts';
import { normalImage } from '../service/create-spec.ts';

/** The image when a service names none: it is the program set that matters. */
const DEFAULT_IMAGE = 'alpine';

export interface StackNames {
  /** Of the service. */
  readonly name: string;
  /** What it is called on each of its networks, beside its name. */
  readonly aliases: readonly string[];
  /** The id of a network, by its key in the file. */
  networkId(key: string): string;
  /** Of the service and of its containers. */
  readonly labels: Readonly<Record<string, string>>;
  /** The client's own variables. */
  variable(name: string): string | undefined;
}

export function stackServiceSpec(service: Service, names: StackNames): ServiceSpec {
  const { deploy } = service;
  const { task } = DEFAULT_SERVICE_SPEC;
  return {
    name: names.name,
    labels: { ...texts(deploy?.labels ?? {}), ...names.labels },
    task: {
      container: {
        ...task.container,
        image: normalImage(service.image || DEFAULT_IMAGE),
        labels: { ...texts(service.labels), ...names.labels },
        command: service.entrypoint === null ? [] : composeWords(service.entrypoint),
        args: composeWords(service.command),
        hostname: service.hostname ?? '',
        env: environment(service, names),
        dir: service.workingDirectory,
        user: service.user,
        stopSignal: service.stopSignal,
        stopGracePeriodNs: service.stopGracePeriodNs ?? task.container.stopGracePeriodNs,
        hosts: service.extraHosts.map(({ host, address }) => `${host}:${address}`),
        dns: service.dns,
        dnsSearch: service.dnsSearch,
        dnsOptions: service.dnsOpt,
        sysctls: texts(service.sysctls),
        capAdd: service.capAdd,
        init: service.init,
        tty: service.tty,
      },
      restart: { ...task.restart, ...deploy?.restartPolicy },
      placement: {
        constraints: deploy?.constraints ?? [],
        spreadOver: deploy?.spreadOver ?? [],
        maxReplicas: deploy?.maxReplicasPerNode ?? 0,
      },
      networks: networks(service, names),
      forceUpdate: 0,
    },
    replicas: deploy?.mode === 'global' ? null : (deploy?.replicas ?? service.scale),
    update: updateConfig(deploy?.updateConfig),
    rollback: updateConfig(deploy?.rollbackConfig),
    endpoint: { mode: deploy?.endpointMode ?? 'vip', ports: service.ports.map(port) },
  };
}

function texts(values: Readonly<Record<string, string | null>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, value ?? '']));
}

/** A variable without a value has the client's. */
function environment({ environment: values }: Service, names: StackNames): string[] {
  return Object.entries(values).flatMap(([key, value]) => {
    const known = value ?? names.variable(key);
    return known === undefined ? [] : [`${key}=${known}`];
  });
}

function networks(service: Service, names: StackNames): NetworkAttachmentConfig[] {
  return Object.entries(service.networks ?? {})
    .map(([key, { aliases }]) => ({
      target: names.networkId(key),
      aliases: [...new Set([...aliases, ...names.aliases])],
    }))
    .sort((a, b) => (a.target < b.target ? -1 : 1));
}

function port({ target, published, protocol, mode }: PortMapping): PortConfig {
  return {
    name: '',
    protocol,
    targetPort: target,
    publishedPort: published?.first ?? 0,
    publishMode: mode,
  };
}

function updateConfig(config: Deploy['updateConfig'] | undefined): UpdateConfig {
  const { update } = DEFAULT_SERVICE_SPEC;
  if (config === undefined) return update;
  const { parallelism, delayNs, order, failureAction, monitorNs, maxFailureRatio } = config;
  return { parallelism, delayNs, order, failureAction, monitorNs, maxFailureRatio };
}
