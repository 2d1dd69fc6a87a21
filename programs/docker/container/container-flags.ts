/** The flags of `docker run` and `docker create`. */
import { isIpText } from '../../../protocols/ip-address.ts';
import type { FlagSpec } from '../flags.ts';

function isNoAddress(value: string): string | null {
  return isIpText(value.trim()) ? null : `${value} is not an ip address`;
}

function isNoDomain(value: string): string | null {
  return value === '.' || /^[a-zA-Z0-9_]([a-zA-Z0-9_.-]*[a-zA-Z0-9_])?\.?$/.test(value)
    ? null
    : `${value} is not a valid domain`;
}

function isNoLink(value: string): string | null {
  return value === '' || value.split(':').length > 2 ? `bad format for links: ${value}` : null;
}

function isNoExtraHost(value: string): string | null {
  const [name = '', ...rest] = value.replace('=', ':').split(':');
  const address = rest.join(':');
  if (name === '' || rest.length === 0) return `bad format for add-host: "${value}"`;
  return address === 'host-gateway' || isIpText(address)
    ? null
    : `invalid IP address in add-host: "${address}"`;
}

/** opts.ValidateSysctl: what has a namespace of its own. */
function isNoSysctl(value: string): string | null {
  const isAllowed =
    /^(net\.|fs\.mqueue\.|kernel\.(msgmax|msgmnb|msgmni|sem|shmall|shmmax|shmmni|shm_rmid_forced)=)/;
  return isAllowed.test(value) && value.includes('=') ? null : `sysctl '${value}' is not allowed`;
}

const NETWORK_FLAGS: readonly FlagSpec[] = [
  {
    name: 'add-host',
    kind: 'list',
    usage: 'Add a custom host-to-IP mapping (host:ip)',
    check: isNoExtraHost,
  },
  { name: 'dns', kind: 'list', usage: 'Set custom DNS servers', check: isNoAddress },
  { name: 'dns-opt', kind: 'list' },
  { name: 'dns-option', kind: 'list', usage: 'Set DNS options' },
  { name: 'dns-search', kind: 'list', usage: 'Set custom DNS search domains', check: isNoDomain },
  { name: 'domainname', kind: 'string', usage: 'Container NIS domain name' },
  { name: 'expose', kind: 'list', usage: 'Expose a port or a range of ports' },
  { name: 'hostname', short: 'h', kind: 'string', usage: 'Container host name' },
  { name: 'ip', kind: 'string', usage: 'IPv4 address (e.g., 172.30.100.104)' },
  { name: 'ip6', kind: 'string', usage: 'IPv6 address (e.g., 2001:db8::33)' },
  { name: 'link', kind: 'list', usage: 'Add link to another container', check: isNoLink },
  { name: 'link-local-ip', kind: 'list', usage: 'Container IPv4/IPv6 link-local addresses' },
  {
    name: 'mac-address',
    kind: 'string',
    usage: 'Container MAC address (e.g., 92:d0:c6:0a:29:33)',
  },
  { name: 'net', kind: 'list' },
  { name: 'net-alias', kind: 'list' },
  { name: 'network', kind: 'list', type: 'network', usage: 'Connect a container to a network' },
  { name: 'network-alias', kind: 'list', usage: 'Add network-scoped alias for the container' },
  { name: 'publish', short: 'p', kind: 'list', usage: "Publish a container's port(s) to the host" },
  { name: 'publish-all', short: 'P', kind: 'bool', usage: 'Publish all exposed ports to random ports' },
  {
    name: 'sysctl',
    kind: 'list',
    type: 'map',
    usage: 'Sysctl options',
    byDefault: 'map[]',
    check: isNoSysctl,
  },
];

const PROCESS_FLAGS: readonly FlagSpec[] = [
  { name: 'attach', short: 'a', kind: 'list', usage: 'Attach to STDIN, STDOUT or STDERR' },
  { name: 'cap-add', kind: 'list', usage: 'Add Linux capabilities' },
  { name: 'cap-drop', kind: 'list', usage: 'Drop Linux capabilities' },
  { name: 'entrypoint', kind: 'string', usage: 'Overwrite the default ENTRYPOINT of the image' },
  { name: 'env', short: 'e', kind: 'list', usage: 'Set environment variables' },
  { name: 'env-file', kind: 'list', usage: 'Read in a file of environment variables' },
  {
    name: 'init',
    kind: 'bool',
    usage: 'Run an init inside the container that forwards signals and reaps processes',
  },
  { name: 'interactive', short: 'i', kind: 'bool', usage: 'Keep STDIN open even if not attached' },
  { name: 'label', short: 'l', kind: 'list', usage: 'Set meta data on a container' },
  { name: 'name', kind: 'string', usage: 'Assign a name to the container' },
  { name: 'privileged', kind: 'bool', usage: 'Give extended privileges to this container' },
  {
    name: 'restart',
    kind: 'string',
    usage: 'Restart policy to apply when a container exits',
    byDefault: '"no"',
  },
  { name: 'rm', kind: 'bool', usage: 'Automatically remove the container when it exits' },
  { name: 'stop-signal', kind: 'string', usage: 'Signal to stop a container', byDefault: '"SIGTERM"' },
  { name: 'stop-timeout', kind: 'int', usage: 'Timeout (in seconds) to stop a container' },
  { name: 'tty', short: 't', kind: 'bool', usage: 'Allocate a pseudo-TTY' },
  { name: 'user', short: 'u', kind: 'string', usage: 'Username or UID (format: <name|uid>[:<group|gid>])' },
  { name: 'workdir', short: 'w', kind: 'string', usage: 'Working directory inside the container' },
];

const strings = (...names: string[]): FlagSpec[] => names.map((name) => ({ name, kind: 'string' }));
const lists = (...names: string[]): FlagSpec[] => names.map((name) => ({ name, kind: 'list' }));

/** Flags about storage, limits, logs and the like: taken, and without effect on the network. */
const OTHER_FLAGS: readonly FlagSpec[] = [
  { name: 'volume', short: 'v', kind: 'list' },
  { name: 'memory', short: 'm', kind: 'string' },
  { name: 'cpu-shares', short: 'c', kind: 'string' },
  { name: 'read-only', kind: 'bool' },
  { name: 'no-healthcheck', kind: 'bool' },
  { name: 'oom-kill-disable', kind: 'bool' },
  { name: 'disable-content-trust', kind: 'bool' },
  ...lists(
    'mount',
    'tmpfs',
    'volumes-from',
    'log-opt',
    'ulimit',
    'security-opt',
    'device',
    'group-add',
    'gpus',
  ),
  ...lists('label-file', 'storage-opt', 'annotation', 'blkio-weight-device', 'device-cgroup-rule'),
  ...strings('cpus', 'cpuset-cpus', 'cpuset-mems', 'cpu-period', 'cpu-quota', 'memory-swap', 'shm-size'),
  ...strings('memory-reservation', 'kernel-memory', 'blkio-weight', 'pids-limit', 'oom-score-adj'),
  ...strings('pull', 'platform', 'log-driver', 'pid', 'ipc', 'uts', 'userns', 'cgroupns', 'cgroup-parent'),
  ...strings('cidfile', 'runtime', 'isolation', 'volume-driver', 'health-cmd', 'health-interval'),
  ...strings('health-retries', 'health-timeout', 'health-start-period'),
];

export const CONTAINER_FLAGS: readonly FlagSpec[] = [...NETWORK_FLAGS, ...PROCESS_FLAGS, ...OTHER_FLAGS];
