import type { Process } from '../../core/host/process.ts';
import type { ProgramRun } from '../../core/host/program.ts';
import { parseIpv4 } from '../../protocols/ipv4-address.ts';
import { proxyTcp } from './tcp-proxy.ts';
import { proxyUdp } from './udp-proxy.ts';

/** Where a proxy listens and what it serves. */
export interface ProxySettings {
  readonly protocol: string;
  readonly hostIp: string;
  readonly hostPort: number;
  readonly containerIp: number;
  readonly containerPort: number;
}

/**
 * docker-proxy (moby cmd/docker-proxy): carries what reaches a published port over the host's own sockets to the
 * container, for the packets that no DNAT rule takes. Not modelled: SCTP.
 */
export function* dockerProxy(proc: Process): ProgramRun {
  const settings = readArguments(proc.argv.slice(1));
  if (settings.hostIp.includes(':')) return yield* waitForever(proc);
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

/** The proxy of [::] is there, as on a real host; IPv6 clients reach it once the machine has IPv6 sockets. */
function* waitForever(proc: Process): ProgramRun {
  for (;;) yield* proc.sleep(Infinity);
}

function readArguments(args: readonly string[]): ProxySettings {
  const value = (name: string) => args[args.indexOf(name) + 1] ?? '';
  return {
    protocol: value('-proto'),
    hostIp: value('-host-ip'),
    hostPort: Number(value('-host-port')),
    containerIp: parseIpv4(value('-container-ip')),
    containerPort: Number(value('-container-port')),
  };
}
