/** What a container is made from (the API's Config and HostConfig, as far as they matter here). */
import type { EndpointConfig } from '../network/endpoint.ts';
import type { PortBinding } from '../ports/port-request.ts';

export interface ContainerConfig {
  /** As given; '' for Docker's default. */
  readonly hostname: string;
  readonly domainname: string;
  readonly user: string;
  readonly tty: boolean;
  readonly openStdin: boolean;
  readonly attachStdin: boolean;
  readonly attachStdout: boolean;
  readonly attachStderr: boolean;
  /** `NAME=value`, in order. */
  readonly environment: readonly string[];
  /** Empty for the image's. */
  readonly command: readonly string[];
  /** Null for the image's; `['']` for none. */
  readonly entrypoint: readonly string[] | null;
  readonly image: string;
  readonly workingDirectory: string;
  readonly labels: ReadonlyMap<string, string>;
  /** `80/tcp`: `--expose` and the ports that are published. */
  readonly exposedPorts: readonly string[];
  readonly macAddress: string;
  readonly stopSignal: string;
  /** Seconds; null for the default of ten. */
  readonly stopTimeout: number | null;
}

export interface RestartPolicy {
  readonly name: 'no' | 'always' | 'on-failure' | 'unless-stopped';
  /** 0: no limit. */
  readonly maximumRetryCount: number;
}

export interface HostConfig {
  /** `default`, `bridge`, `host`, `none`, `container:NAME`, or a network. */
  readonly networkMode: string;
  readonly portBindings: ReadonlyMap<string, readonly PortBinding[]>;
  readonly publishAllPorts: boolean;
  /** `name:alias` on the default bridge. */
  readonly links: readonly string[];
  readonly dns: readonly string[];
  readonly dnsSearch: readonly string[];
  readonly dnsOptions: readonly string[];
  /** `name:address`. */
  readonly extraHosts: readonly string[];
  readonly sysctls: ReadonlyMap<string, string>;
  readonly capAdd: readonly string[];
  readonly capDrop: readonly string[];
  readonly privileged: boolean;
  readonly restartPolicy: RestartPolicy;
  readonly autoRemove: boolean;
  readonly init: boolean;
}

export interface ContainerSpec {
  /** '' for a name of Docker's own making. */
  readonly name: string;
  readonly config: ContainerConfig;
  readonly hostConfig: HostConfig;
  /** By network, under the name given with `--network`. */
  readonly networking: ReadonlyMap<string, EndpointConfig>;
}

export const DEFAULT_CONTAINER_CONFIG: ContainerConfig = {
  hostname: '',
  domainname: '',
  user: '',
  tty: false,
  openStdin: false,
  attachStdin: false,
  attachStdout: false,
  attachStderr: false,
  environment: [],
  command: [],
  entrypoint: null,
  image: '',
  workingDirectory: '',
  labels: new Map(),
  exposedPorts: [],
  macAddress: '',
  stopSignal: '',
  stopTimeout: null,
};

export const DEFAULT_HOST_CONFIG: HostConfig = {
  networkMode: 'default',
  portBindings: new Map(),
  publishAllPorts: false,
  links: [],
  dns: [],
  dnsSearch: [],
  dnsOptions: [],
  extraHosts: [],
  sysctls: new Map(),
  capAdd: [],
  capDrop: [],
  privileged: false,
  restartPolicy: { name: 'no', maximumRetryCount: 0 },
  autoRemove: false,
  init: false,
};

/** What a network mode says. */
export function isContainerMode(networkMode: string): boolean {
  return networkMode.split(':')[0] === 'container';
}

/** True for a network that a person made: not default, bridge, host, none or another container's. */
export function isUserDefinedMode(networkMode: string): boolean {
  return (
    networkMode !== '' &&
    !['default', 'bridge', 'host', 'none'].includes(networkMode) &&
    !isContainerMode(networkMode)
  );
}
