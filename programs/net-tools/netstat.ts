import type { Process } from '../../core/host/process.ts';
import type { ProgramRun } from '../../core/host/program.ts';
import { TcpConnection } from '../../protocols/tcp/tcp-connection.ts';
import { TcpState } from '../../protocols/tcp/tcp-state.ts';
import { formatIpv4 } from '../../protocols/ipv4-address.ts';
import { parseArguments } from '../arguments.ts';
import { notModelled } from '../not-modelled.ts';
import { columns, flagsText, listedRoutes } from './route.ts';

const STATES: Readonly<Record<number, string>> = {
  [TcpState.ESTABLISHED]: 'ESTABLISHED',
  [TcpState.SYN_SENT]: 'SYN_SENT',
  [TcpState.SYN_RECEIVED]: 'SYN_RECV',
  [TcpState.FIN_WAIT_1]: 'FIN_WAIT1',
  [TcpState.FIN_WAIT_2]: 'FIN_WAIT2',
  [TcpState.TIME_WAIT]: 'TIME_WAIT',
  [TcpState.CLOSED]: 'CLOSE',
  [TcpState.CLOSE_WAIT]: 'CLOSE_WAIT',
  [TcpState.LAST_ACK]: 'LAST_ACK',
  [TcpState.LISTEN]: 'LISTEN',
  [TcpState.CLOSING]: 'CLOSING',
};

/** One line of the listing. */
interface SocketLine {
  protocol: string;
  local: string;
  remote: string;
  state: string;
  listening: boolean;
  receiveQueue: number;
  owner: Process | null;
}

/**
 * netstat of net-tools and of busybox, for IPv4 sockets and the routing table. Addresses and ports are printed as
 * with -n. Not modelled: -i, -s, -g, Unix sockets; which program holds an established connection.
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
  const lines: SocketLine[] = [];
  if (args.has('t') || both) lines.push(...tcpLines(proc));
  if (args.has('u') || both) lines.push(...udpLines(proc));
  const onlyListening = args.has('l');
  const chosen = lines.filter(({ listening }) => args.has('a') || listening === onlyListening);
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

function socketText(line: SocketLine, programs: boolean): string {
  const { owner } = line;
  const program = owner === null ? '-' : `${owner.pid}/${(owner.argv[0] ?? '').replace(/^.*\//, '')}`;
  return (
    `${line.protocol.padEnd(5)} ${String(line.receiveQueue).padStart(6)} ${'0'.padStart(6)} ` +
    `${line.local.padEnd(23)} ${line.remote.padEnd(23)} ${line.state.padEnd(11)}` +
    `${programs ? ` ${program.padEnd(20)}` : ' '}\n`
  );
}

function endpoint(address: number, port: number): string {
  return `${formatIpv4(address)}:${port === 0 ? '*' : port}`;
}

function tcpLines(proc: Process): SocketLine[] {
  const { tcp } = proc.netns.sockets;
  const lines: SocketLine[] = tcp.listListeners().map((socket) => ({
    protocol: 'tcp',
    local: endpoint(socket.localAddress, socket.localPort),
    remote: '0.0.0.0:*',
    state: 'LISTEN',
    listening: true,
    receiveQueue: 0,
    owner: socket.owner,
  }));
  for (const flow of tcp.listFlows()) {
    const connection = flow.endpoint instanceof TcpConnection ? flow.endpoint : null;
    lines.push({
      protocol: 'tcp',
      local: endpoint(flow.localAddress, flow.localPort),
      remote: endpoint(flow.remoteAddress, flow.remotePort),
      state: connection === null ? 'TIME_WAIT' : (STATES[connection.state] ?? ''),
      listening: false,
      receiveQueue: connection?.readableBytes ?? 0,
      owner: null,
    });
  }
  return lines;
}

function udpLines(proc: Process): SocketLine[] {
  return proc.netns.sockets.udp.list().map((socket) => {
    const connected = socket.remotePort !== 0;
    return {
      protocol: 'udp',
      local: endpoint(socket.localAddress, socket.localPort),
      remote: endpoint(socket.remoteAddress, socket.remotePort),
      state: connected ? 'ESTABLISHED' : '',
      listening: !connected,
      receiveQueue: socket.queuedDataBytes,
      owner: socket.owner,
    };
  });
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
