import type { Process } from '../../core/host/process.ts';
import type { ProgramRun } from '../../core/host/program.ts';
import { parseArguments } from '../arguments.ts';
import { LineInput, type Run } from '../line-input.ts';
import { SocketError } from '../sockets-io/socket-error.ts';
import { connectRedis } from './connect-redis.ts';
import { REDIS_PORT } from './redis-server.ts';
import { encodeCommand, readReply, type RedisReply } from './resp.ts';
import type { TcpStream } from '../sockets-io/tcp-stream.ts';

/**
 * `redis-cli [-h HOST] [-p PORT] [COMMAND …]`: one command, or those on standard input, with a prompt when they are
 * typed. Not modelled: replies as redis-cli formats them at a terminal; they are in raw form.
 */
export function* redisCli(proc: Process): ProgramRun {
  const args = parseArguments(proc, { short: '+h:p:n:', long: { raw: '', 'no-auth-warning': '' } });
  if (args === null) return 1;
  const host = args.value('h') ?? '127.0.0.1';
  const port = Number(args.value('p') ?? REDIS_PORT);
  const connected = yield* connectRedis(proc, host, port);
  if (typeof connected === 'string') {
    proc.printError(`Could not connect to Redis at ${host}:${port}: ${connected}\n`);
    return 1;
  }
  try {
    if (args.operands.length > 0) return yield* ask(proc, connected, args.operands);
    const isTyped = proc.stdin.isTerminal === true;
    const input = LineInput.on(proc.stdin);
    for (;;) {
      if (isTyped) proc.print(`${host}:${port}> `);
      const line = yield* input.nextLine(proc);
      const words = (line ?? '').split(/\s+/).filter((word) => word !== '');
      if (line === null || (isTyped && /^(?:quit|exit)$/i.test(words[0] ?? ''))) return 0;
      if (words.length > 0) yield* ask(proc, connected, words);
    }
  } catch (error) {
    if (!(error instanceof SocketError)) throw error;
    proc.printError(`Error: ${error.message}\n`);
    return 1;
  } finally {
    connected.close();
  }
}

function* ask(proc: Process, stream: TcpStream, words: readonly string[]): Run<number> {
  yield* stream.write(encodeCommand(words));
  const reply = yield* readReply(stream);
  if (reply === null) {
    proc.printError('Error: Server closed the connection\n');
    return 1;
  }
  proc.print(`${rawText(reply)}\n`);
  return reply.kind === 'error' ? 1 : 0;
}

function rawText(reply: RedisReply): string {
  if (reply.kind === 'integer') return String(reply.value);
  if (reply.kind === 'nothing') return '';
  return reply.kind === 'list' ? reply.items.map(rawText).join('\n') : reply.text;
}
