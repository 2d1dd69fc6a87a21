import type { Process } from '../../core/host/process.ts';
import type { ProgramRun } from '../../core/host/program.ts';
import { RTN_BROADCAST } from '../../core/namespace/ipv4-route.ts';
import { EACCES, errnoMessage } from '../../core/socket/errno.ts';
import { RawSocket } from '../../core/socket/raw-socket.ts';
import { UdpSocket } from '../../core/socket/udp-socket.ts';
import { ICMP_TYPE } from '../../protocols/icmp.ts';
import { PROTO } from '../../protocols/ipv4.ts';
import { formatIpv4, isIpv4Text, parseIpv4 } from '../../protocols/ipv4-address.ts';
import { inOrder } from '../resolver/address-order.ts';
import { resolveHost } from '../resolver/resolve.ts';
import { parseScopedAddress } from '../resolver/scoped-address.ts';
import { EchoSocket4 } from './echo-socket.ts';
import { pingIpv6 } from './iputils-ping6.ts';
import { PingSession } from './iputils-session.ts';
import { readPingSettings, type PingSettings } from './iputils-settings.ts';

/** Port the probe socket is connected to, to learn the source address. */
const PROBE_PORT = 1025;
/** Types a raw ICMP socket is given: replies, source quench, redirects; errors come by the error queue. */
const ICMP_FILTER = ~(
  (1 << ICMP_TYPE.ECHOREPLY) |
  (1 << ICMP_TYPE.SOURCE_QUENCH) |
  (1 << ICMP_TYPE.REDIRECT)
);

/**
 * iputils' ping, 20221126 (ping/ping.c, ping_common.c). Not modelled: record route and timestamp options,
 * adaptive mode, intermediate hops, flow labels and node information queries; the lower bounds on -i for those who are not root.
 */
export function* iputilsPing(proc: Process): ProgramRun {
  const settings = readPingSettings(proc);
  if (typeof settings === 'number') return settings;
  const name = proc.argv[0]!;
  const fail = (message: string): number => {
    proc.printError(`${name}: ${message}\n`);
    return 2;
  };
  const scoped = parseScopedAddress(proc.netns, settings.host);
  if (scoped !== null && settings.family !== 'inet') {
    settings.numeric = true;
    return yield* pingIpv6(proc, settings, settings.host, scoped);
  }
  const resolved = yield* resolveHost(proc, settings.host, settings.family);
  if (typeof resolved === 'string') return fail(`${settings.host}: ${resolved}`);
  const target = inOrder(proc.netns, resolved)[0]!;
  if (typeof target !== 'number') {
    return yield* pingIpv6(proc, settings, resolved.canonicalName, { address: target, dev: null });
  }
  const literal = isIpv4Text(settings.host);
  if (literal) settings.numeric = true;
  const binding = bindingOf(proc, settings);
  if (typeof binding === 'string') return fail(binding);
  const source = probeSource(proc, target, binding, settings.broadcast);
  if (typeof source === 'string') return fail(source);
  const socket = openSocket(proc, settings, binding);
  if (socket.broadcast) proc.printError('WARNING: pinging broadcast address\n');
  const hostname = literal ? settings.host : resolved.canonicalName;
  if (settings.pattern !== null) proc.print(`PATTERN: 0x${hex(settings.pattern)}\n`);
  const from =
    settings.from === null
      ? ''
      : `from ${formatIpv4(source)} ${binding.device === null ? '' : settings.from}: `;
  proc.print(
    `PING ${hostname} (${formatIpv4(target)}) ${from}${settings.sizeBytes}(${settings.sizeBytes + 28}) bytes of data.\n`,
  );
  return yield* new PingSession(proc, new EchoSocket4(socket, target), hostname, settings).run();
}

interface Binding {
  device: string | null;
  address: number;
}

/** -I: a device or one of this machine's addresses. */
function bindingOf(proc: Process, settings: PingSettings): Binding | string {
  const text = settings.from;
  if (text === null) return { device: null, address: 0 };
  if (isIpv4Text(text)) return { device: null, address: parseIpv4(text) };
  if (proc.netns.device(text) === undefined) return `unknown iface: ${text}`;
  return { device: text, address: 0 };
}

/** Connects a UDP socket to learn the source address and whether there is a route; or why not. */
function probeSource(proc: Process, target: number, binding: Binding, broadcast: boolean): number | string {
  const probe = new UdpSocket(proc.netns, proc);
  try {
    if (binding.device !== null) probe.boundDev = proc.netns.device(binding.device)!;
    if (binding.address !== 0) {
      const error = probe.bind(binding.address, 0);
      if (error !== 0) return `bind: ${errnoMessage(error)}`;
    }
    let error = probe.connect(target, PROBE_PORT);
    if (error === EACCES) {
      if (!broadcast)
        return 'Do you want to ping broadcast? Then -b. If not, check your local firewall rules';
      probe.broadcast = true;
      error = probe.connect(target, PROBE_PORT);
    }
    return error === 0 ? probe.localAddress : `connect: ${errnoMessage(error)}`;
  } finally {
    probe.close();
  }
}

function openSocket(proc: Process, settings: PingSettings, binding: Binding): RawSocket {
  const socket = new RawSocket(proc.netns, PROTO.ICMP, proc);
  socket.recvErr = true;
  socket.icmpFilter = ICMP_FILTER;
  socket.localAddress = binding.address;
  if (binding.device !== null) socket.boundDev = proc.netns.device(binding.device)!;
  if (settings.pmtuDiscover !== null) socket.pmtuDiscover = settings.pmtuDiscover;
  if (settings.ttl !== 0) socket.ttl = settings.ttl;
  socket.tos = settings.tos;
  socket.mark = settings.mark;
  const route = isIpv4Text(settings.host) ? proc.netns.ipv4.fib.lookup(parseIpv4(settings.host)) : null;
  socket.broadcast = settings.broadcast && route?.type === RTN_BROADCAST;
  return socket;
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
