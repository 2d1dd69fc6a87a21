import { describe, expect, test } from 'vitest';
import { conntrackEventLine } from '../../core/netfilter/conntrack/text.ts';
import { TCP_STATE_NAMES } from '../../core/netfilter/conntrack/tcp-states.ts';
import type { ConntrackEntry } from '../../core/netfilter/conntrack/entry.ts';
import {
  IP_CT_ESTABLISHED,
  IP_CT_ESTABLISHED_REPLY,
  IP_CT_NEW,
  IP_CT_UNTRACKED,
} from '../../core/packet/packet.ts';
import { HookLab, type Segment } from './hook-lab.ts';

const A = '10.0.0.1:1000';
const B = '10.0.0.2:80';
const FIN = 0x01;
const SYN = 0x02;
const RST = 0x04;
const ACK = 0x10;

/** Feeds segments of one connection through the tracker. */
class TcpFlow {
  readonly lab = new HookLab();
  entry: ConntrackEntry | null = null;

  /** Sends a segment from A or B; true when it belongs to a connection. */
  send(from: 'A' | 'B', segment: Segment): boolean {
    const packet = from === 'A' ? this.lab.tcp(A, B, segment) : this.lab.tcp(B, A, segment);
    this.lab.forward(packet);
    if (packet.nfct !== null) this.entry = packet.nfct;
    return packet.nfct !== null;
  }

  establish(window = 1000): this {
    this.send('A', { flags: SYN, seq: 100, window });
    this.send('B', { flags: SYN | ACK, seq: 500, ack: 101, window });
    this.send('A', { flags: ACK, seq: 101, ack: 501, window });
    return this;
  }

  get state(): string {
    return TCP_STATE_NAMES[this.entry!.tcp!.state]!;
  }

  get timeout(): number {
    return this.lab.table.secondsLeft(this.entry!);
  }
}

