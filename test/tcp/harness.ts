import type {
  TcpConnectionEvents,
  TcpEnvironment,
  TcpListenerEvents,
  TcpTimer,
} from '../../protocols/tcp/tcp-environment.ts';
import { TcpConnection } from '../../protocols/tcp/tcp-connection.ts';
import { TcpCounters } from '../../protocols/tcp/tcp-counters.ts';
import type { TcpError } from '../../protocols/tcp/tcp-error.ts';
import { TcpListener } from '../../protocols/tcp/tcp-listener.ts';
import type { TcpRequest } from '../../protocols/tcp/tcp-request.ts';
import type { TcpEndpoint } from '../../protocols/tcp/tcp-environment.ts';
import { TcpSegmentIn } from '../../protocols/tcp/tcp-segment-in.ts';
import type { TcpSegmentOut } from '../../protocols/tcp/tcp-segment-out.ts';
import { DEFAULT_TCP_SETTINGS } from '../../protocols/tcp/tcp-settings.ts';
import type { TcpSettings } from '../../protocols/tcp/tcp-settings.ts';

interface Entry {
  timeNs: number;
  seq: number;
  run: () => void;
}

/** A virtual clock: a heap of callbacks, run in order of time, then of scheduling. */
export class VirtualClock {
  nowNs = 0;
  private readonly heap: Entry[] = [];
  private seq = 0;

  at(timeNs: number, run: () => void): void {
    const entry = { timeNs, seq: this.seq++, run };
    const heap = this.heap;
    let i = heap.push(entry) - 1;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!isBefore(entry, heap[parent]!)) break;
      heap[i] = heap[parent]!;
      i = parent;
    }
    heap[i] = entry;
  }

  after(delayNs: number, run: () => void): void {
    this.at(this.nowNs + delayNs, run);
  }

  get nextNs(): number {
    return this.heap[0]?.timeNs ?? Infinity;
  }

  /** Runs everything up to and including `timeNs`. */
  runUntil(timeNs: number): void {
    while (this.nextNs <= timeNs) this.step();
    if (timeNs !== Infinity) this.nowNs = timeNs;
  }

  step(): void {
    const heap = this.heap;
    const top = heap[0]!;
    const last = heap.pop()!;
    if (heap.length > 0) this.sink(last);
    this.nowNs = top.timeNs;
    top.run();
  }

  private sink(entry: Entry): void {
    const heap = this.heap;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child += 1;
      if (!isBefore(heap[child]!, entry)) break;
      heap[i] = heap[child]!;
      i = child;
    }
    heap[i] = entry;
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.timeNs < b.timeNs || (a.timeNs === b.timeNs && a.seq < b.seq);
}

/** A timer on the virtual clock, lazily moved on as core/sim's is. */
class VirtualTimer implements TcpTimer {
  private deadlineNs = Infinity;
  private queuedNs = Infinity;
  private readonly clock: VirtualClock;
  private readonly callback: () => void;

  constructor(clock: VirtualClock, callback: () => void) {
    this.clock = clock;
    this.callback = callback;
  }

  get armed(): boolean {
    return this.deadlineNs !== Infinity;
  }

  arm(delayNs: number): void {
    this.deadlineNs = this.clock.nowNs + delayNs;
    if (this.queuedNs > this.deadlineNs) this.queue();
  }

  cancel(): void {
    this.deadlineNs = Infinity;
  }

  private queue(): void {
    const atNs = this.deadlineNs;
    this.queuedNs = atNs;
    this.clock.at(atNs, () => this.fire(atNs));
  }

  private fire(atNs: number): void {
    if (atNs !== this.queuedNs) return;
    this.queuedNs = Infinity;
    if (this.deadlineNs === Infinity) return;
    if (this.deadlineNs > atNs) {
      this.queue();
      return;
    }
    this.deadlineNs = Infinity;
    this.callback();
  }
}

export interface EnvironmentOptions {
  settings?: Partial<TcpSettings>;
  mtuBytes?: number;
  initialSequence?: number;
  gsoMaxBytes?: number;
}

/** An environment over a virtual clock; segments leave through `onTransmit`. */
export class TestEnvironment implements TcpEnvironment {
  readonly settings: TcpSettings;
  readonly counters = new TcpCounters();
  readonly ipHeaderBytes = 20;
  readonly clock: VirtualClock;
  readonly timers: VirtualTimer[] = [];
  mtu: number;
  gso: number;
  onTransmit: (segment: TcpSegmentOut) => void = () => {};
  private readonly sequence: number;

  constructor(clock: VirtualClock, options: EnvironmentOptions = {}) {
    this.clock = clock;
    this.settings = { ...DEFAULT_TCP_SETTINGS, ...options.settings };
    this.mtu = options.mtuBytes ?? 1500;
    this.gso = options.gsoMaxBytes ?? 0;
    this.sequence = options.initialSequence ?? 1000;
  }

  nowNs(): number {
    return this.clock.nowNs;
  }
  createTimer(callback: () => void): TcpTimer {
    const timer = new VirtualTimer(this.clock, callback);
    this.timers.push(timer);
    return timer;
  }
  transmit(segment: TcpSegmentOut): void {
    this.onTransmit(segment);
  }
  mtuBytes(): number {
    return this.mtu;
  }
  randomUint32(): number {
    return 4;
  }
  initialSequence(): number {
    return this.sequence;
  }
  timestampOffset(): number {
    return 0;
  }
  gsoMaxBytes(): number {
    return this.gso;
  }
  get armedTimers(): number {
    return this.timers.filter((timer) => timer.armed).length;
  }
}

