import type { RedisReply } from './resp.ts';

const OK: RedisReply = { kind: 'status', text: 'OK' };
const NOTHING: RedisReply = { kind: 'nothing' };
const NOT_A_NUMBER: RedisReply = { kind: 'error', text: 'ERR value is not an integer or out of range' };

const integer = (value: number): RedisReply => ({ kind: 'integer', value });
const bulk = (text: string): RedisReply => ({ kind: 'bulk', text });

/** A command: how many words it takes behind its name, and what it answers. */
interface Command {
  readonly min: number;
  readonly max: number;
  readonly run: (values: Map<string, string>, words: readonly string[]) => RedisReply;
}

const COMMANDS: Readonly<Record<string, Command>> = {
  PING: {
    min: 0,
    max: 1,
    run: (_, [text]) => (text === undefined ? { kind: 'status', text: 'PONG' } : bulk(text)),
  },
  ECHO: { min: 1, max: 1, run: (_, [text = '']) => bulk(text) },
  SELECT: { min: 1, max: 1, run: () => OK },
  SET: {
    min: 2,
    max: 2,
    run: (values, [key = '', value = '']) => {
      values.set(key, value);
      return OK;
    },
  },
  GET: {
    min: 1,
    max: 1,
    run: (values, [key = '']) => (values.has(key) ? bulk(values.get(key)!) : NOTHING),
  },
  DEL: {
    min: 1,
    max: Infinity,
    run: (values, keys) => integer(keys.filter((key) => values.delete(key)).length),
  },
  EXISTS: {
    min: 1,
    max: Infinity,
    run: (values, keys) => integer(keys.filter((key) => values.has(key)).length),
  },
  INCR: { min: 1, max: 1, run: (values, [key = '']) => add(values, key, 1) },
  DECR: { min: 1, max: 1, run: (values, [key = '']) => add(values, key, -1) },
  INCRBY: { min: 2, max: 2, run: (values, [key = '', by = '']) => add(values, key, Number(by)) },
  KEYS: {
    min: 1,
    max: 1,
    run: (values, [pattern = '']) => {
      const matcher = new RegExp(
        `^${pattern
          .replace(/[.+^${}()|\\]/g, '\\$&')
          .replaceAll('*', '.*')
          .replaceAll('?', '.')}$`,
      );
      return { kind: 'list', items: [...values.keys()].filter((key) => matcher.test(key)).map(bulk) };
    },
  },
  DBSIZE: { min: 0, max: 0, run: (values) => integer(values.size) },
  FLUSHALL: {
    min: 0,
    max: 0,
    run: (values) => {
      values.clear();
      return OK;
    },
  },
};

function add(values: Map<string, string>, key: string, by: number): RedisReply {
  const sum = Number(values.get(key) ?? '0') + by;
  if (!Number.isSafeInteger(sum)) return NOT_A_NUMBER;
  values.set(key, String(sum));
  return integer(sum);
}

/** Keys with their texts, and what commands do to them. Not modelled: other types, expiry, transactions, several databases. */
export class RedisDatabase {
  private readonly values = new Map<string, string>();

  run(command: readonly string[]): RedisReply {
    const [name = '', ...words] = command;
    const known = Object.hasOwn(COMMANDS, name.toUpperCase()) ? COMMANDS[name.toUpperCase()]! : null;
    if (known === null) {
      const given = words.map((word) => `'${word}' `).join('');
      return { kind: 'error', text: `ERR unknown command '${name}', with args beginning with: ${given}` };
    }
    if (words.length < known.min || words.length > known.max) {
      return {
        kind: 'error',
        text: `ERR wrong number of arguments for '${name.toLowerCase()}' command`,
      };
    }
    return known.run(this.values, words);
  }
}
