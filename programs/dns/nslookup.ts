import type { Process } from '../../core/host/process.ts';
import type { ProgramRun } from '../../core/host/program.ts';
import { UdpSocket } from '../../core/socket/udp-socket.ts';
import {
  DNS_PORT,
  DNS_TYPE,
  canonicalDnsName,
  dnsQuery,
  dnsRcodeName,
  parseDnsMessage,
  reverseName,
  writeDnsMessage,
  type DnsMessage,
  type DnsRecord,
} from '../../protocols/dns/index.ts';
import { formatIp, isIpText, parseIp } from '../../protocols/ip-address.ts';
import { formatIpv4 } from '../../protocols/ipv4-address.ts';
import { toolName } from '../arguments.ts';
import type { Run } from '../line-input.ts';
import { drawQueryId } from '../resolver/dns-exchange.ts';
import { resolveIpv4, resolverConfig } from '../resolver/resolve.ts';
import { recordType } from './name-server.ts';

const USAGE = `BusyBox v1.35.0 (Debian 1:1.35.0-4+deb12u1+b1) multi-call binary.

Usage: nslookup [-type=QUERY_TYPE] [-debug] HOST [DNS_SERVER]

Query DNS about HOST

QUERY_TYPE: soa,ns,a,aaaa,cname,mx,txt,ptr,srv,any
`;

interface Query {
  name: string;
  type: number;
  message: DnsMessage;
  bytes: Uint8Array;
  answered: boolean;
}

interface Settings {
  host: string;
  server: string | null;
  types: number[];
  port: number;
  timeoutS: number;
  retries: number;
}

/** busybox's nslookup, the big version (networking/nslookup.c, 1.35). Not modelled: -debug's output, TCP. */
export function* nslookup(proc: Process): ProgramRun {
  const settings = readSettings(proc);
  if (settings === null) return 1;
  const config = resolverConfig(proc);
  let servers = config.nameservers;
  if (settings.server !== null) {
    const address = yield* resolveIpv4(proc, settings.server);
    if (address === null) {
      proc.printError(`${toolName(proc)}: bad address '${settings.server}'\n`);
      return 1;
    }
    servers = [address];
  }
  const queries = makeQueries(proc, settings, config.search);
  for (const server of servers) {
    const outcome = yield* askServer(proc, server, settings, queries);
    if (outcome !== null) return outcome;
  }
  proc.print(';; connection timed out; no servers could be reached\n\n');
  return 1;
}

function readSettings(proc: Process): Settings | null {
  const settings: Settings = { host: '', server: null, types: [], port: DNS_PORT, timeoutS: 5, retries: 2 };
  const operands: string[] = [];
  for (const arg of proc.argv.slice(1)) {
    if (!arg.startsWith('-')) {
      operands.push(arg);
      continue;
    }
    const [key = '', value = ''] = arg.slice(1).split('=');
    if (key === 'type' || key === 'querytype') {
      const type = recordType(value);
      if (type === null) {
        proc.printError(`${toolName(proc)}: invalid query type "${value}"\n`);
        return null;
      }
      settings.types.push(type);
    } else if (key === 'port') settings.port = Number(value);
    else if (key === 'timeout') settings.timeoutS = Number(value);
    else if (key === 'retry') settings.retries = Number(value);
    else {
      proc.printError(`${toolName(proc)}: not modelled: option ${arg}\n`);
      return null;
    }
  }
  if (operands.length === 0 || operands.length > 2) {
    proc.printError(USAGE);
    return null;
  }
  settings.host = operands[0]!;
  settings.server = operands[1] ?? null;
  return settings;
}

/** An address is asked for its PTR; a name without a dot is completed by the search list. */
function makeQueries(proc: Process, settings: Settings, search: readonly string[]): Query[] {
  const { host, types } = settings;
  if (types.length === 0 && isIpText(host))
    return [makeQuery(proc, reverseName(parseIp(host)), DNS_TYPE.PTR)];
  const names =
    host.includes('.') || search.length === 0 ? [host] : search.map((domain) => `${host}.${domain}`);
  const wanted = types.length === 0 ? [DNS_TYPE.A, DNS_TYPE.AAAA] : types;
  return wanted.flatMap((type) => names.map((name) => makeQuery(proc, name, type)));
}

