import type { Process } from '../../core/host/process.ts';
import type { ProgramRun } from '../../core/host/program.ts';
import { formatIp } from '../../protocols/ip-address.ts';
import { parseArguments } from '../arguments.ts';
import { notModelled } from '../not-modelled.ts';
import { commandName, listSockets, type SocketEntry } from '../sockets/socket-list.ts';
import { columns, flagsText, listedRoutes } from './route.ts';

/** What netstat calls the states that ss calls otherwise; datagram sockets without a peer have none. */
const STATES: Readonly<Record<string, string>> = {
  ESTAB: 'ESTABLISHED',
  'FIN-WAIT-1': 'FIN_WAIT1',
  'FIN-WAIT-2': 'FIN_WAIT2',
  UNCONN: '',
};

/** The order of the listing. */
const ORDER = ['tcp4', 'tcp6', 'udp4', 'udp6'];

/**
 * netstat of net-tools and of busybox, for TCP and UDP sockets and the routing table. Addresses and ports are
 * printed as with -n. Not modelled: -i, -s, -g, Unix sockets.
 */
export function* netstat(proc: Process): ProgramRun {
  const args = parseArguments(proc, {
    short: 'tulanprWeisgx46cov',
    long: {
      tcp: 't',
      udp: 'u',
      listening: 'l',
      all: 'a',
      numeric: 'n',
      programs: 'p',
      program: 'p',
      route: 'r',
      interfaces: 'i',
      statistics: 's',
      groups: 'g',
      wide: 'W',
      extend: 'e',
    },
    usage: 'usage: netstat [-tulanpr]\n',
  });
  if (args === null) return 4;
  const missing = ['i', 's', 'g', 'x'].find((option) => args.has(option));
  if (missing !== undefined) return notModelled(proc, `netstat -${missing}`);
  if (args.has('r')) {
    proc.print(routes(proc, args.has('n')));
    return 0;
  }
  const both = !args.has('t') && !args.has('u');
  const lines = listSockets(proc.netns).filter(
    ({ protocol, family }) =>
      ORDER.includes(`${protocol}${family}`) &&
      (both || args.has(protocol === 'tcp' ? 't' : 'u')) &&
      !args.has(family === 4 ? '6' : '4'),
  );
  lines.sort((x, y) => ORDER.indexOf(x.protocol + x.family) - ORDER.indexOf(y.protocol + y.family));
  const onlyListening = args.has('l');
  const chosen = lines.filter((entry) => args.has('a') || isServer(entry) === onlyListening);
  const what = args.has('a') ? 'servers and established' : onlyListening ? 'only servers' : 'w/o servers';
  const programs = args.has('p');
  proc.print(
    `Active Internet connections (${what})\n` +
      'Proto Recv-Q Send-Q Local Address           Foreign Address         State      ' +
      `${programs ? ' PID/Program name    ' : ' '}\n`,
  );
  for (const line of chosen) proc.print(socketText(line, programs));
  return 0;
}

function isServer({ state }: SocketEntry): boolean {
  return state === 'LISTEN' || state === 'UNCONN';
}

function socketText(entry: SocketEntry, programs: boolean): string {
  const { owner, local, remote, state } = entry;
  const program = owner === null ? '-' : `${owner.pid}/${commandName(owner)}`;
  const any = entry.family === 4 ? '0.0.0.0' : '::';
  const name = `${entry.protocol}${entry.family === 6 ? '6' : ''}`;
  const queues = `${String(entry.receiveQueue).padStart(6)} ${String(sendQueue(entry)).padStart(6)}`;
  const localText = endpoint(formatIp(local), entry.localPort);
  const remoteText = endpoint(remote === null ? any : formatIp(remote), entry.remotePort);
  return (
    `${name.padEnd(5)} ${queues} ${localText.padEnd(23)} ${remoteText.padEnd(23)} ` +
    `${(STATES[state] ?? state.replace('-', '_')).padEnd(11)}${programs ? ` ${program.padEnd(20)}` : ' '}\n`
  );
}

/** The backlog of a listener is not shown here. */
function sendQueue(entry: SocketEntry): number {
  return entry.state === 'LISTEN' ? 0 : entry.sendQueue;
}

function endpoint(address: string, port: number): string {
  return `${address}:${port === 0 ? '*' : port}`;
}

/** `netstat -r`: the routing table with columns of its own. */
function routes(proc: Process, numeric: boolean): string {
  let text =
    'Kernel IP routing table\n' +
    'Destination     Gateway         Genmask         Flags   MSS Window  irtt Iface\n';
  for (const item of listedRoutes(proc)) {
    text += `${columns(item, numeric)} ${flagsText(item).padEnd(7)}   0 0          0 ${item.dev?.name ?? '-'}\n`;
  }
  return text;
}
