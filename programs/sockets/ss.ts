import type { Process } from '../../core/host/process.ts';
import type { ProgramRun } from '../../core/host/program.ts';
import { formatIp } from '../../protocols/ip-address.ts';
import { parseArguments, type ParsedArguments } from '../arguments.ts';
import { notModelled } from '../not-modelled.ts';
import { serviceName } from './service-names.ts';
import { commandName, descriptorNumbers, listSockets, type SocketEntry } from './socket-list.ts';
import { parseSocketFilter, statesNamed, type SocketFilter } from './ss-filter.ts';
import { tcpInfo } from './ss-info.ts';
import { socketSummary } from './ss-summary.ts';

const LONG = {
  numeric: 'n',
  all: 'a',
  listening: 'l',
  processes: 'p',
  info: 'i',
  summary: 's',
  ipv4: '4',
  ipv6: '6',
  tcp: 't',
  udp: 'u',
  raw: 'w',
  'no-header': 'H',
  oneline: 'O',
  version: 'V',
  extended: 'e',
  memory: 'm',
  options: 'o',
  resolve: 'r',
} as const;

/** States shown without -a and -l: what has a peer and is not a bucket. */
const CONNECTED = ['ESTAB', 'SYN-SENT', 'FIN-WAIT-1', 'FIN-WAIT-2', 'CLOSE-WAIT', 'LAST-ACK', 'CLOSING'];

interface Column {
  header: string;
  right: boolean;
  delimiter: string;
}

const COLUMNS: readonly Column[] = [
  { header: 'Netid', right: false, delimiter: '' },
  { header: 'State', right: false, delimiter: ' ' },
  { header: 'Recv-Q', right: false, delimiter: ' ' },
  { header: 'Send-Q', right: false, delimiter: ' ' },
  { header: 'Local Address:', right: true, delimiter: ' ' },
  { header: 'Port', right: false, delimiter: '' },
  { header: 'Peer Address:', right: true, delimiter: ' ' },
  { header: 'Port', right: false, delimiter: '' },
  { header: 'Process', right: false, delimiter: '' },
];

/**
 * ss of iproute2 6.1, as it prints when its output is no terminal. Sockets come in the order of their ports, where
 * the kernel's order is that of its hash tables. Not modelled: -e, -m, -o, Unix, packet and netlink sockets.
 */
export function* ss(proc: Process): ProgramRun {
  const args = parseArguments(proc, { short: 'nalpis46tuwHOVemorxf:A:', long: LONG });
  if (args === null) return 255;
  for (const option of ['e', 'm', 'o', 'r', 'x', 'f', 'A']) {
    if (args.has(option)) return notModelled(proc, `ss -${option}`, 255);
  }
  if (args.has('V')) {
    proc.print('ss utility, iproute2-6.1.0\n');
    return 0;
  }
  const all = listSockets(proc.netns);
  if (args.has('s')) {
    proc.print(socketSummary(all));
    return 0;
  }
  const selection = select(args);
  if (selection === null) {
    proc.printError(`ss: bison bellows (while parsing filter): "syntax error!" Sorry.\n`);
    return 255;
  }
  const numbers = descriptorNumbers(all);
  const shown = all.filter(
    (entry) => selection.protocols.includes(entry.protocol) && selection.accepts(entry),
  );
  const rows = shown.map((entry) => row(entry, numbers.get(entry) ?? 3, args));
  const columns = COLUMNS.map((_, i) => i).filter(
    (i) => !(i === 0 && selection.protocols.length === 1) && !(i === 1 && selection.states.length === 1),
  );
  proc.print(renderTable(rows, columns, !args.has('H')));
  return 0;
}

interface Selection {
  protocols: readonly string[];
  states: readonly string[];
  accepts: SocketFilter;
}