function makeQuery(proc: Process, name: string, type: number): Query {
  const message = dnsQuery(drawQueryId(proc), name.replace(/\.$/, ''), type);
  return { name, type, message, bytes: writeDnsMessage(message), answered: false };
}

/** send_queries: the exit code once all were answered, null when the server was silent. */
function* askServer(
  proc: Process,
  server: number,
  settings: Settings,
  queries: readonly Query[],
): Run<number | null> {
  const socket = new UdpSocket(proc.netns, proc);
  try {
    if (socket.connect(server, settings.port) !== 0) return null;
    const startNs = proc.nowNs;
    const retryNs = (settings.timeoutS * 1e9) / settings.retries;
    let sentNs = -Infinity;
    let headerShown = false;
    let failures = 0;
    while (proc.nowNs - startNs < settings.timeoutS * 1e9) {
      if (proc.nowNs - sentNs >= retryNs) {
        for (const query of queries) if (!query.answered) socket.send(query.bytes);
        sentNs = proc.nowNs;
      }
      const datagram = socket.receive();
      if (datagram === null) {
        // A refusal is no answer: it is waited out like silence.
        socket.takeError();
        yield* proc.wait(socket.readable, sentNs + retryNs - proc.nowNs);
        continue;
      }
      const reply = parseDnsMessage(datagram.data);
      const query = queries.find(({ answered, message }) => !answered && message.id === reply?.id);
      if (reply === null || query === undefined) continue;
      query.answered = true;
      if (!headerShown)
        proc.print(`Server:\t\t${formatIpv4(server)}\nAddress:\t${formatIpv4(server)}:${settings.port}\n\n`);
      headerShown = true;
      if (reply.rcode !== 0) {
        proc.print(`** server can't find ${query.name}: ${dnsRcodeName(reply.rcode)}\n`);
        failures++;
      } else proc.print(replyText(reply));
      proc.print('\n');
      if (queries.every(({ answered }) => answered)) return failures === 0 ? 0 : 1;
    }
    return null;
  } finally {
    socket.close();
  }
}

function replyText(reply: DnsMessage): string {
  const heading = reply.authoritative ? '' : 'Non-authoritative answer:\n';
  return heading + reply.answers.map(recordText).join('');
}

/** One record as parse_reply prints it. */
export function recordText({ name, type, data }: DnsRecord): string {
  const owner = canonicalDnsName(name);
  switch (data.kind) {
    case 'A':
    case 'AAAA':
      return `Name:\t${owner}\nAddress: ${formatIp(data.address)}\n`;
    case 'name': {
      const kinds = new Map<number, string>([
        [DNS_TYPE.NS, 'nameserver'],
        [DNS_TYPE.CNAME, 'canonical name'],
        [DNS_TYPE.PTR, 'name'],
      ]);
      return `${owner}\t${kinds.get(type) ?? 'name'} = ${data.name}\n`;
    }
    case 'MX':
      return `${owner}\tmail exchanger = ${data.preference} ${data.exchange}\n`;
    case 'TXT':
      return `${owner}\ttext = "${data.strings.map((text) => String.fromCharCode(...text)).join('')}"\n`;
    case 'SRV':
      return `${owner}\tservice = ${data.priority} ${data.weight} ${data.port} ${data.target}\n`;
    case 'SOA':
      return (
        `${owner}\n\torigin = ${data.mname}\n\tmail addr = ${data.rname}\n\tserial = ${data.serial}\n` +
        `\trefresh = ${data.refresh}\n\tretry = ${data.retry}\n\texpire = ${data.expire}\n\tminimum = ${data.minimum}\n`
      );
    default:
      return '';
  }
}
