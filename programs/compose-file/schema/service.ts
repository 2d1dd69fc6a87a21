/** Services by Compose's keys (Compose specification, chapter "Services"), and `x-host`. */
import * as z from 'zod';
import { deploySchema } from './deploy.ts';
import { FormatError } from './format-error.ts';
import { parsed } from './parsed.ts';
import { portsSchema } from './ports.ts';
import {
  addressText,
  composeBoolean,
  composeInt,
  duration,
  ignored,
  ignoredKeysOf,
  ipv4Text,
  ipv6Text,
  listOrMap,
  macText,
  notModelled,
  oneOrMany,
  textMap,
} from './values.ts';

export const attachmentSchema = z
  .union([
    z.null(),
    z.strictObject({
      aliases: z.array(z.string()).optional(),
      ipv4_address: ipv4Text.optional(),
      ipv6_address: ipv6Text.optional(),
      link_local_ips: z.array(addressText).optional(),
      mac_address: macText.optional(),
      driver_opts: textMap.optional(),
      priority: composeInt.optional(),
      gw_priority: composeInt
        .optional()
        .describe('The network with the highest is the way out; Docker 28 and later.'),
      interface_name: z
        .string()
        .min(1)
        .max(15)
        .optional()
        .describe('In place of eth0, eth1 …; Docker 28 and later.'),
    }),
  ])
  .transform((value) => {
    const { aliases, ipv4_address, ipv6_address, link_local_ips, mac_address, driver_opts, priority } =
      value ?? {};
    const { gw_priority, interface_name } = value ?? {};
    return {
      aliases: aliases ?? [],
      ipv4Address: ipv4_address,
      ipv6Address: ipv6_address,
      linkLocalIps: link_local_ips ?? [],
      macAddress: mac_address,
      driverOpts: driver_opts ?? {},
      priority: priority ?? 0,
      gatewayPriority: gw_priority,
      interfaceName: interface_name,
    };
  });
/** How a service is attached to one network. */
export type NetworkAttachment = z.output<typeof attachmentSchema>;

const attachmentsSchema = z
  .union([z.array(z.string()), z.record(z.string(), attachmentSchema)])
  .transform((value): Record<string, NetworkAttachment> => {
    if (!Array.isArray(value)) return value;
    return Object.fromEntries(value.map((network) => [network, attachmentSchema.parse(null)]));
  });

/** A command as Compose has it: text is split by the shell's rules, a list is taken word by word. */
const commandSchema = z.union([z.null(), z.string(), z.array(z.string())]);
export type ComposeCommand = z.output<typeof commandSchema>;

const dependenciesSchema = z
  .union([
    z.array(z.string()),
    z.record(
      z.string(),
      z.strictObject({
        condition: z
          .enum(['service_started', 'service_healthy', 'service_completed_successfully'])
          .default('service_started'),
        restart: ignored,
        required: composeBoolean.optional(),
      }),
    ),
  ])
  .transform((value): Dependency[] =>
    Array.isArray(value)
      ? value.map((service) => ({ service, condition: 'service_started', required: true }))
      : Object.entries(value).map(([service, { condition, required = true }]) => ({
          service,
          condition,
          required,
        })),
  );
/** Another service that must be there first. */
export interface Dependency {
  readonly service: string;
  readonly condition: 'service_started' | 'service_healthy' | 'service_completed_successfully';
  /** False: a warning when the other service is not there. */
  readonly required: boolean;
}

/** `name:address`, `name=address` or a map to one address or several; `host-gateway` stands for the host. */
const extraHostsSchema = parsed(
  z.union([z.array(z.string()), z.record(z.string(), oneOrMany(z.string()))]),
  (value): ExtraHost[] => {
    if (!Array.isArray(value)) {
      return Object.entries(value).flatMap(([host, all]) => all.map((address) => ({ host, address })));
    }
    return value.map((entry) => {
      const match = /^([^:=]+)[:=]\[?(.+?)\]?$/.exec(entry);
      if (match === null)
        throw new FormatError(`"${entry}" is not name:address`, 'as somehost:162.242.195.82');
      return { host: match[1]!, address: match[2]! };
    });
  },
);
/** A line of the container's /etc/hosts. */
export interface ExtraHost {
  readonly host: string;
  readonly address: string;
}

const linksSchema = z.array(z.string()).transform((links) =>
  links.map((link) => {
    const colon = link.indexOf(':');
    return colon < 0
      ? { target: link, alias: undefined }
      : { target: link.slice(0, colon), alias: link.slice(colon + 1) };
  }),
);

const exposeSchema = z.array(z.union([z.string(), z.number()])).transform((ports) => ports.map(String));

