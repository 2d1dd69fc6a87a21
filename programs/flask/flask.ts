import type { Process } from '../../core/host/process.ts';
import type { ProgramRun } from '../../core/host/program.ts';
import { isIpv4Text, parseIpv4 } from '../../protocols/ipv4-address.ts';
import { parseArguments } from '../arguments.ts';
import { httpDate } from '../http/http-date.ts';
import type { HttpRequest } from '../http/request.ts';
import { byteLength, serveHttp, type HttpReply } from '../http/serve.ts';
import type { Run } from '../line-input.ts';
import { notModelled } from '../not-modelled.ts';
import { connectRedis } from '../redis/connect-redis.ts';
import { REDIS_PORT } from '../redis/redis-server.ts';
import { encodeCommand, readReply } from '../redis/resp.ts';
import { listenTcp } from '../sockets-io/listen-tcp.ts';
import { SocketError } from '../sockets-io/socket-error.ts';
import { formatIp } from '../../protocols/ip-address.ts';

const PORT = 5000;
const BACKLOG = 128;

/**
 * `flask run [--host ADDRESS] [--port N]`: the application of Compose's getting started page and no other, which counts
 * its visits in the redis server of the name `redis` (or REDIS_HOST).
 */
export function* flask(proc: Process): ProgramRun {
  if (proc.argv[1] !== 'run') return notModelled(proc, `flask ${proc.argv[1] ?? ''}`.trimEnd());
  const args = parseArguments(proc, { short: 'h:p:', long: { host: 'h', port: 'p', debug: '' } });
  if (args === null) return 2;
  const host = args.value('h') ?? proc.environment.get('FLASK_RUN_HOST') ?? '127.0.0.1';
  const port = Number(args.value('p') ?? proc.environment.get('FLASK_RUN_PORT') ?? PORT);
  if (!isIpv4Text(host)) return notModelled(proc, `--host ${host}: only IPv4 addresses`);
  try {
    const listener = listenTcp(proc, parseIpv4(host), port, BACKLOG);
    proc.printError(` * Running on http://${host}:${port}\n`);
    return yield* serveHttp(proc, listener, {
      version: 'HTTP/1.1',
      keepAliveNs: 0,
      answer: (request) => answer(proc, request),
      log: (request, { status }, socket) =>
        proc.printError(`${formatIp(socket.remoteAddress)} - - "${request.line}" ${status.slice(0, 3)} -\n`),
    });
  } catch (error) {
    if (!(error instanceof SocketError)) throw error;
    proc.printError(`${error.message}\nPort ${port} is in use by another program.\n`);
    return 1;
  }
}

function* answer(proc: Process, request: HttpRequest | null): Run<HttpReply> {
  if (request?.path !== '/') return reply(proc, '404 NOT FOUND', 'Not Found\n');
  const host = proc.environment.get('REDIS_HOST') ?? 'redis';
  const count = yield* countVisit(proc, host);
  if (typeof count === 'string') {
    proc.printError(
      `redis.exceptions.ConnectionError: Error connecting to ${host}:${REDIS_PORT}. ${count}.\n`,
    );
    return reply(proc, '500 INTERNAL SERVER ERROR', 'Internal Server Error\n');
  }
  return reply(proc, '200 OK', `Hello World! I have been seen ${count} times.\n`);
}

/** The number of visits, or why it cannot be told. */
function* countVisit(proc: Process, host: string): Run<number | string> {
  const redis = yield* connectRedis(proc, host, REDIS_PORT);
  if (typeof redis === 'string') return redis;
  try {
    yield* redis.write(encodeCommand(['INCR', 'hits']));
    const counted = yield* readReply(redis);
    return counted?.kind === 'integer' ? counted.value : 'Connection closed by server';
  } catch (error) {
    if (!(error instanceof SocketError)) throw error;
    return error.message;
  } finally {
    redis.close();
  }
}

function reply(proc: Process, status: string, body: string): HttpReply {
  return {
    status,
    fields: [
      ['Server', 'Werkzeug/3.0.1 Python/3.12.1'],
      ['Date', httpDate(proc.nowNs)],
      ['Content-Type', 'text/html; charset=utf-8'],
      ['Content-Length', byteLength(body)],
      ['Connection', 'close'],
    ],
    body,
  };
}
