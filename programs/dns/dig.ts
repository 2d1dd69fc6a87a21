import type { Process } from '../../core/host/process.ts';
import type { ProgramRun } from '../../core/host/program.ts';
import {
  DNS_TYPE,
  DNS_Z_AD,
  EDNS_OPTION,
  dnsQuery,
  dnsRcodeName,
  ednsRecord,
  findEdns,
  isDnsName,
  writeDnsMessage,
  type DnsMessage,
  type DnsRecord,
} from '../../protocols/dns/index.ts';
import { formatIpv4 } from '../../protocols/ipv4-address.ts';
import type { Run } from '../line-input.ts';
import { drawQueryId } from '../resolver/dns-exchange.ts';
import { resolveIpv4, resolverConfig, searchNames } from '../resolver/resolve.ts';
import { formatDate } from '../text/calendar.ts';
import { DigUsageError, readDigLookups, type DigLookup } from './dig-settings.ts';
import { askOverTcp, askOverUdp, type DnsOutcome } from './dns-client.ts';
import { randomBytes } from './name-server.ts';
import { dataText, hexText, questionLine, recordLine } from './record-text.ts';

const VERSION = '9.18.28-1~deb12u2-Debian';
const EXIT_NO_REPLY = 9;
const EXIT_USAGE = 1;
const OPCODES = ['QUERY', 'IQUERY', 'STATUS', 'RESERVED3', 'NOTIFY', 'UPDATE'];

/** BIND's dig, 9.18. Not modelled: DNSSEC, zone transfers, IPv6 servers, batch files, +trace and the like. */
export function* dig(proc: Process): ProgramRun {
  if (proc.argv[1] === '-v') {
    proc.printError(`DiG ${VERSION}\n`);
    return 0;
  }
  let lookups: DigLookup[];
  try {
    lookups = readDigLookups(proc);
  } catch (error) {
    if (!(error instanceof DigUsageError)) throw error;
    proc.printError(`${error.message}\n`);
    return EXIT_USAGE;
  }
  let code = 0;
  for (const [index, lookup] of lookups.entries()) {
    const run = new DigRun(proc, lookup, index === 0);
    code = Math.max(code, yield* run.run());
  }
  return code;
}

class DigRun {
  private readonly proc: Process;
  private readonly lookup: DigLookup;
  /** The greeting, printed before the first thing that is. */
  private greeting: string;
  private readonly cookie: Uint8Array;

  constructor(proc: Process, lookup: DigLookup, first: boolean) {
    this.proc = proc;
    this.lookup = lookup;
    this.greeting = first && lookup.cmd && !lookup.short ? greetingText(proc, lookup) : '';
    this.cookie = randomBytes(proc, 8);
  }

  *run(): Run<number> {
    const { proc, lookup } = this;
    const servers = yield* this.servers();
    if (servers === null) {
      proc.printError(`dig: couldn't get address for '${lookup.server}': not found\n`);
      return 10;
    }
    if (!isDnsName(lookup.name) && lookup.name !== '.') {
      proc.printError(`dig: '${lookup.name}' is not a legal name (empty label)\n`);
      return 10;
    }
    const names = lookup.search ? searchNames(lookup.name, resolverConfig(proc)) : [lookup.name];
    for (const [i, name] of names.entries()) {
      const reply = yield* this.ask(name, servers);
      if (reply === null) return EXIT_NO_REPLY;
      if (reply.answers.length > 0 || i === names.length - 1) return 0;
    }
    return 0;
  }

  private *servers(): Run<number[] | null> {
    if (this.lookup.server === null) return resolverConfig(this.proc).nameservers;
    const address = yield* resolveIpv4(this.proc, this.lookup.server);
    return address === null ? null : [address];
  }

  /** Tries every server in turn, `tries` times; prints the first reply. */
  private *ask(name: string, servers: readonly number[]): Run<DnsMessage | null> {
    const { proc, lookup } = this;
    const bytes = writeDnsMessage(this.query(name));
    for (let attempt = 0; attempt < lookup.tries; attempt++) {
      for (const server of servers) {
        const startNs = proc.nowNs;
        let tcp = lookup.tcp;
        let outcome = yield* this.exchange(server, bytes, tcp);
        if ('reply' in outcome && outcome.reply.truncated && !tcp) {
          proc.print(';; Truncated, retrying in TCP mode.\n');
          tcp = true;
          outcome = yield* this.exchange(server, bytes, tcp);
        }
        if ('reply' in outcome) {
          this.printReply(outcome.reply, outcome.bytes, server, tcp, proc.nowNs - startNs);
          return outcome.reply;
        }
        proc.print(`;; communications error to ${formatIpv4(server)}#${lookup.port}: ${outcome.failure}\n`);
      }
    }
    proc.print(`${this.takeGreeting()};; no servers could be reached\n`);
    return null;
  }