/** Notes events by name. */
export class EventLog implements TcpConnectionEvents {
  readonly names: string[] = [];
  error: TcpError | null = null;
  onReadableDo: (connection: TcpConnection) => void = () => {};
  onWritableDo: (connection: TcpConnection) => void = () => {};
  onEstablished(): void {
    this.names.push('established');
  }
  onReadable(connection: TcpConnection): void {
    this.names.push('readable');
    this.onReadableDo(connection);
  }
  onWritable(connection: TcpConnection): void {
    this.names.push('writable');
    this.onWritableDo(connection);
  }
  onError(_connection: TcpConnection, error: TcpError): void {
    this.names.push(error);
    this.error = error;
  }
  onClosed(): void {
    this.names.push('closed');
  }
}

/** One host of a two-host test: a listener or a connection behind one flow. */
export class TestHost implements TcpListenerEvents {
  readonly environment: TestEnvironment;
  readonly log = new EventLog();
  endpoint: TcpEndpoint | null = null;
  connection: TcpConnection | null = null;
  listener: TcpListener | null = null;
  private readonly parsed = new TcpSegmentIn();

  constructor(clock: VirtualClock, options: EnvironmentOptions = {}) {
    this.environment = new TestEnvironment(clock, options);
  }

  connect(): TcpConnection {
    this.connection = new TcpConnection(this.environment, this.log);
    this.endpoint = this.connection;
    this.connection.connect();
    return this.connection;
  }

  listen(backlog = 8): TcpListener {
    this.listener = new TcpListener(this.environment.settings, backlog, this);
    return this.listener;
  }

  deliver(buf: Uint8Array, offset: number, length: number, congestionExperienced = false): boolean {
    const segment = this.parsed;
    if (!segment.parse(buf, offset, length)) return false;
    segment.congestionExperienced = congestionExperienced;
    segment.ecnCapable = congestionExperienced;
    if (this.endpoint !== null) this.endpoint.receive(segment);
    else this.listener?.receive(segment, this.environment);
    return true;
  }

  onRequest(_listener: TcpListener, request: TcpRequest): void {
    this.endpoint = request;
  }
  onRequestClosed(): void {
    this.endpoint = null;
    this.log.names.push('request-closed');
  }
  onConnection(_l: TcpListener, _r: TcpRequest, connection: TcpConnection): TcpConnectionEvents {
    this.connection = connection;
    this.endpoint = connection;
    return this.log;
  }
  onAcceptable(): void {
    this.log.names.push('acceptable');
  }
}

/** A link in one direction: a rate, a delay, a queue in bytes, and a say over every segment. */
export interface PipeOptions {
  delayNs: number;
  /** 0 is unlimited. */
  rateBps: number;
  queueBytes: number;
  /** What to do with the n-th segment: extra delays of each copy; an empty array drops it. */
  fate?: (n: number, payloadBytes: number) => readonly number[];
}

const FRAME_OVERHEAD_BYTES = 14 + 20;

export class Pipe {
  segments = 0;
  dropped = 0;
  private readonly clock: VirtualClock;
  private readonly options: PipeOptions;
  private busyUntilNs = 0;
  private readonly free: Uint8Array[] = [];
  private readonly to: TestHost;

  constructor(clock: VirtualClock, to: TestHost, options: PipeOptions) {
    this.clock = clock;
    this.to = to;
    this.options = options;
  }

  send(segment: TcpSegmentOut): void {
    const n = this.segments++;
    const fates = this.options.fate?.(n, segment.payloadLength) ?? DELIVER;
    if (fates.length === 0) {
      this.dropped += 1;
      return;
    }
    const wireNs = this.serialise(segment.lengthBytes + FRAME_OVERHEAD_BYTES);
    if (wireNs < 0) {
      this.dropped += 1;
      return;
    }
    for (const extraNs of fates) {
      const buf = this.free.pop() ?? new Uint8Array(1600);
      const length = segment.write(buf, 0, 1, 2);
      this.clock.at(wireNs + this.options.delayNs + extraNs, () => {
        this.to.deliver(buf, 0, length);
        this.free.push(buf);
      });
    }
  }

  /** When the frame has left the sender; −1 when the queue is full. */
  private serialise(bytes: number): number {
    const nowNs = this.clock.nowNs;
    if (this.options.rateBps === 0) return nowNs;
    const perByteNs = 8e9 / this.options.rateBps;
    const start = Math.max(nowNs, this.busyUntilNs);
    if ((start - nowNs) / perByteNs > this.options.queueBytes) return -1;
    this.busyUntilNs = start + bytes * perByteNs;
    return this.busyUntilNs;
  }
}

const DELIVER = [0];

/** Client and server joined by two pipes. */
export class Pair {
  readonly clock = new VirtualClock();
  readonly client: TestHost;
  readonly server: TestHost;
  readonly forward: Pipe;
  readonly backward: Pipe;

  constructor(
    forward: PipeOptions,
    backward: PipeOptions,
    client: EnvironmentOptions = {},
    server: EnvironmentOptions = {},
  ) {
    this.client = new TestHost(this.clock, { initialSequence: 1000, ...client });
    this.server = new TestHost(this.clock, { initialSequence: 5000, ...server });
    this.forward = new Pipe(this.clock, this.server, forward);
    this.backward = new Pipe(this.clock, this.client, backward);
    this.client.environment.onTransmit = (segment) => this.forward.send(segment);
    this.server.environment.onTransmit = (segment) => this.backward.send(segment);
  }
}
