/** The flags that `docker service create` and `docker service update` share. */
import type { FlagSpec } from '../flags.ts';

const strings = (...names: string[]): FlagSpec[] => names.map((name) => ({ name, kind: 'string' }));
const lists = (...names: string[]): FlagSpec[] => names.map((name) => ({ name, kind: 'list' }));

function isNoDuration(value: string): string | null {
  return /^(\d+(\.\d+)?(ns|us|ms|s|m|h))+$/.test(value) || value === '0'
    ? null
    : `time: invalid duration ${JSON.stringify(value)}`;
}

const duration = (name: string, usage: string): FlagSpec => ({
  name,
  kind: 'string',
  type: 'duration',
  usage,
  check: isNoDuration,
});

function updateFlags(kind: 'update' | 'rollback'): FlagSpec[] {
  return [
    duration(`${kind}-delay`, `Delay between task ${kind}s (ns|us|ms|s|m|h) (default 0s)`),
    duration(`${kind}-monitor`, `Duration after each task ${kind} to monitor for failure (ns|us|ms|s|m|h)`),
    {
      name: `${kind}-parallelism`,
      kind: 'int',
      type: 'uint',
      usage: `Maximum number of tasks ${kind}d at once`,
    },
    { name: `${kind}-failure-action`, kind: 'string', usage: `Action on ${kind} failure` },
    { name: `${kind}-max-failure-ratio`, kind: 'string', type: 'float', usage: 'Failure rate to tolerate' },
    { name: `${kind}-order`, kind: 'string', usage: `${kind} order ("start-first"|"stop-first")` },
  ];
}

export const SERVICE_FLAGS: readonly FlagSpec[] = [
  { name: 'detach', short: 'd', kind: 'bool', usage: 'Exit immediately instead of waiting for convergence' },
  { name: 'quiet', short: 'q', kind: 'bool', usage: 'Suppress progress output' },
  { name: 'replicas', kind: 'int', type: 'uint', usage: 'Number of tasks' },
  { name: 'endpoint-mode', kind: 'string', usage: 'Endpoint mode (vip or dnsrr)' },
  { name: 'hostname', kind: 'string', usage: 'Container hostname' },
  { name: 'entrypoint', kind: 'string', type: 'command', usage: 'Overwrite the default ENTRYPOINT' },
  { name: 'user', short: 'u', kind: 'string', usage: 'Username or UID (format: <name|uid>[:<group|gid>])' },
  { name: 'workdir', short: 'w', kind: 'string', usage: 'Working directory inside the container' },
  { name: 'init', kind: 'bool', usage: 'Use an init inside each service container to forward signals' },
  { name: 'tty', short: 't', kind: 'bool', usage: 'Allocate a pseudo-TTY' },
  { name: 'read-only', kind: 'bool', usage: "Mount the container's root filesystem as read only" },
  { name: 'stop-signal', kind: 'string', usage: 'Signal to stop the container' },
  duration('stop-grace-period', 'Time to wait before force killing a container (ns|us|ms|s|m|h)'),
  { name: 'restart-condition', kind: 'string', usage: 'Restart when condition is met' },
  duration('restart-delay', 'Delay between restart attempts (ns|us|ms|s|m|h)'),
  { name: 'restart-max-attempts', kind: 'int', type: 'uint', usage: 'Maximum number of restarts' },
  duration('restart-window', 'Window used to evaluate the restart policy (ns|us|ms|s|m|h)'),
  { name: 'replicas-max-per-node', kind: 'int', type: 'uint', usage: 'Maximum number of tasks per node' },
  { name: 'no-resolve-image', kind: 'bool', usage: 'Do not query the registry to resolve image digest' },
  { name: 'with-registry-auth', kind: 'bool', usage: 'Send registry authentication details to agents' },
  ...updateFlags('update'),
  ...updateFlags('rollback'),
  // About storage, limits, logs and health: taken, and without effect on the network.
  ...strings('limit-cpu', 'limit-memory', 'limit-pids', 'reserve-cpu', 'reserve-memory', 'isolation'),
  ...strings('log-driver', 'health-cmd', 'health-interval', 'health-retries', 'health-start-period'),
  ...strings('health-timeout', 'credential-spec'),
  { name: 'no-healthcheck', kind: 'bool' },
  ...lists('log-opt', 'generic-resource'),
];

/** `1m30s` in nanoseconds. */
export function durationNs(text: string): number {
  const units: Record<string, number> = { ns: 1, us: 1e3, ms: 1e6, s: 1e9, m: 6e10, h: 3.6e12 };
  let total = 0;
  for (const [, number, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ns|us|ms|s|m|h)/g)) {
    total += Number(number) * units[unit!]!;
  }
  return Math.round(total);
}