  private exchange(server: number, query: Uint8Array, tcp: boolean): Run<DnsOutcome> {
    const ask = tcp ? askOverTcp : askOverUdp;
    return ask(this.proc, server, this.lookup.port, query, this.lookup.timeoutS * 1e9);
  }

  private query(name: string): DnsMessage {
    const { lookup, proc } = this;
    const options = lookup.cookie ? [{ code: EDNS_OPTION.COOKIE, data: this.cookie }] : [];
    const additionals = lookup.edns ? [ednsRecord(lookup.udpSize, options)] : [];
    return {
      ...dnsQuery(drawQueryId(proc), name.replace(/\.$/, ''), lookup.type, additionals),
      recursionDesired: lookup.recurse,
      z: lookup.adFlag ? DNS_Z_AD : 0,
    };
  }

  private takeGreeting(): string {
    const greeting = this.greeting;
    this.greeting = '';
    return greeting;
  }

  private printReply(reply: DnsMessage, bytes: number, server: number, tcp: boolean, tookNs: number): void {
    const { proc, lookup } = this;
    if (lookup.short) {
      proc.print(reply.answers.map((record) => `${dataText(record)}\n`).join(''));
      return;
    }
    let text = this.takeGreeting();
    if (lookup.comments) text += headerText(reply, lookup.recurse);
    if (lookup.question) text += this.section('QUESTION', questionText(reply));
    if (lookup.answer) text += this.section('ANSWER', recordsText(reply.answers));
    if (lookup.authority) text += this.section('AUTHORITY', recordsText(reply.authorities));
    if (lookup.additional) {
      text += this.section(
        'ADDITIONAL',
        recordsText(reply.additionals.filter(({ type }) => type !== DNS_TYPE.OPT)),
      );
    }
    if (lookup.stats) {
      const address = formatIpv4(server);
      text +=
        `;; Query time: ${Math.floor(tookNs / 1e6)} msec\n` +
        `;; SERVER: ${address}#${lookup.port}(${lookup.server ?? address}) (${tcp ? 'TCP' : 'UDP'})\n` +
        `;; WHEN: ${formatDate('%a %b %d %H:%M:%S %Z %Y', proc.nowNs)}\n;; MSG SIZE  rcvd: ${bytes}\n\n`;
    }
    proc.print(text);
  }

  /** A section with its title and the blank line after it, which +nocomments leaves out. */
  private section(title: string, lines: string): string {
    if (lines === '') return '';
    return this.lookup.comments ? `;; ${title} SECTION:\n${lines}\n` : lines;
  }
}

function greetingText(proc: Process, lookup: DigLookup): string {
  const found = lookup.server === null ? '' : '; (1 server found)\n';
  return `\n; <<>> DiG ${VERSION} <<>> ${proc.argv.slice(1).join(' ')}\n${found};; global options: +cmd\n`;
}

function headerText(reply: DnsMessage, recursionAsked: boolean): string {
  const flags = [
    reply.response && 'qr',
    reply.authoritative && 'aa',
    reply.truncated && 'tc',
    reply.recursionDesired && 'rd',
    reply.recursionAvailable && 'ra',
    (reply.z & DNS_Z_AD) !== 0 && 'ad',
    (reply.z & 1) !== 0 && 'cd',
  ].filter((flag) => flag !== false);
  const additional = reply.additionals.length;
  const warning =
    recursionAsked && reply.recursionDesired && !reply.recursionAvailable
      ? ';; WARNING: recursion requested but not available\n'
      : '';
  return (
    `;; Got answer:\n;; ->>HEADER<<- opcode: ${OPCODES[reply.opcode] ?? `RESERVED${reply.opcode}`}, ` +
    `status: ${dnsRcodeName(reply.rcode)}, id: ${reply.id}\n;; flags: ${flags.join(' ')}; ` +
    `QUERY: ${reply.questions.length}, ANSWER: ${reply.answers.length}, ` +
    `AUTHORITY: ${reply.authorities.length}, ADDITIONAL: ${additional}\n${warning}\n${ednsText(reply)}`
  );
}

function ednsText(reply: DnsMessage): string {
  const record = findEdns(reply);
  if (record === null || record.data.kind !== 'OPT') return '';
  const cookie = record.data.options.find(({ code }) => code === EDNS_OPTION.COOKIE);
  const flags = (record.ttl & 0x8000) !== 0 ? ' do' : '';
  return (
    `;; OPT PSEUDOSECTION:\n; EDNS: version: ${(record.ttl >>> 16) & 0xff}, flags:${flags}; udp: ${record.class}\n` +
    (cookie === undefined
      ? ''
      : `; COOKIE: ${hexText(cookie.data)}${cookie.data.length > 8 ? ' (good)' : ''}\n`)
  );
}

function questionText(reply: DnsMessage): string {
  return reply.questions.map(({ name, type }) => questionLine(name, type)).join('');
}

function recordsText(records: readonly DnsRecord[]): string {
  return records.map(recordLine).join('');
}
