import type { Process } from '../../core/host/process.ts';
import { UdpSocket } from '../../core/socket/udp-socket.ts';
import { formatIp } from '../../protocols/ip-address.ts';
import { isIpv4Text, parseIpv4 } from '../../protocols/ipv4-address.ts';
import type { Run } from '../line-input.ts';
import type { AnyTcpSocket } from '../sockets-io/any-tcp-socket.ts';
import { acceptTcp, listenTcp } from '../sockets-io/listen-tcp.ts';
import { SocketError } from '../sockets-io/socket-error.ts';
import { Tasks } from '../sockets-io/tasks.ts';
import { TcpStream } from '../sockets-io/tcp-stream.ts';
import {
  COOKIE_BYTES,
  IperfFailure,
  STATE,
  expectState,
  fromWire,
  readJson,
  readState,
  sendJson,
  sendState,
  type Results,
  type WireParameters,
} from './control.ts';
import { jsonError, jsonReport } from './json-report.ts';
import { Reporter } from './report.ts';
import { measure, renumber, startStreams } from './run-test.ts';
import type { IperfSettings, TestParameters } from './settings.ts';
import { TcpDataStream, UdpDataStream, type DataStream } from './stream.ts';

const BACKLOG = 5;
const LINE = '-----------------------------------------------------------\n';
const UDP_REPLY = Uint8Array.of(0x36, 0x37, 0x38, 0x39);

/** Serves tests one after another; the exit code. With -J each test ends with one document, and that is all it prints. */
export function* runServer(proc: Process, settings: IperfSettings): Run<number> {
  let listener: AnyTcpSocket;
  try {
    const bind = settings.bind;
    const address = bind === null ? 'any' : isIpv4Text(bind) ? parseIpv4(bind) : 'any';
    listener = listenTcp(proc, address, settings.port, BACKLOG);
  } catch (error) {
    if (!(error instanceof SocketError)) throw error;
    proc.printError(
      `iperf3: error - unable to start listener for connections: ${error.message}\niperf3: exiting\n`,
    );
    return 1;
  }
  for (let number = 1; ; number++) {
    if (!settings.json) {
      proc.print(`${LINE}Server listening on ${settings.port} (test #${number})\n${LINE}`);
    }
    const failed = yield* serveTest(proc, settings, listener);
    if (settings.oneOff) return failed ? 1 : 0;
  }
}

/** One test; true when it failed. Clients that come meanwhile are sent away. */
function* serveTest(proc: Process, settings: IperfSettings, listener: AnyTcpSocket): Run<boolean> {
  const control = new TcpStream(proc, yield* acceptTcp(proc, listener));
  const streams: DataStream[] = [];
  try {
    const { remoteAddress, remotePort } = control.socket;
    control.socket.connection?.setNoDelay(true);
    const cookie = yield* control.readExactly(COOKIE_BYTES);
    if (!settings.json) {
      proc.print(`Accepted connection from ${formatIp(remoteAddress)}, port ${remotePort}\n`);
    }
    yield* sendState(control, STATE.PARAM_EXCHANGE);
    const test = fromWire(yield* readJson<WireParameters>(control));
    yield* openStreams(proc, settings, test, control, listener, streams);
    yield* sendState(control, STATE.TEST_START);
    const reporter = new Reporter(proc, streams, {
      udp: test.udp,
      format: settings.format,
      json: settings.json,
    });
    reporter.connected();
    yield* sendState(control, STATE.TEST_RUNNING);
    const tasks = new Tasks();
    tasks.start(turnAway(proc, listener));
    yield* tasks.runWith(proc, runTest(proc, settings, test, control, streams, reporter, tasks, cookie));
    return false;
  } catch (error) {
    if (!(error instanceof IperfFailure) && !(error instanceof SocketError)) throw error;
    if (settings.json) proc.print(jsonError(error.message));
    else proc.printError(`iperf3: error - ${error.message}\n`);
    return true;
  } finally {
    for (const stream of streams) stream.close();
    control.close();
  }
}

function* openStreams(
  proc: Process,
  settings: IperfSettings,
  test: TestParameters,
  control: TcpStream,
  listener: AnyTcpSocket,
  streams: DataStream[],
): Run<void> {
  const sending = test.reverse;
  let socket = test.udp ? bindUdp(proc, settings) : null;
  yield* sendState(control, STATE.CREATE_STREAMS);
  for (let i = 0; i < test.streams; i++) {
    const id = i === 0 ? 5 : 7 + i;
    if (socket !== null) {
      yield* acceptUdp(proc, socket);
      streams.push(new UdpDataStream(proc, id, sending, test, socket));
      const connected: UdpSocket = socket;
      // The next stream's socket must be there before the client hears of this one.
      if (i + 1 < test.streams) socket = bindUdp(proc, settings);
      connected.send(UDP_REPLY);
      continue;
    }
    const accepted = yield* acceptTcp(proc, listener);
    yield* new TcpStream(proc, accepted).readExactly(COOKIE_BYTES);
    streams.push(new TcpDataStream(proc, id, sending, test, accepted));
  }
}

function bindUdp(proc: Process, settings: IperfSettings): UdpSocket {
  const socket = new UdpSocket(proc.netns, proc);
  socket.reuseAddress = true;
  const error = socket.bind(0, settings.port);
  if (error !== 0) throw new SocketError(error);
  return socket;
}

/** The first datagram decides whom the socket belongs to; it is answered. */
function* acceptUdp(proc: Process, socket: UdpSocket): Run<void> {
  while (!socket.hasData) yield* proc.wait(socket.readable);
  const first = socket.receive()!;
  socket.connect(first.source, first.sourcePort);
}

function* turnAway(proc: Process, listener: AnyTcpSocket): Run<void> {
  for (;;) {
    const stream = new TcpStream(proc, yield* acceptTcp(proc, listener));
    yield* sendState(stream, STATE.ACCESS_DENIED);
    stream.close();
  }
}

function* runTest(
  proc: Process,
  settings: IperfSettings,
  test: TestParameters,
  control: TcpStream,
  streams: readonly DataStream[],
  reporter: Reporter,
  tasks: Tasks,
  cookie: Uint8Array,
): Run<void> {
  reporter.header();
  const clock = startStreams(proc, tasks, streams, reporter, settings.intervalNs);
  try {
    const state = yield* readState(control);
    if (state === STATE.CLIENT_TERMINATE) throw new IperfFailure('the client has terminated');
    if (state !== STATE.TEST_END) throw new IperfFailure('received an unknown control message');
  } finally {
    clock.ended = true;
  }
  reporter.interval();
  const own = measure(proc, streams, clock);
  yield* sendState(control, STATE.EXCHANGE_RESULTS);
  const other = yield* readJson<Results>(control);
  yield* sendJson(control, own);
  yield* sendState(control, STATE.DISPLAY_RESULTS);
  const results = renumber(own.streams, streams);
  const others = renumber(other.streams, streams);
  const sending = streams[0]!.sending;
  if (settings.json) {
    const [sent, received] = sending ? [results, others] : [others, results];
    const accepted = {
      host: formatIp(control.socket.remoteAddress),
      port: control.socket.remotePort,
    };
    proc.print(jsonReport(proc, test, { accepted }, control, streams, reporter, sent, received, cookie));
  } else if (sending) reporter.summary(results, null);
  else reporter.summary(null, results);
  yield* expectState(control, STATE.IPERF_DONE);
}
