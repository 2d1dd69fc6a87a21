/**
 * A Compose service as the container that the daemon is asked for (docker/compose pkg/compose/create.go
 * getCreateConfigs). Not modelled: link-local addresses, driver options of one endpoint; both are refused.
 */
import { INTERFACE_NAME_LABEL } from '../../../drivers/sandbox/endpoint-options.ts';
import { splitWords } from '../../../core/netfilter/text/iptables-restore.ts';
import {
  DEFAULT_CONTAINER_CONFIG,
  DEFAULT_HOST_CONFIG,
  isUserDefinedMode,
  type ContainerSpec,
  type RestartPolicy,
} from '../../../drivers/container/container-config.ts';
import type { CreatedContainer } from '../../../drivers/container/container-manager.ts';
import type { Engine } from '../../../drivers/engine/engine.ts';
import { NO_ENDPOINT_CONFIG, type EndpointConfig } from '../../../drivers/network/endpoint.ts';
import type { PortBinding } from '../../../drivers/ports/port-request.ts';
import { FormatError } from '../../compose-file/schema/format-error.ts';
import type { PortMapping } from '../../compose-file/schema/ports.ts';
import type { ComposeCommand, NetworkAttachment, Service } from '../../compose-file/schema/service.ts';

/** The image when a service names none: it is the program set that matters. */
const DEFAULT_IMAGE = 'alpine';

/** What a container of a service is called, and what the names in its description stand for. */
export interface ServiceNames {
  readonly container: string;
  /** What it is called on each of its networks, beside its own name. */
  readonly aliases: readonly string[];
  /** Docker's name of a network, by its key in the file. */
  networkName(key: string): string;
  /** The container of another service, for `network_mode: service:NAME`. */
  containerOf(service: string): string;
  /** `container:alias` */
  readonly links: readonly string[];
  readonly labels: ReadonlyMap<string, string>;
}

export interface CreateOptions {
  /** The client's own variables. */
  variable(name: string): string | undefined;
  readonly autoRemove: boolean;
}

const NO_OPTIONS: CreateOptions = { variable: () => undefined, autoRemove: false };

interface Attachment {
  readonly network: string;
  readonly config: EndpointConfig;
}

/** Creates a container of a service and puts it on all its networks. Throws a FormatError for what cannot be done. */
export function createServiceContainer(
  engine: Engine,
  service: Service,
  names: ServiceNames,
  options: CreateOptions = NO_OPTIONS,
): CreatedContainer {
  const [first, ...others] = attachments(service, names);
  const created = engine.containers.create(containerSpec(service, names, first, options));
  for (const { network, config } of others)
    engine.containers.connect(created.container, engine.networks.get(network), config);
  return created;
}

function containerSpec(
  service: Service,
  names: ServiceNames,
  first: Attachment | undefined,
  { variable, autoRemove }: CreateOptions,
): ContainerSpec {
  const networkMode = first?.network ?? networkModeOf(service, names);
  const portBindings = bindings(service.ports);
  const exposed = service.expose.map((port) => (port.includes('/') ? port : `${port}/tcp`));
  return {
    name: names.container,
    config: {
      ...DEFAULT_CONTAINER_CONFIG,
      hostname: service.hostname ?? '',
      domainname: service.domainname ?? '',
      user: service.user,
      tty: service.tty,
      openStdin: service.stdinOpen,
      attachStdout: true,
      attachStderr: true,
      environment: environment(service, variable),
      command: composeWords(service.command),
      entrypoint: service.entrypoint === null ? null : composeWords(service.entrypoint),
      image: service.image || DEFAULT_IMAGE,
      workingDirectory: service.workingDirectory,
      labels: names.labels,
      exposedPorts: [...new Set([...exposed, ...portBindings.keys()])],
      macAddress: service.macAddress ?? '',
      stopSignal: service.stopSignal,
      stopTimeout:
        service.stopGracePeriodNs === undefined ? null : Math.ceil(service.stopGracePeriodNs / 1e9),
    },
    hostConfig: {
      ...DEFAULT_HOST_CONFIG,
      networkMode,
      portBindings,
      links: isUserDefinedMode(networkMode) ? [] : names.links,
      dns: service.dns,
      dnsSearch: service.dnsSearch,
      dnsOptions: service.dnsOpt,
      extraHosts: service.extraHosts.map(({ host, address }) => `${host}:${address}`),
      sysctls: new Map(Object.entries(service.sysctls).map(([name, value]) => [name, value ?? ''])),
      capAdd: service.capAdd,
      capDrop: service.capDrop,
      privileged: service.privileged,
      restartPolicy: restartPolicy(service.restart),
      autoRemove,
      init: service.init,
    },
    networking: new Map([[networkMode, first?.config ?? NO_ENDPOINT_CONFIG]]),
  };
}

/** The networks of a service, the one with the highest priority first. */
function attachments(service: Service, names: ServiceNames): Attachment[] {
  return Object.entries(service.networks ?? {})
    .sort(([, a], [, b]) => b.priority - a.priority)
    .map(([key, attachment]) => ({
      network: names.networkName(key),
      config: endpointConfig(attachment, names),
    }));
}

function endpointConfig(attachment: NetworkAttachment, names: ServiceNames): EndpointConfig {
  const { aliases, ipv4Address, ipv6Address, linkLocalIps, macAddress, driverOpts } = attachment;
  const { gatewayPriority = 0, interfaceName } = attachment;
  if (linkLocalIps.length > 0) throw new FormatError('link_local_ips are not modelled', 'leave them out');
  const driverOptions = new Map(Object.entries(driverOpts).map(([name, value]) => [name, value ?? '']));
  if (interfaceName !== undefined) driverOptions.set(INTERFACE_NAME_LABEL, interfaceName);
  return {
    ...NO_ENDPOINT_CONFIG,
    ipv4: ipv4Address ?? '',
    ipv6: ipv6Address ?? '',
    aliases: [...new Set([...names.aliases, ...aliases])],
    links: names.links,
    macAddress: macAddress ?? '',
    driverOptions,
    gatewayPriority,
    hasIpamConfig: true,
  };
}

function networkModeOf({ networkMode = 'default' }: Service, names: ServiceNames): string {
  return networkMode.startsWith('service:')
    ? `container:${names.containerOf(networkMode.slice('service:'.length))}`
    : networkMode;
}

/** A text is split by the shell's rules; a list is taken word by word. */
export function composeWords(command: ComposeCommand): readonly string[] {
  if (command === null) return [];
  return typeof command === 'string' ? splitWords(command) : command;
}

/** A variable without a value has the one that the client has, and is left out when it has none. */
function environment(service: Service, variable: CreateOptions['variable']): string[] {
  return Object.entries(service.environment).flatMap(([name, own]) => {
    const value = own ?? variable(name);
    return value === undefined ? [] : [`${name}=${value}`];
  });
}

function bindings(ports: readonly PortMapping[]): Map<string, PortBinding[]> {
  const map = new Map<string, PortBinding[]>();
  for (const { target, protocol, hostIp = '', published } of ports) {
    const key = `${target}/${protocol}`;
    const hostPort = published === undefined ? '' : rangeText(published);
    map.set(key, [...(map.get(key) ?? []), { hostIp, hostPort }]);
  }
  return map;
}

function rangeText({ first, last }: { readonly first: number; readonly last: number }): string {
  return first === last ? String(first) : `${first}-${last}`;
}

function restartPolicy(text: string): RestartPolicy {
  const [name = '', retries = '0'] = text.split(':');
  return { name: name as RestartPolicy['name'], maximumRetryCount: Number(retries) };
}
