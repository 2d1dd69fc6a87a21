/**
 * What a service is made from (the API's ServiceSpec, as far as it matters here). Plain data all the way down: it
 * travels to the nodes in messages.
 */
import type { PortProtocol } from '../../ports/port-request.ts';

export interface PortConfig {
  /** '' without one: `--publish name=…` has no use but inspect. */
  readonly name: string;
  readonly protocol: PortProtocol;
  readonly targetPort: number;
  /** 0 for a port of the swarm's choosing. */
  readonly publishedPort: number;
  readonly publishMode: 'ingress' | 'host';
}

export interface NetworkAttachmentConfig {
  /** The network's id. */
  readonly target: string;
  readonly aliases: readonly string[];
}

export interface ContainerSpec {
  readonly image: string;
  readonly labels: Readonly<Record<string, string>>;
  /** In place of the image's entrypoint (`Command` in the API); empty for the image's. */
  readonly command: readonly string[];
  readonly args: readonly string[];
  /** A template; '' for the container's id. */
  readonly hostname: string;
  readonly env: readonly string[];
  readonly dir: string;
  readonly user: string;
  readonly stopSignal: string;
  readonly stopGracePeriodNs: number;
  /** `name:address`. */
  readonly hosts: readonly string[];
  readonly dns: readonly string[];
  readonly dnsSearch: readonly string[];
  readonly dnsOptions: readonly string[];
  readonly sysctls: Readonly<Record<string, string>>;
  readonly capAdd: readonly string[];
  readonly init: boolean;
  readonly tty: boolean;
  readonly readOnly: boolean;
}

export interface ServiceRestartPolicy {
  readonly condition: 'any' | 'none' | 'on-failure';
  readonly delayNs: number;
  /** 0: no limit. */
  readonly maxAttempts: number;
  /** In which attempts are counted; 0: ever. */
  readonly windowNs: number;
}

export interface Placement {
  readonly constraints: readonly string[];
  /** Labels to spread over, as `node.labels.zone`. */
  readonly spreadOver: readonly string[];
  /** 0: no limit. */
  readonly maxReplicas: number;
}

/** What a task is made from: when this changes, tasks are replaced. */
export interface TaskSpec {
  readonly container: ContainerSpec;
  readonly restart: ServiceRestartPolicy;
  readonly placement: Placement;
  readonly networks: readonly NetworkAttachmentConfig[];
  readonly forceUpdate: number;
}

export interface UpdateConfig {
  /** Tasks replaced at a time; 0: all at once. */
  readonly parallelism: number;
  readonly delayNs: number;
  readonly failureAction: 'pause' | 'continue' | 'rollback';
  /** How long a new task is watched for failure. */
  readonly monitorNs: number;
  readonly maxFailureRatio: number;
  readonly order: 'stop-first' | 'start-first';
}

export interface EndpointSpec {
  readonly mode: 'vip' | 'dnsrr';
  readonly ports: readonly PortConfig[];
}

export interface ServiceSpec {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly task: TaskSpec;
  /** Null for a global service: one task on every node that will do. */
  readonly replicas: number | null;
  readonly update: UpdateConfig;
  readonly rollback: UpdateConfig;
  readonly endpoint: EndpointSpec;
}

const SECOND_NS = 1_000_000_000;

export const DEFAULT_UPDATE_CONFIG: UpdateConfig = {
  parallelism: 1,
  delayNs: 0,
  failureAction: 'pause',
  monitorNs: 5 * SECOND_NS,
  maxFailureRatio: 0,
  order: 'stop-first',
};

export const DEFAULT_SERVICE_RESTART_POLICY: ServiceRestartPolicy = {
  condition: 'any',
  delayNs: 5 * SECOND_NS,
  maxAttempts: 0,
  windowNs: 0,
};

export const DEFAULT_SERVICE_CONTAINER_SPEC: ContainerSpec = {
  image: '',
  labels: {},
  command: [],
  args: [],
  hostname: '',
  env: [],
  dir: '',
  user: '',
  stopSignal: '',
  stopGracePeriodNs: 10 * SECOND_NS,
  hosts: [],
  dns: [],
  dnsSearch: [],
  dnsOptions: [],
  sysctls: {},
  capAdd: [],
  init: false,
  tty: false,
  readOnly: false,
};

export const DEFAULT_SERVICE_SPEC: ServiceSpec = {
  name: '',
  labels: {},
  task: {
    container: DEFAULT_SERVICE_CONTAINER_SPEC,
    restart: DEFAULT_SERVICE_RESTART_POLICY,
    placement: { constraints: [], spreadOver: [], maxReplicas: 0 },
    networks: [],
    forceUpdate: 0,
  },
  replicas: 1,
  update: DEFAULT_UPDATE_CONFIG,
  rollback: DEFAULT_UPDATE_CONFIG,
  endpoint: { mode: 'vip', ports: [] },
};

/** Ports that come in on every node. */
export function ingressPorts(ports: readonly PortConfig[]): PortConfig[] {
  return ports.filter(({ publishMode }) => publishMode === 'ingress');
}
