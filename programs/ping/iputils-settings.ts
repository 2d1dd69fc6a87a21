import type { Process } from '../../core/host/process.ts';
import { IP_PMTUDISC_DO, IP_PMTUDISC_DONT, IP_PMTUDISC_WANT } from '../../core/socket/udp-socket.ts';
import type { AddressFamily } from '../resolver/resolve.ts';
import { parseArguments, type ParsedArguments } from '../arguments.ts';

/** What the command line of iputils' ping asks for. */
export interface PingSettings {
  host: string;
  count: number;
  intervalMs: number;
  sizeBytes: number;
  deadlineS: number;
  lingerMs: number;
  ttl: number;
  tos: number;
  mark: number;
  /** null: the kernel's choice. */
  pmtuDiscover: number | null;
  /** Device or source address. */
  from: string | null;
  identifier: number | null;
  pattern: Uint8Array | null;
  preload: number;
  numeric: boolean;
  quiet: boolean;
  flood: boolean;
  timestamps: boolean;
  outstanding: boolean;
  audible: boolean;
  verbose: boolean;
  broadcast: boolean;
  family: AddressFamily;
}

const SHORT = 'abBc:dDe:fi:I:l:Lm:M:nOp:qQ:rRs:t:T:vVw:W:46hAUC';
const UNMODELLED = ['A', 'L', 'R', 'T', 'r', 'd', 'C'];
const PMTU_MODES: ReadonlyMap<string, number> = new Map([
  ['do', IP_PMTUDISC_DO],
  ['dont', IP_PMTUDISC_DONT],
  ['want', IP_PMTUDISC_WANT],
]);

const USAGE = `
Usage
  ping [options] <destination>

Options:
  <destination>      DNS name or IP address
  -a                 use audible ping
  -c <count>         stop after <count> replies
  -D                 print timestamps
  -e <identifier>    define identifier for ping session
  -f                 flood ping
  -h                 print help and exit
  -I <interface>     either interface name or address
  -i <interval>      seconds between sending each packet
  -l <preload>       send <preload> number of packages while waiting replies
  -m <mark>          tag the packets going out
  -M <pmtud opt>     define mtu discovery, can be one of <do|dont|want>
  -n                 no dns name resolution
  -O                 report outstanding replies
  -p <pattern>       contents of padding byte
  -q                 quiet output
  -Q <tclass>        use quality of service <tclass> bits
  -s <size>          use <size> as number of data bytes to be sent
  -t <ttl>           define time to live
  -v                 verbose output
  -V                 print version and exit
  -w <deadline>      reply wait <deadline> in seconds
  -W <timeout>       time to wait for response
  -4                 use IPv4
  -6                 use IPv6

For more details see ping(8).
`;

/** Reads the command line; a number means that ping has said its piece and ends with it. */
export function readPingSettings(proc: Process): PingSettings | number {
  const args = parseArguments(proc, { short: SHORT, usage: USAGE });
  if (args === null) return 2;
  if (args.has('V')) {
    proc.print('ping from iputils 20221126\n');
    return 0;
  }
  const name = proc.argv[0]!;
  const refuse = (message: string, exitCode = 2): number => {
    proc.printError(`${name}: ${message}\n`);
    return exitCode;
  };
  const unmodelled = UNMODELLED.find((option) => args.has(option));
  if (unmodelled !== undefined) return refuse(`not modelled: option -${unmodelled}`);
  if (args.has('h')) {
    proc.printError(USAGE);
    return 2;
  }
  if (args.operands.length === 0) return refuse('usage error: Destination address required', 1);
  if (args.operands.length > 1) return refuse('not modelled: intermediate hops');
  const complaint = checkNumbers(args);
  if (complaint !== null) return refuse(complaint, 1);
  const mode = args.value('M');
  if (mode !== undefined && !PMTU_MODES.has(mode)) return refuse(`invalid -M argument: ${mode}`);
  return settingsFrom(args, familyOf(proc, args));
}

/** The family that -4, -6 or the name ping6 asks for. */
function familyOf(proc: Process, args: ParsedArguments): AddressFamily {
  if (args.has('6') || proc.argv[0]!.endsWith('6')) return 'inet6';
  return args.has('4') ? 'inet' : 'unspec';
}

function settingsFrom(args: ParsedArguments, family: AddressFamily): PingSettings {
  const number = (option: string, fallback: number) => Number(args.value(option) ?? fallback);
  const mode = args.value('M');
  const pattern = args.value('p');
  return {
    host: args.operands[0]!,
    count: number('c', 0),
    intervalMs: args.has('f') && !args.has('i') ? 0 : Math.round(number('i', 1) * 1000),
    sizeBytes: number('s', 56),
    deadlineS: number('w', 0),
    lingerMs: Math.round(number('W', 10) * 1000),
    ttl: number('t', 0),
    tos: number('Q', 0) & 0xff,
    mark: number('m', 0),
    pmtuDiscover: mode === undefined ? null : PMTU_MODES.get(mode)!,
    from: args.value('I') ?? null,
    identifier: args.has('e') ? number('e', 0) & 0xffff : null,
    pattern: pattern === undefined ? null : hexBytes(pattern),
    preload: number('l', 1),
    numeric: args.has('n'),
    quiet: args.has('q'),
    flood: args.has('f'),
    timestamps: args.has('D'),
    outstanding: args.has('O'),
    audible: args.has('a'),
    verbose: args.has('v'),
    broadcast: args.has('b'),
    family,
  };
}

/** strtol_or_err over the options with numbers. */
function checkNumbers(args: ParsedArguments): string | null {
  const limits: [string, number, number, string][] = [
    ['c', 1, 9223372036854775807, '9223372036854775807'],
    ['s', 0, 65507, '65507'],
    ['t', 0, 255, '255'],
    ['w', 0, 2147483647, '2147483647'],
    ['l', 1, 65536, '65536'],
  ];
  for (const [option, low, high, highText] of limits) {
    const text = args.value(option);
    if (text === undefined) continue;
    if (!/^[-+]?\d+$/.test(text)) return `invalid argument: '${text}'`;
    const value = Number(text);
    if (value < low || value > high)
      return `invalid argument: '${text}': out of range: ${low} <= value <= ${highText}`;
  }
  for (const option of ['i', 'W']) {
    const text = args.value(option);
    if (text !== undefined && !/^\d*\.?\d+$/.test(text)) return `bad timing interval: ${text}`;
  }
  return null;
}

/** -p: up to 16 bytes, in hexadecimal. */
function hexBytes(text: string): Uint8Array {
  const bytes = text.match(/[0-9a-fA-F]{1,2}/g) ?? ['0'];
  return Uint8Array.from(bytes.slice(0, 16), (byte) => parseInt(byte, 16));
}
