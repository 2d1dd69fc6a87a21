import type { Process } from '../../core/host/process.ts';
import { SIGTERM } from '../../core/host/process.ts';
import type { Program, ProgramRun } from '../../core/host/program.ts';
import { EMPTY_INPUT, TextBuffer } from '../../core/host/streams.ts';
import { isIpText, parseIp, type IpAddress } from '../../protocols/ip-address.ts';
import { proxyTcp } from './tcp-proxy.ts';
import { proxyUdp } from './udp-proxy.ts';

/** Where a proxy listens and what it serves. */
export interface ProxySettings {
  readonly protocol: string;
  readonly hostIp: IpAddress;
  readonly hostPort: number;
  readonly containerIp: IpAddress;
  readonly containerPort: number;
  /** The listening socket is the daemon's, which is what the proxy of release 28 and later does. */
  readonly useListenFd: boolean;
}

/**
 * docker-proxy (libnetwork cmd/proxy): carries what reaches a published port over the host's own sockets to the
 * container, for the packets that no DNAT rule takes. Not modelled: SCTP.
 */
export function* dockerProxy(proc: Process): ProgramRun {
  const settings = readArguments(proc.argv.slice(1));
  if (settings === null) {
    proc.printError('docker-proxy: invalid arguments\n');
    return 1;
  }
  switch (settings.protocol) {
    case 'tcp':
      return yield* proxyTcp(proc, settings);
    case 'udp':
      return yield* proxyUdp(proc, settings);
    default:
      proc.printError(`docker-proxy: protocol ${settings.protocol} is not modelled\n`);
      return 1;
  }
}

function readArguments(args: readonly string[]): ProxySettings | null {
  const values = new Map<string, string>();
  for (let i = 0; i + 1 < args.length; i += 2) values.set(args[i]!, args[i + 1]!);
  const hostIp = values.get('-host-ip') ?? '';
  const containerIp = values.get('-container-ip') ?? '';
  if (!isIpText(hostIp) || !isIpText(containerIp)) return null;
  return {
    protocol: values.get('-proto') ?? 'tcp',
    hostIp: parseIp(hostIp),
    hostPort: Number(values.get('-host-port')),
    containerIp: parseIp(containerIp),
    containerPort: Number(values.get('-container-port')),
    useListenFd: args.includes('-use-listen-fd'),
  };
}

/** Starts a thread of the proxy (in Go, a goroutine) that ends with it. */
export function startThread(proc: Process, program: Program): Process {
  const thread = proc.host.processes.spawn(program, {
    context: proc.context,
    argv: proc.argv,
    threadOf: proc,
    stdin: EMPTY_INPUT,
    stdout: new TextBuffer(),
    stderr: new TextBuffer(),
    onExit: () => proc.disown(resource),
  });
  const resource = { releasedBy: () => thread.kill(SIGTERM) };
  proc.own(resource);
  return thread;
}
