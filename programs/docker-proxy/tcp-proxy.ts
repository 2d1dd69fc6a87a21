import { EMPTY_INPUT, TextBuffer } from '../../core/host/streams.ts';
import type { Process } from '../../core/host/process.ts';
import type { ProgramRun } from '../../core/host/program.ts';
import { EINPROGRESS } from '../../core/socket/errno.ts';
import { TcpSocket } from '../../core/socket/tcp-socket.ts';
import { parseIpv4 } from '../../protocols/ipv4-address.ts';
import type { ProxySettings } from './docker-proxy.ts';

/** Accepts, then dials the container; a failed dial closes the client (tcp_proxy.go). */
export function* proxyTcp(proc: Process, settings: ProxySettings): ProgramRun {
  const listener = new TcpSocket(proc.netns, proc);
  const error = listener.bind(parseIpv4(settings.hostIp), settings.hostPort) || listener.listen(4096);
  if (error !== 0) return 1;
  for (;;) {
    for (let client = listener.accept(proc); client !== null; client = listener.accept(proc)) {
      const accepted = client;
      proc.disown(accepted);
      const relay = proc.host.processes.spawn((helper) => serveClient(helper, settings, accepted), {
        context: proc.context,
        argv: proc.argv,
        stdin: EMPTY_INPUT,
        stdout: new TextBuffer(),
        stderr: new TextBuffer(),
      });
      proc.own({ releasedBy: () => relay.kill() });
    }
    yield* proc.wait(listener.readable);
  }
}

function* serveClient(proc: Process, settings: ProxySettings, client: TcpSocket): ProgramRun {
  client.owner = proc;
  proc.own(client);
  const backend = new TcpSocket(proc.netns, proc);
  let error = backend.connect(settings.containerIp, settings.containerPort);
  while (error === EINPROGRESS && !backend.isConnected) {
    yield* proc.wait(backend.writable);
    if (backend.softError !== 0) error = backend.takeError();
  }
  if (error !== EINPROGRESS) {
    client.close();
    return 1;
  }
  yield* copyBothWays(proc, client, backend);
  client.close();
  backend.close();
  return 0;
}

/** Copies until both directions have ended; the end of one is passed on as a half-close. */
function* copyBothWays(proc: Process, client: TcpSocket, backend: TcpSocket): ProgramRun {
  const ways = [
    { from: client, to: backend, open: true, held: new Uint8Array(0) as Uint8Array },
    { from: backend, to: client, open: true, held: new Uint8Array(0) as Uint8Array },
  ];
  while (ways.some((way) => way.open)) {
    let moved = false;
    for (const way of ways) {
      if (!way.open) continue;
      if (way.held.length === 0) way.held = way.from.receive(32 * 1024);
      if (way.held.length > 0) {
        const taken = way.to.send(way.held);
        if (taken < 0) return 1;
        if (taken > 0) moved = true;
        way.held = way.held.subarray(taken);
      } else if (way.from.endOfStream) {
        way.open = false;
        moved = true;
        if (way.from.softError !== 0) return 1;
        way.to.shutdown();
      }
    }
    if (moved) continue;
    yield* proc.waitAny([client.readable, client.writable, backend.readable, backend.writable]);
  }
  return 0;
}
