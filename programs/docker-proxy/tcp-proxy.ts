/** libnetwork cmd/proxy tcp_proxy.go. */
import type { Process } from '../../core/host/process.ts';
import type { ProgramRun, WaitRequest } from '../../core/host/program.ts';
import type { WaitQueue } from '../../core/host/wait-queue.ts';
import { EINPROGRESS } from '../../core/socket/errno.ts';
import { Tcp6Socket } from '../../core/socket/tcp6-socket.ts';
import { TcpSocket } from '../../core/socket/tcp-socket.ts';
import type { IpAddress } from '../../protocols/ip-address.ts';
import { startThread, type ProxySettings } from './docker-proxy.ts';

type Socket = TcpSocket | Tcp6Socket;

/** As much as io.Copy takes in one go. */
const COPY_BYTES = 32 * 1024;

/** Accepts, and only then dials the container: a client whose dial fails has been connected and is closed. */
export function* proxyTcp(proc: Process, settings: ProxySettings): ProgramRun {
  const listener = listen(proc, settings);
  if (listener === null) return 1;
  for (;;) {
    for (let client = listener.accept(proc); client !== null; client = listener.accept(proc)) {
      const accepted = client;
      proc.disown(accepted);
      startThread(proc, (thread) => serveClient(thread, settings, accepted));
    }
    yield* proc.wait(listener.readable);
  }
}

function listen(proc: Process, { hostIp, hostPort }: ProxySettings): Socket | null {
  const backlog = 4096;
  if (typeof hostIp === 'number') {
    const socket = new TcpSocket(proc.netns, proc);
    socket.reuseAddress = true;
    return socket.bind(hostIp, hostPort) === 0 && socket.listen(backlog) === 0 ? socket : null;
  }
  const socket = new Tcp6Socket(proc.netns, proc);
  socket.reuseAddress = true;
  socket.v6Only = true;
  return socket.bind(hostIp, hostPort) === 0 && socket.listen(backlog) === 0 ? socket : null;
}

function* serveClient(proc: Process, settings: ProxySettings, client: Socket): ProgramRun {
  client.owner = proc.threadOf;
  proc.own(client);
  const backend = yield* dial(proc, settings.containerIp, settings.containerPort);
  if (backend !== null) yield* copyBothWays(proc, client, backend);
  client.close();
  backend?.close();
  return backend === null ? 1 : 0;
}

function* dial(
  proc: Process,
  address: IpAddress,
  port: number,
): Generator<WaitRequest, Socket | null, WaitQueue | null> {
  const { socket, error } = startConnecting(proc, address, port);
  proc.own(socket);
  if (error !== EINPROGRESS) return null;
  while (!socket.isConnected) {
    if (socket.takeError() !== 0) return null;
    yield* proc.wait(socket.writable);
  }
  return socket;
}

function startConnecting(proc: Process, address: IpAddress, port: number): { socket: Socket; error: number } {
  if (typeof address === 'number') {
    const socket = new TcpSocket(proc.netns, proc.threadOf);
    return { socket, error: socket.connect(address, port) };
  }
  const socket = new Tcp6Socket(proc.netns, proc.threadOf);
  return { socket, error: socket.connect(address, port) };
}

/** One direction: what was read and could not be written yet is held. */
class Way {
  open = true;
  private readonly from: Socket;
  private readonly to: Socket;
  private held: Uint8Array = new Uint8Array(0);

  constructor(from: Socket, to: Socket) {
    this.from = from;
    this.to = to;
  }

  /** Moves what can be moved now; false when nothing could. The end of one side is passed on as a half-close. */
  advance(): boolean {
    if (this.held.length === 0) this.held = this.from.receive(COPY_BYTES);
    if (this.held.length > 0) {
      const taken = this.to.send(this.held);
      if (taken < 0) this.open = false;
      else this.held = this.held.subarray(taken);
      return taken !== 0;
    }
    if (!this.from.endOfStream) return false;
    this.open = false;
    this.to.shutdown();
    return true;
  }
}

function* copyBothWays(
  proc: Process,
  client: Socket,
  backend: Socket,
): Generator<WaitRequest, void, WaitQueue | null> {
  const ways = [new Way(client, backend), new Way(backend, client)];
  while (ways.some(({ open }) => open)) {
    const moved = ways.filter((way) => way.open && way.advance()).length > 0;
    if (!moved) yield* proc.waitAny([client.readable, client.writable, backend.readable, backend.writable]);
  }
}
