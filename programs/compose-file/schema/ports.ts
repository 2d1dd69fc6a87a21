/** Published ports: Compose's short form `[[IP:][HOST]:]CONTAINER[/PROTOCOL]` and its long form. */
import * as v from 'valibot';
import { isIpText } from '../../../protocols/ip-address.ts';
import { FormatError } from './format-error.ts';
import { choice } from './choice.ts';
import { map } from './map.ts';
import { oneOf } from './one-of.ts';
import { parsed } from './parsed.ts';
import { addressText, text } from './values.ts';

/** One container port published; `published` undefined: Docker picks a port; first < last: the first free. */
export interface PortMapping {
  readonly target: number;
  readonly published: { readonly first: number; readonly last: number } | undefined;
  /** Undefined: all addresses of the host. */
  readonly hostIp: string | undefined;
  readonly protocol: 'tcp' | 'udp' | 'sctp';
  readonly mode: 'ingress' | 'host';
}

interface PortRange {
  readonly first: number;
  readonly last: number;
}

const HINT = 'write it as 8080:80, 127.0.0.1:8080:80, 53:53/udp or 8000-8005:8000-8005';

function parseRange(text: string, whole: string): PortRange {
  const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text);
  const first = Number(match?.[1]);
  const last = Number(match?.[2] ?? match?.[1]);
  if (match === null || first < 1 || last > 65535 || last < first) {
    throw new FormatError(`"${whole}" is not a port mapping: "${text}" is not a port or range`, HINT);
  }
  return { first, last };
}

function parseProtocol(text: string, whole: string): PortMapping['protocol'] {
  if (text === 'tcp' || text === 'udp' || text === 'sctp') return text;
  throw new FormatError(`"${whole}" names the protocol "${text}"`, 'it is tcp, udp or sctp');
}

function expand(
  target: PortRange,
  published: PortRange | undefined,
  rest: Pick<PortMapping, 'hostIp' | 'protocol' | 'mode'>,
  whole: string,
): PortMapping[] {
  const count = target.last - target.first + 1;
  if (published !== undefined && count > 1 && published.last - published.first + 1 !== count) {
    throw new FormatError(`"${whole}": the two ranges differ in length`, HINT);
  }
  return Array.from({ length: count }, (_, i) => {
    const own =
      published && (count === 1 ? published : { first: published.first + i, last: published.first + i });
    return { target: target.first + i, published: own, ...rest };
  });
}

/** Reads the short form. A range gives one mapping for each of its ports. */
export function parseShortPort(text: string): PortMapping[] {
  const [address = '', protocolText = 'tcp', ...more] = text.split('/');
  if (more.length > 0) throw new FormatError(`"${text}" is not a port mapping`, HINT);
  const match = /^(?:(?:\[([^\]]*)\]|([^:[\]]*)):(?=[^:]*:))?(?:([^:]*):)?([^:]*)$/.exec(address);
  if (match === null) throw new FormatError(`"${text}" is not a port mapping`, HINT);
  const hostIp = match[1] ?? match[2];
  if (hostIp !== undefined && !isIpText(hostIp)) {
    throw new FormatError(`"${text}": "${hostIp}" is not an address`, HINT);
  }
  const target = parseRange(match[4]!, text);
  const published = match[3] === undefined || match[3] === '' ? undefined : parseRange(match[3], text);
  const protocol = parseProtocol(protocolText.toLowerCase(), text);
  return expand(target, published, { hostIp, protocol, mode: 'ingress' }, text);
}

const portText = oneOf([v.pipe(v.number(), v.integer()), text]);

const longPort = parsed(
  map({
    target: portText,
    published: v.optional(portText),
    protocol: v.optional(text),
    host_ip: v.optional(addressText),
    mode: v.optional(choice(['ingress', 'host'])),
    name: v.optional(text),
    app_protocol: v.optional(text),
  }),
  ({ target, published, protocol = 'tcp', host_ip, mode = 'ingress' }) => {
    const whole = `${published ?? ''}:${target}`;
    const publishedText = published === undefined ? '' : String(published);
    return expand(
      parseRange(String(target), whole),
      publishedText === '' ? undefined : parseRange(publishedText, whole),
      { hostIp: host_ip, protocol: parseProtocol(protocol, whole), mode },
      whole,
    );
  },
);

export const portsSchema = v.pipe(
  v.array(oneOf([parsed(portText, (value) => parseShortPort(String(value))), longPort])),
  v.transform((lists) => lists.flat()),
);
