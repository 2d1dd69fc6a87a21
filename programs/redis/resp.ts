/** Redis' wire format, RESP 2: commands and replies (redis.io, "Redis serialization protocol specification"). */
import type { Run } from '../line-input.ts';
import { decode, encode, type TcpStream } from '../sockets-io/tcp-stream.ts';

export type RedisReply =
  | { readonly kind: 'status' | 'error' | 'bulk'; readonly text: string }
  | { readonly kind: 'integer'; readonly value: number }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'list'; readonly items: readonly RedisReply[] };

export function encodeCommand(words: readonly string[]): string {
  return `*${words.length}\r\n${words.map(bulkText).join('')}`;
}

export function encodeReply(reply: RedisReply): string {
  switch (reply.kind) {
    case 'status':
      return `+${reply.text}\r\n`;
    case 'error':
      return `-${reply.text}\r\n`;
    case 'integer':
      return `:${reply.value}\r\n`;
    case 'bulk':
      return bulkText(reply.text);
    case 'nothing':
      return '$-1\r\n';
    case 'list':
      return `*${reply.items.length}\r\n${reply.items.map(encodeReply).join('')}`;
  }
}

function bulkText(text: string): string {
  return `$${encode(text).length}\r\n${text}\r\n`;
}

/** Reads a reply; null at the end of the stream. */
export function* readReply(stream: TcpStream): Run<RedisReply | null> {
  const line = yield* stream.readLine();
  if (line === null) return null;
  const rest = line.slice(1);
  switch (line[0]) {
    case '+':
      return { kind: 'status', text: rest };
    case '-':
      return { kind: 'error', text: rest };
    case ':':
      return { kind: 'integer', value: Number(rest) };
    case '$': {
      if (rest === '-1') return { kind: 'nothing' };
      const bytes = yield* stream.readExactly(Number(rest) + 2);
      return { kind: 'bulk', text: decode(bytes.subarray(0, -2)) };
    }
    default: {
      const items: RedisReply[] = [];
      for (let i = 0; i < Number(rest); i++) {
        const item = yield* readReply(stream);
        if (item === null) return null;
        items.push(item);
      }
      return { kind: 'list', items };
    }
  }
}

/** Reads a command, also in its inline form of plain words; null at the end of the stream. */
export function* readCommand(stream: TcpStream): Run<string[] | null> {
  const line = yield* stream.readLine();
  if (line === null) return null;
  if (!line.startsWith('*')) return line.split(/\s+/).filter((word) => word !== '');
  const words: string[] = [];
  for (let i = 0; i < Number(line.slice(1)); i++) {
    const word = yield* readReply(stream);
    if (word === null || word.kind !== 'bulk') return null;
    words.push(word.text);
  }
  return words;
}
