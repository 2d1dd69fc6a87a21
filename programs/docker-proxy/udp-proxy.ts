/** libnetwork cmd/proxy udp_proxy.go. */
import type { Process } from '../../core/host/process.ts';
import type { ProgramRun } from '../../core/host/program.ts';
import { Udp6Socket } from '../../core/socket/udp6-socket.ts';
import { UdpSocket } from '../../core/socket/udp-socket.ts';
import { formatIp, type IpAddress } from '../../protocols/ip-address.ts';
import { startThread, type ProxySettings } from './docker-proxy.ts';

/** A client's socket to the container is closed when no reply came for this long. */
const IDLE_NS = 90_000_000_000;

type Reply = (data: Uint8Array) => void;

interface Received {
  readonly source: IpAddress;
  readonly sourcePort: number;
  readonly data: Uint8Array;
  /** Sends to where it came from. */
  readonly reply: Reply;
}

/** A socket of either family, as far as the proxy uses it. */
type Backend = Pick<UdpSocket, 'send' | 'takeError' | 'readable' | 'close'> & {
  receive(): { readonly data: Uint8Array } | null;
};

/**
 * One socket to the container for each client address and port; replies go back by the listener: up to release 27
 * from the address that the route gives, later from the one that the client asked (IP_PKTINFO). Not modelled: the
 * latter over IPv6.
 */
export function* proxyUdp(proc: Process, settings: ProxySettings): ProgramRun {
  const listener = listen(proc, settings);
  if (listener === null) return 1;
  const backends = new Map<string, Backend>();
  for (;;) {
    for (let datagram = listener.receive(); datagram !== null; datagram = listener.receive()) {
      const key = `${formatIp(datagram.source)} ${datagram.sourcePort}`;
      const backend = backends.get(key) ?? openBackend(proc, settings, backends, key, datagram.reply);
      backend?.send(datagram.data);
    }
    yield* proc.wait(listener.readable);
  }
}

function listen(proc: Process, { hostIp, hostPort, useListenFd }: ProxySettings) {
  if (typeof hostIp === 'number') {
    const socket = new UdpSocket(proc.netns, proc);
    if (socket.bind(hostIp, hostPort) !== 0) return null;
    const receive = (): Received | null => {
      const datagram = socket.receive();
      if (datagram === null) return null;
      const { source, sourcePort, data, destination } = datagram;
      const from = useListenFd ? destination : 0;
      return {
        source,
        sourcePort,
        data,
        reply: (answer) => void socket.sendTo(answer, source, sourcePort, from),
      };
    };
    return { receive, readable: socket.readable };
  }
  const socket = new Udp6Socket(proc.netns, proc);
  socket.v6Only = true;
  if (socket.bind(hostIp, hostPort) !== 0) return null;
  const receive = (): Received | null => {
    const datagram = socket.receive();
    if (datagram === null) return null;
    const { source, sourcePort, data } = datagram;
    return { source, sourcePort, data, reply: (answer) => void socket.sendTo(answer, source, sourcePort) };
  };
  return { receive, readable: socket.readable };
}

function openBackend(
  proc: Process,
  { containerIp, containerPort }: ProxySettings,
  backends: Map<string, Backend>,
  key: string,
  reply: Reply,
): Backend | null {
  const backend = connect(proc, containerIp, containerPort);
  if (backend === null) return null;
  backends.set(key, backend);
  startThread(proc, function* (thread) {
    yield* relayReplies(thread, backend, reply);
    backends.delete(key);
    backend.close();
    return 0;
  });
  return backend;
}

function connect(proc: Process, address: IpAddress, port: number): Backend | null {
  if (typeof address === 'number') {
    const socket = new UdpSocket(proc.netns, proc);
    if (socket.connect(address, port) === 0) return socket;
    socket.close();
    return null;
  }
  const socket = new Udp6Socket(proc.netns, proc);
  if (socket.connect(address, port) === 0) return socket;
  socket.close();
  return null;
}

/** Passes replies on until none has come for a while. That nobody listens in the container is no reason to end. */
function* relayReplies(proc: Process, backend: Backend, reply: Reply): ProgramRun {
  let untilNs = proc.nowNs + IDLE_NS;
  while (proc.nowNs < untilNs) {
    backend.takeError();
    const answer = backend.receive();
    if (answer !== null) {
      reply(answer.data);
      untilNs = proc.nowNs + IDLE_NS;
      continue;
    }
    yield* proc.wait(backend.readable, untilNs - proc.nowNs);
  }
  return 0;
}
