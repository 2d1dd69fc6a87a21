/** `docker service inspect`: the fields of the API's Service (api/types/swarm/service.go), in their order. */
import { formatIpv4 } from '../../../protocols/ipv4-address.ts';
import { rfc3339 } from '../../../drivers/docker-time.ts';
import type { Service } from '../../../drivers/swarm/services/service.ts';
import type {
  ContainerSpec,
  PortConfig,
  ServiceSpec,
  UpdateConfig,
} from '../../../drivers/swarm/services/service-spec.ts';
import type { GoStruct } from '../format/go-value.ts';

export function inspectService(service: Service): GoStruct {
  const { previousSpec, updateStatus, virtualIps, ports } = service;
  return {
    ID: service.id,
    Version: { Index: service.version },
    CreatedAt: rfc3339(service.createdNs),
    UpdatedAt: rfc3339(service.updatedNs),
    Spec: specOf(service.spec),
    ...(previousSpec !== null && { PreviousSpec: specOf(previousSpec) }),
    Endpoint: {
      Spec: endpointSpecOf(service.spec),
      ...(ports.length > 0 && { Ports: ports.map(portOf) }),
      ...(virtualIps.length > 0 && {
        VirtualIPs: virtualIps.map(({ networkId, lease }) => ({
          NetworkID: networkId,
          Addr: `${formatIpv4(lease.address as number)}/${lease.prefixLength}`,
        })),
      }),
    },
    ...(updateStatus !== null && {
      UpdateStatus: {
        State: updateStatus.state,
        StartedAt: rfc3339(updateStatus.startedNs),
        ...(updateStatus.completedNs !== null && { CompletedAt: rfc3339(updateStatus.completedNs) }),
        Message: updateStatus.message,
      },
    }),
  };
}

function specOf(spec: ServiceSpec): GoStruct {
  const { task } = spec;
  const { restart, placement } = task;
  return {
    Name: spec.name,
    Labels: new Map(Object.entries(spec.labels)),
    TaskTemplate: {
      ContainerSpec: containerOf(task.container),
      Resources: { Limits: {}, Reservations: {} },
      RestartPolicy: {
        Condition: restart.condition,
        Delay: restart.delayNs,
        MaxAttempts: restart.maxAttempts,
        ...(restart.windowNs > 0 && { Window: restart.windowNs }),
      },
      Placement: {
        ...(placement.constraints.length > 0 && { Constraints: placement.constraints }),
        ...(placement.spreadOver.length > 0 && {
          Preferences: placement.spreadOver.map((label) => ({ Spread: { SpreadDescriptor: label } })),
        }),
        ...(placement.maxReplicas > 0 && { MaxReplicas: placement.maxReplicas }),
      },
      ...(task.networks.length > 0 && {
        Networks: task.networks.map(({ target, aliases }) => ({
          Target: target,
          ...(aliases.length > 0 && { Aliases: aliases }),
        })),
      }),
      ForceUpdate: task.forceUpdate,
      Runtime: 'container',
    },
    Mode: spec.replicas === null ? { Global: {} } : { Replicated: { Replicas: spec.replicas } },
    UpdateConfig: updateOf(spec.update),
    RollbackConfig: updateOf(spec.rollback),
    EndpointSpec: endpointSpecOf(spec),
  };
}

function containerOf(container: ContainerSpec): GoStruct {
  const dns = {
    ...(container.dns.length > 0 && { Nameservers: container.dns }),
    ...(container.dnsSearch.length > 0 && { Search: container.dnsSearch }),
    ...(container.dnsOptions.length > 0 && { Options: container.dnsOptions }),
  };
  const labels = Object.entries(container.labels);
  const sysctls = Object.entries(container.sysctls);
  return {
    Image: container.image,
    ...(labels.length > 0 && { Labels: new Map(labels) }),
    ...(container.command.length > 0 && { Command: container.command }),
    ...(container.args.length > 0 && { Args: container.args }),
    ...(container.hostname !== '' && { Hostname: container.hostname }),
    ...(container.env.length > 0 && { Env: container.env }),
    ...(container.dir !== '' && { Dir: container.dir }),
    ...(container.user !== '' && { User: container.user }),
    Init: container.init,
    ...(container.stopSignal !== '' && { StopSignal: container.stopSignal }),
    ...(container.tty && { TTY: true }),
    ...(container.readOnly && { ReadOnly: true }),
    StopGracePeriod: container.stopGracePeriodNs,
    ...(container.hosts.length > 0 && { Hosts: container.hosts.map(hostsLine) }),
    DNSConfig: dns,
    Isolation: 'default',
    ...(sysctls.length > 0 && { Sysctls: new Map(sysctls) }),
    ...(container.capAdd.length > 0 && { CapabilityAdd: container.capAdd }),
  };
}

/** As /etc/hosts has it: the address first. */
function hostsLine(text: string): string {
  const colon = text.indexOf(':');
  return `${text.slice(colon + 1)} ${text.slice(0, colon)}`;
}

function updateOf(config: UpdateConfig): GoStruct {
  return {
    Parallelism: config.parallelism,
    ...(config.delayNs > 0 && { Delay: config.delayNs }),
    FailureAction: config.failureAction,
    Monitor: config.monitorNs,
    MaxFailureRatio: config.maxFailureRatio,
    Order: config.order,
  };
}

function endpointSpecOf({ endpoint }: ServiceSpec): GoStruct {
  return {
    Mode: endpoint.mode,
    ...(endpoint.ports.length > 0 && { Ports: endpoint.ports.map(portOf) }),
  };
}

function portOf(port: PortConfig): GoStruct {
  return {
    ...(port.name !== '' && { Name: port.name }),
    Protocol: port.protocol,
    TargetPort: port.targetPort,
    ...(port.publishedPort > 0 && { PublishedPort: port.publishedPort }),
    PublishMode: port.publishMode,
  };
}
