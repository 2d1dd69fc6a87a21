import type { Process } from '../../core/host/process.ts';
import type { ProgramRun } from '../../core/host/program.ts';
import {
  DNS_PORT,
  DNS_TYPE,
  dnsQuery,
  dnsRcodeName,
  isDnsName,
  reverseName,
  writeDnsMessage,
  type DnsMessage,
  type DnsRecord,
} from '../../protocols/dns/index.ts';
import { formatIp, isIpText, parseIp } from '../../protocols/ip-address.ts';
import { formatIpv4 } from '../../protocols/ipv4-address.ts';
import { parseArguments } from '../arguments.ts';
import type { Run } from '../line-input.ts';
import { drawQueryId } from '../resolver/dns-exchange.ts';
import { resolveIpv4, resolverConfig, searchNames } from '../resolver/resolve.ts';
import { askOverUdp } from './dns-client.ts';
import { recordType } from './name-server.ts';
import { absoluteName, dataText } from './record-text.ts';

const TIMEOUT_NS = 5e9;
const TRIES = 2;

/** BIND's host. Not modelled: all options but -t and -W. */
export function* host(proc: Process): ProgramRun {
  const args = parseArguments(proc, {
    short: 't:W:4',
    usage: 'Usage: host [-t type] [-W wait] {name} [server]\n',
  });
  if (args === null) return 1;
  const [name, serverName] = args.operands;
  if (name === undefined) {
    proc.printError('Usage: host [-t type] [-W wait] {name} [server]\n');
    return 1;
  }
  const config = resolverConfig(proc);
  let servers = config.nameservers;
  if (serverName !== undefined) {
    const address = yield* resolveIpv4(proc, serverName);
    if (address === null) {
      proc.printError(`host: couldn't get address for '${serverName}': not found\n`);
      return 1;
    }
    servers = [address];
    const text = formatIpv4(address);
    proc.print(`Using domain server:\nName: ${serverName}\nAddress: ${text}#53\nAliases: \n\n`);
  }
  const asked = args.value('t');
  const type = asked === undefined ? null : recordType(asked);
  if (asked !== undefined && type === null) {
    proc.printError(`host: invalid type: ${asked}\n`);
    return 1;
  }
  const timeoutNs = Number(args.value('W') ?? TIMEOUT_NS / 1e9) * 1e9;
  if (isIpText(name))
    return yield* lookUp(proc, [reverseName(parseIp(name))], [DNS_TYPE.PTR], servers, timeoutNs);
  const types = type === null ? [DNS_TYPE.A, DNS_TYPE.AAAA, DNS_TYPE.MX] : [type];
  return yield* lookUp(proc, searchNames(name, config), types, servers, timeoutNs);
}

/** The first name that exists is asked for every type; the last one tried is the one complained about. */
function* lookUp(
  proc: Process,
  names: readonly string[],
  types: readonly number[],
  servers: readonly number[],
  timeoutNs: number,
): Run<number> {
  let rcode = 3;
  for (const name of names) {
    if (!isDnsName(name)) continue;
    const first = yield* ask(proc, name, types[0]!, servers, timeoutNs);
    if (first === null) return 1;
    rcode = first.rcode;
    if (rcode !== 0) continue;
    proc.print(first.answers.map(answerText).join(''));
    const empty = first.answers.length === 0 && types.length === 1;
    if (empty) proc.print(`${name} has no ${typeText(types[0]!)} record\n`);
    for (const type of types.slice(1)) {
      const reply = yield* ask(proc, name, type, servers, timeoutNs);
      if (reply === null) return 1;
      proc.print(
        reply.answers
          .filter((record) => record.type === type)
          .map(answerText)
          .join(''),
      );
    }
    return empty ? 1 : 0;
  }
  proc.print(`Host ${names[0]} not found: ${rcode}(${dnsRcodeName(rcode)})\n`);
  return 1;
}

function* ask(
  proc: Process,
  name: string,
  type: number,
  servers: readonly number[],
  timeoutNs: number,
): Run<DnsMessage | null> {
  const query = writeDnsMessage(dnsQuery(drawQueryId(proc), name, type));
  for (let attempt = 0; attempt < TRIES; attempt++) {
    for (const server of servers) {
      const outcome = yield* askOverUdp(proc, server, DNS_PORT, query, timeoutNs);
      if ('reply' in outcome) return outcome.reply;
      proc.print(`;; communications error to ${formatIpv4(server)}#53: ${outcome.failure}\n`);
    }
  }
  proc.print(';; no servers could be reached\n');
  return null;
}

function typeText(type: number): string {
  return Object.entries(DNS_TYPE).find(([, value]) => value === type)?.[0] ?? `TYPE${type}`;
}

function answerText(record: DnsRecord): string {
  const { name, type, data } = record;
  if (data.kind === 'A') return `${name} has address ${formatIp(data.address)}\n`;
  if (data.kind === 'AAAA') return `${name} has IPv6 address ${formatIp(data.address)}\n`;
  if (data.kind === 'MX') return `${name} mail is handled by ${dataText(record)}\n`;
  if (data.kind === 'name') {
    const relations = new Map<number, string>([
      [DNS_TYPE.CNAME, 'is an alias for'],
      [DNS_TYPE.NS, 'name server'],
      [DNS_TYPE.PTR, 'domain name pointer'],
    ]);
    return `${name} ${relations.get(type) ?? typeText(type)} ${absoluteName(data.name)}\n`;
  }
  if (data.kind === 'TXT') return `${name} descriptive text ${dataText(record)}\n`;
  return `${name} has ${typeText(type)} record ${dataText(record)}\n`;
}
