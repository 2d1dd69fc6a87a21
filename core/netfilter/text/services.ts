import { ParameterError } from './iptables-error.ts';

/** Ports by the names of /etc/services that rules are commonly written with. */
const SERVICES: Readonly<Record<string, number>> = {
  ftp: 21,
  ssh: 22,
  telnet: 23,
  smtp: 25,
  domain: 53,
  bootps: 67,
  bootpc: 68,
  tftp: 69,
  http: 80,
  kerberos: 88,
  pop3: 110,
  sunrpc: 111,
  ntp: 123,
  imap2: 143,
  snmp: 161,
  bgp: 179,
  ldap: 389,
  https: 443,
  'microsoft-ds': 445,
  isakmp: 500,
  syslog: 514,
  ldaps: 636,
  imaps: 993,
  pop3s: 995,
  openvpn: 1194,
  nfs: 2049,
  mysql: 3306,
  postgresql: 5432,
  mdns: 5353,
  'http-alt': 8080,
};

const NAMES = new Map(Object.entries(SERVICES).map(([name, port]) => [port, name]));

/** A port by number or service name. */
export function parsePort(extension: string, option: string, text: string): number {
  const known = Object.hasOwn(SERVICES, text) ? SERVICES[text] : undefined;
  const port = known ?? (/^(0x[0-9a-fA-F]+|\d+)$/.test(text) ? Number(text) : NaN);
  if (Number.isNaN(port)) {
    throw new ParameterError(`${extension}: Bad value for "--${option}" option: "${text}"`);
  }
  if (port > 65535) {
    throw new ParameterError(
      `${extension}: Port "${text}" for option "--${option}" is out of range (0-65535).`,
    );
  }
  return port;
}

/** `port[:port]`; an end left out is the lowest or highest port. */
export function parsePortRange(extension: string, option: string, text: string): [number, number] {
  const colon = text.indexOf(':');
  if (colon < 0) {
    const port = parsePort(extension, option, text);
    return [port, port];
  }
  const low = text.slice(0, colon);
  const high = text.slice(colon + 1);
  const range: [number, number] = [
    low === '' ? 0 : parsePort(extension, option, low),
    high === '' ? 65535 : parsePort(extension, option, high),
  ];
  if (range[0] > range[1]) {
    throw new ParameterError(`${extension}: Port range ${range[0]}-${range[1]} out of order.`);
  }
  return range;
}

/** A port as `-L` prints it: by name unless `-n`. */
export function portText(port: number, numeric: boolean): string {
  return numeric ? String(port) : (NAMES.get(port) ?? String(port));
}
