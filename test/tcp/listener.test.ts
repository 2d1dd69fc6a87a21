import { describe, expect, it } from 'vitest';
import type { TcpListenerEvents } from '../../protocols/tcp/tcp-environment.ts';
import { TcpListener } from '../../protocols/tcp/tcp-listener.ts';
import type { TcpRequest } from '../../protocols/tcp/tcp-request.ts';
import { TcpSegmentIn } from '../../protocols/tcp/tcp-segment-in.ts';
import { SegmentOrigin, TcpSegmentOut } from '../../protocols/tcp/tcp-segment-out.ts';
import { EventLog, TestEnvironment, TestHost, VirtualClock } from './harness.ts';

const SYN = 2;
const ACK = 16;

function segment(flags: number, sequence: number, acknowledgement: number): TcpSegmentIn {
  const out = new TcpSegmentOut();
  Object.assign(out, { flags, sequence, acknowledgement, window: 60000 });
  if ((flags & SYN) !== 0) out.mssBytes = 1460;
  const buf = new Uint8Array(out.headerBytes);
  out.write(buf, 0, 1, 2);
  const parsed = new TcpSegmentIn();
  parsed.parse(buf, 0, buf.length);
  return parsed;
}

/** A listener with as many clients as a test wants, each its own flow. */
class ManyClients implements TcpListenerEvents {
  readonly clock = new VirtualClock();
  readonly log = new EventLog();
  readonly listener: TcpListener;
  readonly environments: TestEnvironment[] = [];
  readonly requests: (TcpRequest | null)[] = [];
  readonly answers: number[][] = [];
  private current = 0;

  constructor(backlog: number) {
    this.listener = new TcpListener(new TestEnvironment(this.clock).settings, backlog, this);
  }

  syn(client: number): void {
    const environment = new TestEnvironment(this.clock, { initialSequence: 5000 });
    this.answers[client] = [];
    environment.onTransmit = (out) => this.answers[client]!.push(out.flags);
    this.environments[client] = environment;
    this.requests[client] = null;
    this.current = client;
    this.listener.receive(segment(SYN, 100, 0), environment);
  }

  finalAck(client: number): void {
    this.current = client;
    this.requests[client]!.receive(segment(ACK, 101, 5001));
  }

  onRequest(_listener: TcpListener, request: TcpRequest): void {
    this.requests[this.current] = request;
  }
  onRequestClosed(): void {}
  onConnection(): EventLog {
    return this.log;
  }
  onAcceptable(): void {}
}

describe('a listener', () => {
  it('takes one connection more than the backlog, as Linux does, then drops SYNs and final ACKs', () => {
    const clients = new ManyClients(2);
    for (let i = 0; i < 2; i++) {
      clients.syn(i);
      clients.finalAck(i);
    }
    clients.syn(2);
    clients.syn(3);
    clients.finalAck(2);
    expect(clients.listener.acceptQueueLength).toBe(3);
    clients.finalAck(3);
    expect(clients.listener.acceptQueueLength).toBe(3);
    expect(clients.environments[3]!.counters.ListenOverflows).toBe(1);
    clients.syn(4);
    expect(clients.answers[4]).toEqual([]);
    expect(clients.environments[4]!.counters.ListenOverflows).toBe(1);
    // The request stays: its SYN-ACK is sent again, and the client's next ACK finds room.
    expect(clients.listener.accept()).not.toBeNull();
    clients.clock.runUntil(1.5e9);
    expect(clients.answers[3]).toEqual([SYN | ACK, SYN | ACK]);
    clients.finalAck(3);
    expect(clients.listener.acceptQueueLength).toBe(3);
  });

  it('drops SYNs when as many requests as the backlog are open', () => {
    const clients = new ManyClients(2);
    for (let i = 0; i < 3; i++) clients.syn(i);
    expect(clients.listener.requestCount).toBe(2);
    expect(clients.answers[2]).toEqual([]);
    expect(clients.environments[2]!.counters.TCPReqQFullDrop).toBe(1);
  });

  it('resets what nobody accepted when it closes, and leaves no timer', () => {
    const clients = new ManyClients(8);
    clients.syn(0);
    clients.finalAck(0);
    clients.syn(1);
    clients.listener.close();
    expect(clients.answers[0]!.at(-1)! & 4).toBe(4);
    for (const environment of clients.environments) expect(environment.armedTimers).toBe(0);
  });

  it('asks for a reset when an ACK belongs to no flow', () => {
    const clients = new ManyClients(1);
    const environment = new TestEnvironment(clients.clock);
    expect(clients.listener.receive(segment(ACK, 1, 1), environment)).toBe(false);
    expect(clients.listener.receive(segment(4, 1, 1), environment)).toBe(true);
  });
});

describe('GSO', () => {
  it('hands down super-segments of whole segments, which the queue knows one by one', () => {
    const clock = new VirtualClock();
    const host = new TestHost(clock, { gsoMaxBytes: 65536 });
    const connection = host.connect();
    host.endpoint!.receive(segment(SYN | ACK, 5000, 1001));
    const sent: [number, number, number][] = [];
    host.environment.onTransmit = (out) => {
      expect(out.origin).toBe(SegmentOrigin.CONNECTION);
      sent.push([out.payloadLength, out.gsoSizeBytes, out.flags]);
    };
    connection.write(new Uint8Array(14600), 0, 14600);
    expect(sent.every(([length, size]) => length % 1460 === 0 && (size === 1460 || length === 1460))).toBe(
      true,
    );
    expect(sent[0]![1]).toBe(1460);
    expect(sent.reduce((sum, [length]) => sum + length, 0)).toBe(14600);
    expect(connection.packetsOut).toBe(10);
    expect(sent.at(-1)![2] & 8).toBe(8);
  });
});
