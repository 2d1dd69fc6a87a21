import type { Process } from '../../core/host/process.ts';
import type { ProgramRun } from '../../core/host/program.ts';
import { parseArguments } from '../arguments.ts';
import type { Run } from '../line-input.ts';
import type { AnyTcpSocket } from '../sockets-io/any-tcp-socket.ts';
import { acceptTcp, listenTcp } from '../sockets-io/listen-tcp.ts';
import { SocketError } from '../sockets-io/socket-error.ts';
import { Tasks } from '../sockets-io/tasks.ts';
import { TcpStream } from '../sockets-io/tcp-stream.ts';
import { RedisDatabase } from './database.ts';
import { encodeReply, readCommand } from './resp.ts';

export const REDIS_PORT = 6379;
const BACKLOG = 511;

/** `redis-server [--port N]`: keys with texts in memory. Not modelled: configuration files, what is kept on disk, replication. */
export function* redisServer(proc: Process): ProgramRun {
  const args = parseArguments(proc, {
    short: '',
    long: { port: ':', 'protected-mode': ':', save: ':', appendonly: ':', bind: ':' },
  });
  if (args === null) return 1;
  const port = Number(args.value('port') ?? REDIS_PORT);
  let listener: AnyTcpSocket;
  try {
    listener = listenTcp(proc, 'any', port, BACKLOG);
  } catch (error) {
    if (!(error instanceof SocketError)) throw error;
    proc.print(`Warning: Could not create server TCP listening socket *:${port}: bind: ${error.message}\n`);
    return 1;
  }
  proc.print('* Ready to accept connections tcp\n');
  const tasks = new Tasks();
  return yield* tasks.runWith(proc, acceptForEver(proc, listener, tasks, new RedisDatabase()));
}

function* acceptForEver(
  proc: Process,
  listener: AnyTcpSocket,
  tasks: Tasks,
  database: RedisDatabase,
): Run<never> {
  for (;;) {
    const socket = yield* acceptTcp(proc, listener);
    tasks.start(serve(new TcpStream(proc, socket), database));
  }
}

function* serve(stream: TcpStream, database: RedisDatabase): Run<void> {
  try {
    for (let command = yield* readCommand(stream); command !== null; command = yield* readCommand(stream)) {
      if (command.length === 0) continue;
      if (command[0]!.toUpperCase() === 'QUIT') {
        yield* stream.write(encodeReply({ kind: 'status', text: 'OK' }));
        return;
      }
      yield* stream.write(encodeReply(database.run(command)));
    }
  } catch (error) {
    if (!(error instanceof SocketError)) throw error;
  } finally {
    stream.close();
  }
}