function select(args: ParsedArguments): Selection | null {
  const words = [...args.operands];
  let states: readonly string[] | null = null;
  while (words[0] === 'state' || words[0] === 'exclude') {
    const excluded = words.shift() === 'exclude';
    const named = statesNamed(words.shift() ?? '');
    if (named === null) return null;
    const before: readonly string[] = states ?? statesNamed('all')!;
    states = excluded
      ? before.filter((state) => !named.includes(state))
      : states === null
        ? named
        : [...states, ...named];
  }
  const filter = parseSocketFilter(words);
  if (filter === null) return null;
  const given = (['raw', 'udp', 'tcp'] as const).filter((name) =>
    args.has({ raw: 'w', udp: 'u', tcp: 't' }[name]),
  );
  const protocols = given.length > 0 ? given : (['raw', 'udp', 'tcp'] as const);
  states ??= defaultStates(args, protocols);
  const wanted = states;
  const family = args.has('4') ? 4 : args.has('6') ? 6 : 0;
  return {
    protocols,
    states,
    accepts: (entry) =>
      wanted.includes(entry.state) && (family === 0 || entry.family === family) && filter(entry),
  };
}

function defaultStates(args: ParsedArguments, protocols: readonly string[]): readonly string[] {
  if (args.has('a')) return statesNamed('all')!;
  if (args.has('l')) return ['LISTEN', 'UNCONN'];
  return protocols.includes('tcp') ? CONNECTED : ['ESTAB'];
}

function row(entry: SocketEntry, descriptor: number, args: ParsedArguments): string[] {
  const port = (number: number) => (args.has('n') ? String(number) : serviceName(entry.protocol, number));
  const owner = args.has('p') ? entry.owner : null;
  let process = owner === null ? '' : ` users:(("${commandName(owner)}",pid=${owner.pid},fd=${descriptor}))`;
  if (args.has('i')) process += `${args.has('O') ? ' ' : '\n\t '}${tcpInfo(entry.connection)}`;
  return [
    entry.protocol,
    entry.state,
    // Printed with %-6d: six wide even without a header.
    String(entry.receiveQueue).padEnd(6),
    String(entry.sendQueue).padEnd(6),
    `${addressText(entry)}:`,
    port(entry.localPort),
    entry.remote === null ? `${wildcard(entry)}:` : `${peerText(entry)}:`,
    entry.remote === null ? '*' : port(entry.remotePort),
    process,
  ];
}

function addressText(entry: SocketEntry): string {
  if (entry.dualStack) return '*';
  const text = typeof entry.local === 'number' ? formatIp(entry.local) : `[${formatIp(entry.local)}]`;
  return entry.device === '' ? text : `${text}%${entry.device}`;
}

function peerText(entry: SocketEntry): string {
  return entry.family === 4 ? formatIp(entry.remote!) : `[${formatIp(entry.remote!)}]`;
}

function wildcard(entry: SocketEntry): string {
  if (entry.dualStack) return '*';
  return entry.family === 4 ? '0.0.0.0' : '[::]';
}

/** Every column as wide as its widest cell (render_calc_width, render). */
function renderTable(rows: readonly string[][], columns: readonly number[], withHeader: boolean): string {
  const headers = COLUMNS.map(({ header }) => header);
  const lines = withHeader ? [headers, ...rows] : rows;
  const widths = COLUMNS.map((_, i) => Math.max(0, ...lines.map((cells) => cellWidth(cells[i]!))));
  let text = '';
  for (const cells of lines) {
    columns.forEach((i, position) => {
      const { right, delimiter } = COLUMNS[i]!;
      const cell = cells[i]!;
      const padding = ' '.repeat(Math.max(0, widths[i]! - cell.length));
      text += (position === 0 ? '' : delimiter) + (right ? padding + cell : cell + padding);
    });
    text += '\n';
  }
  return text;
}

/** A cell that goes on in a line of its own does not widen its column. */
function cellWidth(cell: string): number {
  const newline = cell.indexOf('\n');
  return newline < 0 ? cell.length : newline;
}
