import { isIpText } from '../../protocols/ip-address.ts';

/** A URL as curl and wget take it. */
export interface Url {
  scheme: string;
  user: string | null;
  password: string;
  /** Without brackets. */
  host: string;
  port: number;
  /** True when the port was written. */
  hasPort: boolean;
  /** Path and query, at least `/`. */
  target: string;
}

export const DEFAULT_PORTS: Readonly<Record<string, number>> = { http: 80, https: 443, ftp: 21, telnet: 23 };

/** Reads a URL; without a scheme it is http. Null when it is none. */
export function parseUrl(text: string): Url | null {
  const match =
    /^(?:([A-Za-z][A-Za-z0-9+.-]*):\/\/)?(?:([^/?#@]*)@)?(\[[^\]]*\]|[^/?#:]*)(?::(\d*))?([/?][^#]*)?(?:#.*)?$/.exec(
      text,
    );
  if (match === null) return null;
  const [, scheme = 'http', userInfo, rawHost = '', portText = '', rest = ''] = match;
  const host = rawHost.replace(/^\[(.*)\]$/, '$1');
  const port = portText === '' ? (DEFAULT_PORTS[scheme.toLowerCase()] ?? 80) : Number(portText);
  if (host === '' || port > 65535 || (rawHost.startsWith('[') && !isIpText(host))) return null;
  const colon = userInfo?.indexOf(':') ?? -1;
  return {
    scheme: scheme.toLowerCase(),
    user: userInfo === undefined ? null : colon < 0 ? userInfo : userInfo.slice(0, colon),
    password: colon < 0 ? '' : userInfo!.slice(colon + 1),
    host,
    port,
    hasPort: portText !== '',
    target: rest.startsWith('/') ? rest : `/${rest}`,
  };
}

/** The host with brackets around an IPv6 literal. */
export function hostText(url: Url): string {
  return url.host.includes(':') ? `[${url.host}]` : url.host;
}

/** What the Host field says: the port only when it is not the scheme's own. */
export function hostField(url: Url): string {
  return url.port === DEFAULT_PORTS[url.scheme] ? hostText(url) : `${hostText(url)}:${url.port}`;
}

export function formatUrl(url: Url): string {
  return `${url.scheme}://${hostText(url)}${url.hasPort ? `:${url.port}` : ''}${url.target}`;
}

/** A Location value against the URL it came from (RFC 3986 section 5). */
export function resolveLocation(base: Url, location: string): Url | null {
  if (/^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(location)) return parseUrl(location);
  if (location.startsWith('//')) return parseUrl(`${base.scheme}:${location}`);
  const path = base.target.replace(/\?.*/, '');
  const target = location.startsWith('/')
    ? location
    : location.startsWith('?')
      ? path + location
      : path.slice(0, path.lastIndexOf('/') + 1) + location;
  return { ...base, target: removeDots(target.replace(/#.*/, '')) };
}

/** Takes `.` and `..` out of a path (RFC 3986 section 5.2.4). */
export function removeDots(target: string): string {
  const question = target.indexOf('?');
  const path = question < 0 ? target : target.slice(0, question);
  const parts: string[] = [];
  const segments = path.split('/').slice(1);
  segments.forEach((segment, i) => {
    const last = i === segments.length - 1;
    if (segment === '..') parts.pop();
    if (segment !== '.' && segment !== '..') parts.push(segment);
    else if (last) parts.push('');
  });
  return `/${parts.join('/')}${question < 0 ? '' : target.slice(question)}`;
}
