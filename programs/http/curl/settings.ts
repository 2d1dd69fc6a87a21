import type { Process } from '../../../core/host/process.ts';
import { isIpText, parseIp, type IpAddress } from '../../../protocols/ip-address.ts';
import { absolutePath } from '../../files.ts';
import { NOT_MODELLED, type CurlArguments } from './options.ts';

/** What a command line asks of curl. */
export interface CurlSettings {
  silent: boolean;
  showError: boolean;
  noProgress: boolean;
  verbose: boolean;
  include: boolean;
  head: boolean;
  fail: boolean;
  failWithBody: boolean;
  followLocation: boolean;
  maxRedirects: number;
  family: 'inet' | 'inet6' | 'unspec';
  method: string | null;
  data: string | null;
  dataType: string;
  appendData: boolean;
  headers: string[];
  userAgent: string;
  referer: string | null;
  cookie: string | null;
  range: string | null;
  user: string | null;
  compressed: boolean;
  json: boolean;
  httpVersion: string;
  maxTimeNs: number;
  connectTimeoutNs: number;
  retries: number;
  retryDelayNs: number;
  retryMaxTimeNs: number;
  retryConnRefused: boolean;
  retryAllErrors: boolean;
  resolve: { host: string; port: number; address: IpAddress; text: string }[];
  interface: string | null;
  localPort: number;
  outputs: (string | null)[];
  remoteName: boolean;
  dumpHeader: string | null;
  writeOut: string | null;
  pathAsIs: boolean;
}

/** libcurl's own limit on connecting. */
const DEFAULT_CONNECT_TIMEOUT_NS = 300e9;

/** Reads the options; a complaint as text when one is not modelled or makes no sense. */
export function readCurlSettings(proc: Process, args: CurlArguments): CurlSettings | string {
  const refused = args.given.find(({ name }) => NOT_MODELLED.has(name));
  if (refused !== undefined) return `curl: not modelled: --${refused.name}\n`;
  const has = (name: string) => args.given.some((option) => option.name === name);
  const values = (name: string) =>
    args.given.filter((option) => option.name === name).map(({ value }) => value);
  const last = (name: string) => values(name).at(-1) ?? null;
  const number = (name: string, fallback: number) => Number(last(name) ?? fallback);
  for (const name of [
    'max-time',
    'connect-timeout',
    'retry',
    'retry-delay',
    'retry-max-time',
    'max-redirs',
  ]) {
    if (Number.isNaN(number(name, 0))) {
      return `curl: option --${name}: expected a proper numerical parameter\n`;
    }
  }
  const data = readData(proc, args);
  if (typeof data === 'object' && data !== null) return data.complaint;
  const cookie = last('cookie');
  if (cookie !== null && !cookie.includes('=')) return 'curl: not modelled: --cookie with a file\n';
  const json = has('json');
  return {
    silent: has('silent'),
    showError: has('show-error'),
    noProgress: has('no-progress-meter') || has('silent'),
    verbose: has('verbose'),
    include: has('include'),
    head: has('head'),
    fail: has('fail') || has('fail-with-body'),
    failWithBody: has('fail-with-body'),
    followLocation: has('location') || has('location-trusted'),
    maxRedirects: number('max-redirs', 50),
    family: has('ipv4') ? 'inet' : has('ipv6') ? 'inet6' : 'unspec',
    method: last('request'),
    data,
    dataType: json ? 'application/json' : 'application/x-www-form-urlencoded',
    appendData: has('get'),
    headers: values('header'),
    userAgent: last('user-agent') ?? 'curl/7.88.1',
    referer: last('referer'),
    cookie,
    range: last('range'),
    user: last('user'),
    compressed: has('compressed'),
    json,
    httpVersion: has('http1.0') ? 'HTTP/1.0' : 'HTTP/1.1',
    maxTimeNs: last('max-time') === null ? Infinity : number('max-time', 0) * 1e9,
    connectTimeoutNs:
      last('connect-timeout') === null ? DEFAULT_CONNECT_TIMEOUT_NS : number('connect-timeout', 0) * 1e9,
    retries: number('retry', 0),
    retryDelayNs: number('retry-delay', 0) * 1e9,
    retryMaxTimeNs: last('retry-max-time') === null ? Infinity : number('retry-max-time', 0) * 1e9,
    retryConnRefused: has('retry-connrefused'),
    retryAllErrors: has('retry-all-errors'),
    resolve: values('resolve').flatMap(readResolve),
    interface: last('interface'),
    localPort: number('local-port', 0),
    outputs: values('output'),
    remoteName: has('remote-name'),
    dumpHeader: last('dump-header'),
    writeOut: last('write-out'),
    pathAsIs: has('path-as-is'),
  };
}

/** --resolve HOST:PORT:ADDRESS. */
function readResolve(text: string): CurlSettings['resolve'] {
  const [, host, port, address = ''] = /^([^:]+):(\d+):\[?([^\]]+)\]?$/.exec(text) ?? [];
  if (host === undefined || !isIpText(address)) return [];
  return [{ host, port: Number(port), address: parseIp(address), text: `${host}:${port}:${address}` }];
}

/** The -d options joined by `&`; null when there is none. */
function readData(proc: Process, args: CurlArguments): string | null | { complaint: string } {
  const parts: string[] = [];
  for (const { name, value } of args.given) {
    if (name === 'data-urlencode') parts.push(urlEncoded(value));
    else if (name === 'data-raw') parts.push(value);
    else if (/^(data(-ascii|-binary)?|json)$/.test(name)) {
      if (!value.startsWith('@')) {
        parts.push(value);
        continue;
      }
      const text = proc.context.fileSystem.readText(absolutePath(proc, value.slice(1)));
      if (text === null) {
        return {
          complaint: `curl: option ${name === 'data' ? '-d' : `--${name}`}: error encountered when reading a file\n`,
        };
      }
      parts.push(name === 'data' || name === 'data-ascii' ? text.replace(/[\r\n]/g, '') : text);
    }
  }
  return parts.length === 0 ? null : parts.join('&');
}

/** --data-urlencode `content`, `=content` or `name=content`. */
function urlEncoded(value: string): string {
  const equals = value.indexOf('=');
  const encode = (text: string) => encodeURIComponent(text).replace(/[!'()*]/g, percent);
  if (equals < 0) return encode(value);
  return `${value.slice(0, equals)}${equals === 0 ? '' : '='}${encode(value.slice(equals + 1))}`;
}

function percent(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}