const IGNORED = [
  'annotations',
  'attach',
  'blkio_config',
  'build',
  'cgroup',
  'cgroup_parent',
  'configs',
  'cpu_count',
  'cpu_percent',
  'cpu_period',
  'cpu_quota',
  'cpu_rt_period',
  'cpu_rt_runtime',
  'cpu_shares',
  'cpus',
  'cpuset',
  'credential_spec',
  'develop',
  'device_cgroup_rules',
  'devices',
  'env_file',
  'gpus',
  'group_add',
  'healthcheck',
  'ipc',
  'isolation',
  'label_file',
  'logging',
  'mem_limit',
  'mem_reservation',
  'mem_swappiness',
  'memswap_limit',
  'models',
  'oom_kill_disable',
  'oom_score_adj',
  'pid',
  'pids_limit',
  'platform',
  'post_start',
  'pre_stop',
  'pull_policy',
  'pull_refresh_after',
  'read_only',
  'runtime',
  'secrets',
  'security_opt',
  'shm_size',
  'storage_opt',
  'tmpfs',
  'ulimits',
  'use_api_socket',
  'userns_mode',
  'uts',
  'volumes',
  'volumes_from',
] as const;

const ignoredKeys = Object.fromEntries(IGNORED.map((key) => [key, ignored])) as Record<
  (typeof IGNORED)[number],
  typeof ignored
>;

const bodySchema = z.strictObject({
  image: z.string().optional().describe('Names the program set; no image is ever fetched.'),
  command: commandSchema.optional(),
  entrypoint: commandSchema.optional(),
  environment: listOrMap.optional(),
  labels: listOrMap.optional(),
  container_name: z.string().optional(),
  hostname: z.string().optional(),
  domainname: z.string().optional(),
  networks: attachmentsSchema.optional(),
  network_mode: z
    .string()
    .regex(/^(bridge|default|host|none|service:.+|container:.+)$/, {
      error:
        'is one of bridge, host, none, service:NAME and container:NAME; other networks go under networks',
    })
    .optional(),
  ports: portsSchema.optional(),
  expose: exposeSchema.optional(),
  extra_hosts: extraHostsSchema.optional(),
  dns: oneOrMany(addressText).optional(),
  dns_search: oneOrMany(z.string()).optional(),
  dns_opt: z.array(z.string()).optional(),
  links: linksSchema.optional(),
  external_links: linksSchema.optional(),
  depends_on: dependenciesSchema.optional(),
  mac_address: macText.optional(),
  sysctls: listOrMap.optional(),
  cap_add: z.array(z.string()).optional(),
  cap_drop: z.array(z.string()).optional(),
  init: composeBoolean.optional(),
  restart: z
    .string()
    .regex(/^(no|always|unless-stopped|on-failure(:\d+)?)$/, {
      error: 'is one of no, always, unless-stopped, on-failure and on-failure:RETRIES',
    })
    .optional(),
  stdin_open: composeBoolean.optional(),
  stop_signal: z.string().optional(),
  tty: composeBoolean.optional(),
  user: z.union([z.string(), z.number()]).optional(),
  working_dir: z.string().optional(),
  privileged: composeBoolean.optional(),
  deploy: deploySchema.optional(),
  scale: composeInt.optional(),
  stop_grace_period: duration.optional(),
  profiles: z.array(z.string()).optional(),
  'x-host': z.string().optional().describe('The host on which this container runs, outside any swarm.'),
  extends: notModelled('use a YAML anchor and a merge key (<<: *anchor)'),
  provider: notModelled('describe the service itself'),
  ...ignoredKeys,
});

export const serviceSchema = bodySchema
  .transform((body) => ({
    image: body.image ?? '',
    command: body.command ?? null,
    entrypoint: body.entrypoint ?? null,
    environment: body.environment ?? {},
    labels: body.labels ?? {},
    containerName: body.container_name,
    hostname: body.hostname,
    domainname: body.domainname,
    /** By network key; undefined when the service has no `networks` key: the project's default network. */
    networks: body.networks,
    networkMode: body.network_mode,
    ports: body.ports ?? [],
    expose: body.expose ?? [],
    extraHosts: body.extra_hosts ?? [],
    dns: body.dns ?? [],
    dnsSearch: body.dns_search ?? [],
    dnsOpt: body.dns_opt ?? [],
    links: body.links ?? [],
    externalLinks: body.external_links ?? [],
    dependsOn: body.depends_on ?? [],
    macAddress: body.mac_address,
    sysctls: body.sysctls ?? {},
    capAdd: body.cap_add ?? [],
    privileged: body.privileged ?? false,
    deploy: body.deploy,
    /** Containers of this service under `docker compose up`. */
    scale: body.scale ?? body.deploy?.replicas ?? 1,
    capDrop: body.cap_drop ?? [],
    init: body.init ?? false,
    /** As docker run's --restart. */
    restart: body.restart ?? 'no',
    stdinOpen: body.stdin_open ?? false,
    stopSignal: body.stop_signal ?? '',
    tty: body.tty ?? false,
    user: String(body.user ?? ''),
    workingDirectory: body.working_dir ?? '',
    /** Undefined: Docker's ten seconds. */
    stopGracePeriodNs: body.stop_grace_period,
    profiles: body.profiles ?? [],
    host: body['x-host'],
  }))
  .describe('A service, by the Compose specification.');

/** Compose's keys that have nothing to do with networking. */
export const IGNORED_SERVICE_KEYS = ignoredKeysOf(bodySchema.shape);

/** A service as Compose describes it, short forms made long. */
export type Service = z.output<typeof serviceSchema>;
