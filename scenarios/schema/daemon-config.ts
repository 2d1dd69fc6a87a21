/** The `docker:` key of a host: daemon.json, by its own names (docs.docker.com, dockerd reference). */
import * as z from 'zod';
import { addressText, cidrText, ignored, ignoredKeysOf, ipv4Text, ipv6Text, notModelled } from '../../programs/compose-file/schema/values.ts';
import { cidr, interfaceName, mtu } from './values.ts';

const addressPool = z.strictObject({ base: cidr, size: z.int().min(1).max(128) });

export const daemonConfigSchema = z
  .strictObject({
    bip: cidr.optional().describe('Address and prefix of docker0, as 172.17.0.1/16.'),
    bridge: interfaceName
      .optional()
      .describe('A bridge that exists, in place of docker0; "none": no bridge.'),
    mtu: mtu.optional(),
    ip: addressText.optional().describe('Host address that published ports bind to; default 0.0.0.0.'),
    ipv6: z.boolean().optional(),
    'fixed-cidr': cidrText.optional(),
    'fixed-cidr-v6': cidrText.optional(),
    'default-gateway': ipv4Text.optional(),
    'default-gateway-v6': ipv6Text.optional(),
    'default-address-pools': z.array(addressPool).optional(),
    dns: z.array(addressText).optional(),
    'dns-opts': z.array(z.string()).optional(),
    'dns-search': z.array(z.string()).optional(),
    icc: z.boolean().optional().describe('Containers on docker0 may talk to each other; default true.'),
    iptables: z.boolean().optional(),
    ip6tables: z.boolean().optional().describe('Default: true from Docker 27.'),
    'ip-forward': z.boolean().optional(),
    'ip-masq': z.boolean().optional(),
    'userland-proxy': z.boolean().optional(),
    'live-restore': z.boolean().optional(),
    'swarm-default-advertise-addr': z.string().optional(),
    experimental: z.boolean().optional().describe('Needed for ip6tables before Docker 27.'),
    'default-network-opts': notModelled('give driver_opts to each network'),
    'firewall-backend': notModelled('the iptables backend is'),
    'host-gateway-ip': notModelled('name the address in extra_hosts'),
    'allow-direct-routing': z
      .boolean()
      .optional()
      .describe('Others may send to containers’ own addresses; Docker 28.2 and later.'),
    'ip-forward-no-drop': z
      .boolean()
      .optional()
      .describe('Forwarding is switched on without a DROP policy; Docker 28 and later.'),
    'bridge-accept-fwmark': notModelled('it is of a later Docker release'),
    debug: ignored,
    'log-level': ignored,
    'log-driver': ignored,
    'log-opts': ignored,
    'storage-driver': ignored,
    'storage-opts': ignored,
    'data-root': ignored,
    'exec-opts': ignored,
    'registry-mirrors': ignored,
    'insecure-registries': ignored,
    'userland-proxy-path': ignored,
    'default-runtime': ignored,
    runtimes: ignored,
    'default-ulimits': ignored,
    labels: ignored,
    features: ignored,
    builder: ignored,
    hosts: ignored,
    tls: ignored,
    'shutdown-timeout': ignored,
    'metrics-addr': ignored,
  })
  .describe('daemon.json of this host.');

/** Keys of daemon.json that have nothing to do with networking. */
export const IGNORED_DAEMON_KEYS = ignoredKeysOf(daemonConfigSchema.shape);

export type DaemonConfig = z.output<typeof daemonConfigSchema>;