describe('TCP', () => {
  test('a connection from SYN to TIME_WAIT, with the timeouts of each state', () => {
    const flow = new TcpFlow();
    const steps: ['A' | 'B', Segment, string, number][] = [
      ['A', { flags: SYN, seq: 100 }, 'SYN_SENT', 120],
      ['B', { flags: SYN | ACK, seq: 500, ack: 101 }, 'SYN_RECV', 60],
      ['A', { flags: ACK, seq: 101, ack: 501 }, 'ESTABLISHED', 432000],
      ['A', { flags: ACK, seq: 101, ack: 501, length: 10 }, 'ESTABLISHED', 300],
      ['B', { flags: ACK, seq: 501, ack: 111 }, 'ESTABLISHED', 432000],
      ['A', { flags: FIN | ACK, seq: 111, ack: 501 }, 'FIN_WAIT', 120],
      ['B', { flags: ACK, seq: 501, ack: 112 }, 'CLOSE_WAIT', 60],
      ['B', { flags: FIN | ACK, seq: 501, ack: 112 }, 'LAST_ACK', 30],
      ['A', { flags: ACK, seq: 112, ack: 502 }, 'TIME_WAIT', 120],
    ];
    for (const [from, segment, state, timeout] of steps) {
      expect(flow.send(from, segment)).toBe(true);
      expect([flow.state, flow.timeout]).toEqual([state, timeout]);
    }
    expect(flow.lab.lines()).toHaveLength(1);
  });

  test('a SYN in TIME_WAIT starts a new connection', () => {
    const flow = new TcpFlow().establish();
    flow.send('A', { flags: FIN | ACK, seq: 101, ack: 501 });
    flow.send('B', { flags: FIN | ACK, seq: 501, ack: 102 });
    flow.send('A', { flags: ACK, seq: 102, ack: 502 });
    const old = flow.entry!;
    expect(flow.state).toBe('TIME_WAIT');
    flow.send('A', { flags: SYN, seq: 9000 });
    expect(flow.entry).not.toBe(old);
    expect(old.isDying).toBe(true);
    expect(flow.state).toBe('SYN_SENT');
    expect(flow.lab.lines()).toHaveLength(1);
  });

  test('a refused SYN leaves nothing', () => {
    const flow = new TcpFlow();
    flow.send('A', { flags: SYN, seq: 100 });
    expect(flow.send('B', { flags: RST | ACK, seq: 0, ack: 101 })).toBe(true);
    // Only a reset came back, so the entry goes at once.
    expect(flow.lab.lines()).toEqual([]);
  });

  test('a reset at the acknowledged number closes, one elsewhere does not', () => {
    const flow = new TcpFlow().establish();
    expect(flow.send('B', { flags: RST, seq: 400 })).toBe(false);
    expect(flow.state).toBe('ESTABLISHED');
    flow.send('B', { flags: RST, seq: 510 });
    expect(flow.state).toBe('ESTABLISHED');
    expect(flow.timeout).toBe(10);
    expect(flow.send('B', { flags: RST, seq: 501 })).toBe(true);
    expect([flow.state, flow.timeout]).toEqual(['CLOSE', 10]);
  });

  test('data outside the window is invalid, and in it is not', () => {
    const flow = new TcpFlow().establish(1000);
    expect(flow.send('A', { flags: ACK, seq: 101 + 1001, ack: 501, length: 100 })).toBe(false);
    expect(flow.send('A', { flags: ACK, seq: 101, ack: 501, length: 1000, window: 1000 })).toBe(true);
    expect(flow.send('B', { flags: ACK, seq: 501, ack: 1102, window: 1000 })).toBe(true);
    expect(flow.send('B', { flags: ACK, seq: 501, ack: 5000 })).toBe(false);
    expect(flow.lab.table.statistics.invalid).toBe(2);
  });

  test('the window scale counts only when both sides offer it', () => {
    const scale = [3, 3, 7, 0];
    for (const both of [true, false]) {
      const flow = new TcpFlow();
      flow.send('A', { flags: SYN, seq: 100, options: scale });
      flow.send('B', { flags: SYN | ACK, seq: 500, ack: 101, options: both ? scale : [] });
      flow.send('A', { flags: ACK, seq: 101, ack: 501 });
      flow.send('B', { flags: ACK, seq: 501, ack: 101, window: 500 });
      // 500 << 7 = 64000 bytes with scaling, 1000 (the largest seen) without.
      expect(flow.send('A', { flags: ACK, seq: 101 + 20000, ack: 501, length: 100 })).toBe(both);
    }
  });

  test('a SACK lets data pass that its cumulative acknowledgement would not', () => {
    const sackPermitted = [4, 2, 1, 1];
    const flow = new TcpFlow();
    flow.send('A', { flags: SYN, seq: 100, options: sackPermitted });
    flow.send('B', { flags: SYN | ACK, seq: 500, ack: 101, options: sackPermitted });
    flow.send('A', { flags: ACK, seq: 101, ack: 501 });
    flow.send('A', { flags: ACK, seq: 101, ack: 501, length: 400 });
    flow.send('A', { flags: ACK, seq: 501, ack: 501, length: 400 });
    const block = [1, 1, 5, 10, 0, 0, 1, 0xf5, 0, 0, 3, 0x85];
    expect(flow.send('B', { flags: ACK, seq: 501, ack: 101, window: 1000, options: block })).toBe(true);
    expect(flow.entry!.tcp!.original.maxEnd).toBe(0x385 + 1000);
  });

  test('a connection whose beginning was not seen is picked up, unless tcp_loose is off', () => {
    const flow = new TcpFlow();
    expect(flow.send('A', { flags: ACK, seq: 5000, ack: 6000 })).toBe(true);
    expect([flow.state, flow.timeout]).toEqual(['ESTABLISHED', 300]);
    flow.send('B', { flags: ACK, seq: 6000, ack: 5000 });
    flow.send('A', { flags: ACK, seq: 5000, ack: 6000 });
    expect(flow.lab.lines()[0]).toContain('[ASSURED]');
    const strict = new TcpFlow();
    strict.lab.table.settings.tcpLoose = 0;
    expect(strict.send('A', { flags: ACK, seq: 5000, ack: 6000 })).toBe(false);
  });

  test('an acknowledgement sent again and again shortens the timeout', () => {
    const flow = new TcpFlow().establish();
    flow.send('A', { flags: ACK, seq: 101, ack: 501, length: 10 });
    for (let i = 0; i < 4; i++) flow.send('A', { flags: ACK, seq: 101, ack: 501, length: 10 });
    expect(flow.entry!.tcp!.retransmissions).toBe(4);
    expect(flow.timeout).toBe(300);
  });

  test('a SYN sent again does not renew the timeout', () => {
    const flow = new TcpFlow();
    flow.send('A', { flags: SYN, seq: 100 });
    flow.lab.wait(20);
    flow.send('A', { flags: SYN, seq: 100 });
    expect(flow.timeout).toBe(100);
  });

  test('flags that make no sense are invalid', () => {
    const flow = new TcpFlow();
    for (const flags of [0, SYN | FIN, SYN | RST, FIN, FIN | RST]) {
      expect(flow.send('A', { flags, seq: 1 })).toBe(false);
    }
  });
});

