/** Services by Compose's keys (Compose specification, chapter "Services"), and `x-host`. */
import * as v from 'valibot';
import { described } from './described.ts';
import { choice } from './choice.ts';
import { deploySchema } from './deploy.ts';
import { FormatError } from './format-error.ts';
import { map, mapOf } from './map.ts';
import { oneOf } from './one-of.ts';
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
  text,
  textMap,
  textOrNumber,
  texts,
} from './values.ts';

export const attachmentSchema = v.pipe(
  oneOf([
    v.null(),
    map({
      aliases: v.optional(texts),
      ipv4_address: v.optional(ipv4Text),
      ipv6_address: v.optional(ipv6Text),
      link_local_ips: v.optional(v.array(addressText)),
      mac_address: v.optional(macText),
      driver_opts: v.optional(textMap),
      priority: v.optional(composeInt),
      gw_priority: v.optional(described(composeInt, 'The network with the highest is the way out; Docker 28 and later.')),
      interface_name: v.optional(
        described(
          v.pipe(text, v.minLength(1), v.maxLength(15)),
          'In place of eth0, eth1 …; Docker 28 and later.',
        ),
      ),
    }),
  ]),
  v.transform((value) => {
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
  }),
);
/** How a service is attached to one network. */
export type NetworkAttachment = v.InferOutput<typeof attachmentSchema>;

const attachmentsSchema = v.pipe(
  oneOf([texts, mapOf(text, attachmentSchema)]),
  v.transform((value): Record<string, NetworkAttachment> => {
    if (!Array.isArray(value)) return value as Record<string, NetworkAttachment>;
    return Object.fromEntries(
      (value as string[]).map((network) => [network, v.parse(attachmentSchema, null)]),
    );
  }),
);

/** A command as Compose has it: text is split by the shell's rules, a list is taken word by word. */
const commandSchema = oneOf([v.null(), text, texts]);
export type ComposeCommand = v.InferOutput<typeof commandSchema>;

const dependenciesSchema = v.pipe(
  oneOf([
    texts,
    mapOf(
      text,
      map({
        condition: v.optional(
          choice(['service_started', 'service_healthy', 'service_completed_successfully']),
          'service_started',
        ),
        restart: ignored,
        required: v.optional(composeBoolean),
      }),
    ),
  ]),
  v.transform((value): Dependency[] =>
    Array.isArray(value)
      ? value.map((service: string) => ({ service, condition: 'service_started', required: true }))
      : Object.entries(value).map(([service, { condition, required = true }]) => ({
          service,
          condition,
          required,
        })),
  ),
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
  oneOf([texts, mapOf(text, oneOrMany(text))]),
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

const linksSchema = v.pipe(
  texts,
  v.transform((links) =>
    links.map((link) => {
      const colon = link.indexOf(':');
      return colon < 0
        ? { target: link, alias: undefined }
        : { target: link.slice(0, colon), alias: link.slice(colon + 1) };
    }),
  ),
);

const exposeSchema = v.pipe(
  v.array(textOrNumber),
  v.transform((ports) => ports.map(String)),
);

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

const bodySchema = map({
  image: v.optional(described(text, 'Names the program set; no image is ever fetched.')),
  command: v.optional(commandSchema),
  entrypoint: v.optional(commandSchema),
  environment: v.optional(listOrMap),
  labels: v.optional(listOrMap),
  container_name: v.optional(text),
  hostname: v.optional(text),
  domainname: v.optional(text),
  networks: v.optional(attachmentsSchema),
  network_mode: v.optional(
    v.pipe(
      text,
      v.regex(
        /^(bridge|default|host|none|service:.+|container:.+)$/,
        'is one of bridge, host, none, service:NAME and container:NAME; other networks go under networks',
      ),
    ),
  ),
  ports: v.optional(portsSchema),
  expose: v.optional(exposeSchema),
  extra_hosts: v.optional(extraHostsSchema),
  dns: v.optional(oneOrMany(addressText)),
  dns_search: v.optional(oneOrMany(text)),
  dns_opt: v.optional(texts),
  links: v.optional(linksSchema),
  external_links: v.optional(linksSchema),
  depends_on: v.optional(dependenciesSchema),
  mac_address: v.optional(macText),
  sysctls: v.optional(listOrMap),
  cap_add: v.optional(texts),
  cap_drop: v.optional(texts),
  init: v.optional(composeBoolean),
  restart: v.optional(
    v.pipe(
      text,
      v.regex(
        /^(no|always|unless-stopped|on-failure(:\d+)?)$/,
        'is one of no, always, unless-stopped, on-failure and on-failure:RETRIES',
      ),
    ),
  ),
  stdin_open: v.optional(composeBoolean),
  stop_signal: v.optional(text),
  tty: v.optional(composeBoolean),
  user: v.optional(textOrNumber),
  working_dir: v.optional(text),
  privileged: v.optional(composeBoolean),
  deploy: v.optional(deploySchema),
  scale: v.optional(composeInt),
  stop_grace_period: v.optional(duration),
  profiles: v.optional(texts),
  'x-host': v.optional(described(text, 'The host on which this container runs, outside any swarm.')),
  extends: notModelled('use a YAML anchor and a merge key (<<: *anchor)'),
  provider: notModelled('describe the service itself'),
  ...ignoredKeys,
});

export const serviceSchema = described(
  v.pipe(
  bodySchema,
  v.transform((body) => ({
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
  })),
  ),
  'A service, by the Compose specification.',
);

/** Compose's keys that have nothing to do with networking. */
export const IGNORED_SERVICE_KEYS = ignoredKeysOf(bodySchema.entries);

/** A service as Compose describes it, short forms made long. */
export type Service = v.InferOutput<typeof serviceSchema>;
