import type { Process } from '../../core/host/process.ts';
import { parseArguments } from '../arguments.ts';
import { notModelled } from '../not-modelled.ts';
import { parseAmount } from './units.ts';

/** What both ends of a test agree on. */
export interface TestParameters {
  udp: boolean;
  seconds: number;
  /** Bytes to send instead of a time; 0 for none. */
  bytes: number;
  streams: number;
  reverse: boolean;
  /** Bytes of one write or datagram; 0 for the default. */
  blockBytes: number;
  /** Bits per second of a stream; 0 for no limit. */
  rateBps: number;
  /** SO_SNDBUF and SO_RCVBUF; 0 leaves them to the system. */
  windowBytes: number;
  noDelay: boolean;
}

export interface IperfSettings extends TestParameters {
  /** Null for a server. */
  host: string | null;
  port: number;
  bind: string | null;
  intervalNs: number;
  format: string | null;
  json: boolean;
  oneOff: boolean;
  daemon: boolean;
}

const SPEC = {
  short: 'sc:p:B:b:l:t:n:k:P:RJui:w:M:D1ZVf:NO:46C:h' + 'v',
  long: {
    server: 's',
    client: 'c',
    port: 'p',
    bind: 'B',
    bitrate: 'b',
    bandwidth: 'b',
    length: 'l',
    time: 't',
    bytes: 'n',
    parallel: 'P',
    reverse: 'R',
    json: 'J',
    udp: 'u',
    interval: 'i',
    window: 'w',
    'set-mss': 'M',
    daemon: 'D',
    'one-off': '1',
    zerocopy: 'Z',
    verbose: 'V',
    format: 'f',
    'no-delay': 'N',
    omit: 'O',
    bidir: '',
    version: 'v',
  },
  usage: "Usage: iperf3 [-s|-c host] [options]\nTry `iperf3 --help' for more information.\n",
} as const;

const DEFAULT_UDP_RATE_BPS = 1_048_576;

/** The command line; an exit code when it is wrong or asks for what is not modelled. */
export function readIperfSettings(proc: Process): IperfSettings | number {
  const args = parseArguments(proc, SPEC);
  if (args === null) return 1;
  const refused = ['M', 'O', 'C', 'k', 'V', 'h', '6', 'bidir'].find((option) => args.has(option));
  if (refused !== undefined) return notModelled(proc, `iperf3 -${refused}`);
  const fail = (text: string) => {
    proc.printError(`iperf3: parameter error - ${text}\n${SPEC.usage}`);
    return 1;
  };
  if (args.has('v')) {
    proc.print('iperf 3.12 (cJSON 1.7.15)\n');
    return 0;
  }
  if (args.has('s') && args.has('c')) return fail('cannot be both server and client');
  if (!args.has('s') && !args.has('c')) return fail('must either be a client (-c) or server (-s)');
  const udp = args.has('u');
  const amount = (option: string, base: 1000 | 1024, fallback: number) =>
    args.has(option) ? parseAmount(args.value(option)!, base) : fallback;
  const rateBps = amount('b', 1000, udp ? DEFAULT_UDP_RATE_BPS : 0);
  const [blockBytes, bytes, windowBytes] = [amount('l', 1024, 0), amount('n', 1024, 0), amount('w', 1024, 0)];
  const [port, seconds, streams] = [amount('p', 1000, 5201), amount('t', 1000, 10), amount('P', 1000, 1)];
  const interval = Number(args.value('i') ?? 1);
  const numbers = [rateBps, blockBytes, bytes, windowBytes, port, seconds, streams];
  if (numbers.includes(null) || Number.isNaN(interval)) return fail('bad number');
  if (interval !== 0 && (interval < 0.1 || interval > 60)) {
    return fail('invalid report interval (min = 0.1, max = 60 seconds)');
  }
  return {
    host: args.value('c') ?? null,
    port: port!,
    bind: args.value('B') ?? null,
    udp,
    seconds: seconds!,
    bytes: bytes!,
    streams: streams!,
    reverse: args.has('R'),
    blockBytes: blockBytes!,
    rateBps: rateBps!,
    windowBytes: windowBytes!,
    noDelay: args.has('N'),
    intervalNs: interval * 1e9,
    format: args.value('f') ?? null,
    json: args.has('J'),
    oneOff: args.has('1'),
    daemon: args.has('D'),
  };
}
