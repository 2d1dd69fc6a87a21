import type { Process } from '../../core/host/process.ts';
import { UdpSocket } from '../../core/socket/udp-socket.ts';
import type { IpAddress } from '../../protocols/ip-address.ts';
import { isIpv4Text, parseIpv4 } from '../../protocols/ipv4-address.ts';
import type { Run } from '../line-input.ts';
import { resolveHost } from '../resolver/resolve.ts';
import { connectTcp } from '../sockets-io/connect-tcp.ts';
import { SocketError } from '../sockets-io/socket-error.ts';
import { Tasks } from '../sockets-io/tasks.ts';
import { TcpStream, encode } from '../sockets-io/tcp-stream.ts';
import {
  COOKIE_BYTES,
  IperfFailure,
  STATE,
  expectState,
  readJson,
  sendJson,
  sendState,
  toWire,
  type Results,
} from './control.ts';
import { jsonReport } from './json-report.ts';
import { Reporter } from './report.ts';
import { measure, renumber, startStreams } from './run-test.ts';
import type { IperfSettings } from './settings.ts';
import { TcpDataStream, UdpDataStream, type DataStream } from './stream.ts';

const TCP_BLOCK_BYTES = 131_072;
const UDP_CONNECT = Uint8Array.of(0x39, 0x38, 0x37, 0x36);
const UDP_CONNECT_TIMEOUT_NS = 30e9;
/** How often a test by bytes looks whether all are sent. */
const POLL_NS = 10_000_000;

/** Runs one test against a server; throws `IperfFailure`. */
export function* runClient(proc: Process, settings: IperfSettings): Run<void> {
  const address = yield* findServer(proc, settings);
  if (!settings.json) {
    proc.print(`Connecting to host ${settings.host}, port ${settings.port}\n`);
    if (settings.reverse) proc.print(`Reverse mode, remote host ${settings.host} is sending\n`);
  }
  const control = new TcpStream(proc, yield* connect(proc, settings, address));
  control.socket.connection?.setNoDelay(true);
  const cookie = makeCookie(proc);
  yield* control.write(cookie);
  yield* expectState(control, STATE.PARAM_EXCHANGE);
  const mss = control.socket.connection?.mssCache ?? 0;
  const test = { ...settings, blockBytes: settings.blockBytes || (settings.udp ? mss : TCP_BLOCK_BYTES) };
  if (settings.udp && test.blockBytes > mss && !settings.json) {
    proc.print(
      `warning: UDP block size ${test.blockBytes} exceeds TCP MSS ${mss}, may result in fragmentation / drops\n`,
    );
  }
  yield* sendJson(control, toWire(test));
  yield* expectState(control, STATE.CREATE_STREAMS);
  const streams: DataStream[] = [];
  for (let i = 0; i < test.streams; i++) {
    streams.push(yield* openStream(proc, test, address, 5 + 2 * i, cookie));
  }
  yield* expectState(control, STATE.TEST_START);
  const reporter = new Reporter(proc, streams, settings);
  reporter.connected();
  yield* expectState(control, STATE.TEST_RUNNING);
  const tasks = new Tasks();
  yield* tasks.runWith(proc, runTest(proc, test, control, streams, reporter, tasks, cookie));
  control.close();
}

