import { encodeBase64 } from '../../text/base64.ts';
import { hostField, type Url } from '../url.ts';
import type { CurlSettings } from './settings.ts';

/** The head of a request, fields in curl's order. */
export function requestHead(url: Url, method: string, settings: CurlSettings, body: string | null): string {
  const custom = readCustom(settings.headers);
  const lines = [`${method} ${url.target} ${settings.httpVersion}`];
  const field = (name: string, value: string | null) => {
    if (value !== null && !custom.has(name.toLowerCase())) lines.push(`${name}: ${value}`);
  };
  lines.push(custom.get('host') ?? `Host: ${hostField(url)}`);
  const user = url.user !== null ? `${url.user}:${url.password}` : settings.user;
  field('Authorization', user === null ? null : `Basic ${encodeBase64(new TextEncoder().encode(user))}`);
  field('Range', settings.range === null ? null : `bytes=${settings.range}`);
  field('User-Agent', settings.userAgent === '' ? null : settings.userAgent);
  if (settings.json) field('Content-Type', 'application/json');
  field('Accept', settings.json ? 'application/json' : '*/*');
  field('Accept-Encoding', settings.compressed ? 'deflate, gzip, br, zstd' : null);
  field('Referer', settings.referer);
  field('Cookie', settings.cookie);
  for (const [name, line] of custom) if (name !== 'host' && line !== null) lines.push(line);
  if (body !== null) {
    field('Content-Length', String(new TextEncoder().encode(body).length));
    if (!settings.json) field('Content-Type', settings.dataType);
  }
  return `${lines.join('\r\n')}\r\n\r\n`;
}

/** -H: `Name: value` sets a field, `Name:` takes it away, `Name;` sends it empty. */
function readCustom(headers: readonly string[]): Map<string, string | null> {
  const custom = new Map<string, string | null>();
  for (const header of headers) {
    const match = /^([^:;]+)(?::\s*(.*)|;)$/.exec(header);
    if (match === null) continue;
    const name = match[1]!.toLowerCase();
    if (match[2] === undefined) custom.set(name, `${match[1]}:`);
    else custom.set(name, match[2] === '' ? null : header);
  }
  return custom;
}
