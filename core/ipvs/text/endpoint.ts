import { isIpv4Text, parseIpv4 } from '../../../protocols/ipv4-address.ts';
import { ParameterError } from '../../netfilter/text/iptables-error.ts';
import { parsePort } from '../../netfilter/text/services.ts';

/** An address with a port, which may have been left out. */
export interface Endpoint {
  readonly address: number;
  readonly port: number;
  readonly hasPort: boolean;
}

/** `address[:port]` (parse_service of ipvsadm.c); null when it is neither. Host names are not looked up. */
export function parseEndpoint(text: string): Endpoint | null {
  const colon = text.lastIndexOf(':');
  const host = colon < 0 ? text : text.slice(0, colon);
  if (!isIpv4Text(host)) return null;
  const address = parseIpv4(host);
  if (colon < 0) return { address, port: 0, hasPort: false };
  const port = readPort(text.slice(colon + 1));
  return port === null ? null : { address, port, hasPort: true };
}

function readPort(text: string): number | null {
  const number = parseBounded(text, 0, 65535);
  if (number !== null) return number;
  try {
    return parsePort('ipvsadm', 'port', text);
  } catch (error) {
    if (error instanceof ParameterError) return null;
    throw error;
  }
}

/** A decimal number within bounds, or null (string_to_number). */
export function parseBounded(text: string, min: number, max: number): number | null {
  if (!/^[+-]?\d+$/.test(text)) return null;
  const number = Number(text);
  return number >= min && number <= max ? number : null;
}