describe('UDP', () => {
  test('traffic both ways after two seconds makes a stream, not before', () => {
    const lab = new HookLab();
    const left = (): string => lab.lines()[0]!;
    const ask = (): boolean => lab.forward(lab.udp(A, B));
    const answer = (): boolean => lab.forward(lab.udp(B, A));
    ask();
    expect(left()).toMatch(/^udp {6}17 30 .*\[UNREPLIED\]/);
    lab.wait(1);
    answer();
    ask();
    expect(left()).toBe(
      'udp      17 30 src=10.0.0.1 dst=10.0.0.2 sport=1000 dport=80 src=10.0.0.2 dst=10.0.0.1 sport=80 dport=1000 mark=0 use=1',
    );
    lab.wait(1.1);
    ask();
    expect(left()).toMatch(/^udp {6}17 120 .*\[ASSURED\] mark=0 use=1$/);
    lab.wait(121);
    expect(lab.lines()).toEqual([]);
  });

  test('a wrong checksum makes a packet invalid on the way in, not one without', () => {
    const lab = new HookLab();
    const wrong = lab.udp(A, B);
    wrong.buf[wrong.networkOffset + 26]! ^= 1;
    lab.forward(wrong);
    expect(wrong.nfct).toBeNull();
    lab.table.settings.checksum = 0;
    const unchecked = lab.udp(A, B);
    unchecked.buf[unchecked.networkOffset + 26]! ^= 1;
    lab.forward(unchecked);
    expect(unchecked.nfct).not.toBeNull();
  });

  test('NEW, then ESTABLISHED once an answer was seen', () => {
    const lab = new HookLab();
    const infos = [lab.udp(A, B), lab.udp(A, B), lab.udp(B, A), lab.udp(A, B)].map((packet) => {
      lab.forward(packet);
      return packet.ctInfo;
    });
    expect(infos).toEqual([IP_CT_NEW, IP_CT_NEW, IP_CT_ESTABLISHED_REPLY, IP_CT_ESTABLISHED]);
  });
});

describe('ICMP', () => {
  test('only requests begin connections, and answers must carry the identifier', () => {
    const lab = new HookLab();
    const stray = lab.echo(0, '10.0.0.2', '10.0.0.1', 7);
    lab.forward(stray);
    expect(stray.nfct).toBeNull();
    lab.forward(lab.echo(8, '10.0.0.1', '10.0.0.2', 7));
    const other = lab.echo(0, '10.0.0.2', '10.0.0.1', 8);
    lab.forward(other);
    expect(other.nfct).toBeNull();
    lab.forward(lab.echo(0, '10.0.0.2', '10.0.0.1', 7));
    expect(lab.lines()).toEqual([
      'icmp     1 30 src=10.0.0.1 dst=10.0.0.2 type=8 code=0 id=7 src=10.0.0.2 dst=10.0.0.1 type=0 code=0 id=7 mark=0 use=1',
    ]);
  });
});

describe('the table', () => {
  test('is full at its limit: what is not assured makes room, else the packet is dropped', () => {
    const lab = new HookLab();
    lab.table.settings.max = 1;
    lab.forward(lab.udp(A, B));
    const second = lab.udp('10.0.0.3:1', B);
    expect(lab.forward(second)).toBe(false);
    expect(lab.host.dropsOf('CONNTRACK_TABLE_FULL')).toBe(1);
    // With every bucket in reach one that is not assured is found.
    let passed = 0;
    for (let port = 1; port < 400; port++) passed += Number(lab.forward(lab.udp(`10.0.0.3:${port}`, B)));
    expect(passed).toBeGreaterThan(0);
    expect(lab.table.statistics.earlyDrop).toBe(passed);
    expect(lab.table.count).toBe(1);
  });

  test('forgets what has expired as others come', () => {
    const lab = new HookLab();
    for (let port = 1; port <= 1000; port++) lab.forward(lab.udp(`10.0.0.3:${port}`, B));
    expect(lab.table.count).toBe(1000);
    lab.wait(31);
    expect(lab.table.liveCount()).toBe(0);
    for (let port = 1; port <= 300; port++) lab.forward(lab.udp(`10.0.0.4:${port}`, B));
    expect(lab.table.liveCount()).toBe(300);
    expect(lab.table.count).toBe(300);
  });

  test('tells listeners what comes, changes and goes', () => {
    const lab = new HookLab();
    const lines: string[] = [];
    const { table } = lab;
    table.listeners.push({
      conntrackEvent: (kind, entry) => void lines.push(conntrackEventLine(table, kind, entry)),
    });
    lab.forward(lab.udp(A, B));
    lab.forward(lab.udp(B, A));
    table.removeWhere(() => true);
    const original = 'src=10.0.0.1 dst=10.0.0.2 sport=1000 dport=80';
    const reply = 'src=10.0.0.2 dst=10.0.0.1 sport=80 dport=1000';
    expect(lines).toEqual([
      `    [NEW] udp      17 30 ${original} [UNREPLIED] ${reply}`,
      ` [UPDATE] udp      17 30 ${original} ${reply}`,
      `[DESTROY] udp      17 ${original} ${reply}`,
    ]);
  });

  test('leaves packets marked NOTRACK alone', () => {
    const lab = new HookLab();
    const packet = lab.udp(A, B);
    packet.ctInfo = IP_CT_UNTRACKED;
    lab.forward(packet);
    expect([packet.nfct, packet.ctInfo, lab.table.count]).toEqual([null, IP_CT_UNTRACKED, 0]);
  });

  test('an entry that was removed while a packet held it is not confirmed again', () => {
    const lab = new HookLab();
    lab.forward(lab.udp(A, B));
    const packet = lab.udp(A, B);
    lab.run(packet, 0);
    lab.table.removeWhere(() => true);
    expect(lab.run(packet, 4)).toBe(true);
    expect(lab.table.count).toBe(0);
  });
});
