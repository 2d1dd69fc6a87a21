/** The `docker:` key of a host: daemon.json, by its own names (docs.docker.com, dockerd reference). */
import * as v from 'valibot';
import { described } from '../../programs/compose-file/schema/described.ts';
import { map } from '../../programs/compose-file/schema/map.ts';
import {
  addressText,
  cidrText,
  flag,
  ignored,
  ignoredKeysOf,
  ipv4Text,
  ipv6Text,
  notModelled,
  text,
  texts,
  wholeNumber,
} from '../../programs/compose-file/schema/values.ts';
import { cidr, interfaceName, mtu } from './values.ts';

const addressPool = map({ base: cidr, size: wholeNumber(1, 128) });

const daemonConfigMap = map({
    bip: v.optional(described(cidr, 'Address and prefix of docker0, as 172.17.0.1/16.')),
    bridge: v.optional(described(interfaceName, 'A bridge that exists, in place of docker0; "none": no bridge.')),
    mtu: v.optional(mtu),
    ip: v.optional(described(addressText, 'Host address that published ports bind to; default 0.0.0.0.')),
    ipv6: v.optional(flag),
    'fixed-cidr': v.optional(cidrText),
    'fixed-cidr-v6': v.optional(cidrText),
    'default-gateway': v.optional(ipv4Text),
    'default-gateway-v6': v.optional(ipv6Text),
    'default-address-pools': v.optional(v.array(addressPool)),
    dns: v.optional(v.array(addressText)),
    'dns-opts': v.optional(texts),
    'dns-search': v.optional(texts),
    icc: v.optional(described(flag, 'Containers on docker0 may talk to each other; default true.')),
    iptables: v.optional(flag),
    ip6tables: v.optional(described(flag, 'Default: true from Docker 27.')),
    'ip-forward': v.optional(flag),
    'ip-masq': v.optional(flag),
    'userland-proxy': v.optional(flag),
    'live-restore': v.optional(flag),
    'swarm-default-advertise-addr': v.optional(text),
    experimental: v.optional(described(flag, 'Needed for ip6tables before Docker 27.')),
    'default-network-opts': notModelled('give driver_opts to each network'),
    'firewall-backend': notModelled('the iptables backend is'),
    'host-gateway-ip': notModelled('name the address in extra_hosts'),
    'allow-direct-routing': v.optional(described(flag, 'Others may send to containers’ own addresses; Docker 28.2 and later.')),
    'ip-forward-no-drop': v.optional(described(flag, 'Forwarding is switched on without a DROP policy; Docker 28 and later.')),
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
});
export const daemonConfigSchema = described(daemonConfigMap, 'daemon.json of this host.');

/** Keys of daemon.json that have nothing to do with networking. */
export const IGNORED_DAEMON_KEYS = ignoredKeysOf(daemonConfigMap.entries);

export type DaemonConfig = v.InferOutput<typeof daemonConfigSchema>;