function* runTest(
  proc: Process,
  test: IperfSettings,
  control: TcpStream,
  streams: readonly DataStream[],
  reporter: Reporter,
  tasks: Tasks,
  cookie: Uint8Array,
): Run<void> {
  reporter.header();
  const clock = startStreams(proc, tasks, streams, reporter, test.intervalNs);
  if (test.bytes > 0) {
    const isDone = () => streams.reduce((all, stream) => all + stream.bytes, 0) >= test.bytes;
    while (!isDone()) yield* proc.sleep(POLL_NS);
  } else {
    const endNs = clock.startNs + test.seconds * 1e9;
    while (proc.nowNs < endNs) yield* proc.sleep(endNs - proc.nowNs);
  }
  clock.ended = true;
  reporter.interval();
  yield* sendState(control, STATE.TEST_END);
  const own = measure(proc, streams, clock);
  yield* expectState(control, STATE.EXCHANGE_RESULTS);
  yield* sendJson(control, own);
  const other = yield* readJson<Results>(control);
  yield* expectState(control, STATE.DISPLAY_RESULTS);
  const [sent, received] = test.reverse ? [other, own] : [own, other];
  const senders = renumber(sent.streams, streams).map((result, i) => ({
    ...result,
    packets: received.streams[i]?.packets ?? result.packets,
  }));
  const receivers = renumber(received.streams, streams);
  if (test.json) {
    const connecting = { host: test.host, port: test.port };
    proc.print(
      jsonReport(proc, test, { connecting }, control, streams, reporter, senders, receivers, cookie),
    );
  } else {
    reporter.summary(senders, receivers);
    proc.print('\niperf Done.\n');
  }
  yield* sendState(control, STATE.IPERF_DONE);
  for (const stream of streams) stream.close();
}

function* findServer(proc: Process, settings: IperfSettings): Run<IpAddress> {
  const resolved = yield* resolveHost(proc, settings.host!, settings.udp ? 'inet' : 'unspec');
  if (typeof resolved === 'string') throw new IperfFailure(`unable to connect to server: ${resolved}`);
  return resolved.ipv4[0] ?? resolved.ipv6[0]!;
}

function* connect(proc: Process, settings: IperfSettings, address: IpAddress) {
  try {
    return yield* connectTcp(proc, address, settings.port, { localAddress: bindAddress(settings) });
  } catch (error) {
    if (!(error instanceof SocketError)) throw error;
    throw new IperfFailure(`unable to connect to server: ${error.message}`);
  }
}

function bindAddress(settings: IperfSettings): number {
  if (settings.bind === null) return 0;
  if (isIpv4Text(settings.bind)) return parseIpv4(settings.bind);
  throw new IperfFailure(`not modelled: -B ${settings.bind}`);
}

function* openStream(
  proc: Process,
  test: IperfSettings,
  address: IpAddress,
  id: number,
  cookie: Uint8Array,
): Run<DataStream> {
  if (test.udp)
    return new UdpDataStream(proc, id, !test.reverse, test, yield* connectUdp(proc, test, address));
  const socket = yield* connect(proc, test, address);
  yield* new TcpStream(proc, socket).write(cookie);
  return new TcpDataStream(proc, id, !test.reverse, test, socket);
}

/** A datagram each way makes the server's socket known to both ends. */
function* connectUdp(proc: Process, test: IperfSettings, address: IpAddress): Run<UdpSocket> {
  const socket = new UdpSocket(proc.netns, proc);
  const error = socket.bind(bindAddress(test), 0) || socket.connect(address as number, test.port);
  if (error !== 0) throw new IperfFailure(`unable to connect stream: ${new SocketError(error).message}`);
  socket.send(UDP_CONNECT);
  const endNs = proc.nowNs + UDP_CONNECT_TIMEOUT_NS;
  while (!socket.hasData) {
    if (proc.nowNs >= endNs)
      throw new IperfFailure('unable to read from stream socket: Resource temporarily unavailable');
    yield* proc.wait(socket.readable, endNs - proc.nowNs);
  }
  socket.receive();
  return socket;
}

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';

function makeCookie(proc: Process): Uint8Array {
  const random = proc.host.sim.random.stream(`${proc.host.name}/${proc.netns.id}:iperf3`);
  const cookie = new Uint8Array(COOKIE_BYTES);
  let text = '';
  for (let i = 0; i < COOKIE_BYTES - 1; i++) text += ALPHABET[random.below(ALPHABET.length)];
  cookie.set(encode(text));
  return cookie;
}
