import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Tcp6Socket } from '../../core/socket/tcp6-socket.ts';
import { Udp6Socket } from '../../core/socket/udp6-socket.ts';
import { Raw6Socket } from '../../core/socket/raw6-socket.ts';
import { Ipv6Address, parseIpv6 } from '../../protocols/ipv6-address.ts';
import { echoRequest } from './frames.ts';
import { Lab6, addAddress, record, up, type Seen } from './lab.ts';

const hasTshark = spawnSync('tshark', ['--version']).status === 0;

/** A classic pcap file of what passed. */
function pcap(seen: Seen[]): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b23c4d, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(65535, 16);
  header.writeUInt32LE(1, 20);
  const parts = [header];
  for (const { timeNs, bytes } of seen) {
    const packet = Buffer.alloc(16);
    packet.writeUInt32LE(Math.floor(timeNs / 1e9), 0);
    packet.writeUInt32LE(timeNs % 1e9, 4);
    packet.writeUInt32LE(bytes.length, 8);
    packet.writeUInt32LE(bytes.length, 12);
    parts.push(packet, Buffer.from(bytes));
  }
  return Buffer.concat(parts);
}

describe.runIf(hasTshark)('Wireshark', () => {
  it('finds every checksum right and nothing malformed', () => {
    const lab = new Lab6();
    const [a, b] = lab.pair(
      { netns: lab.namespace('a'), name: 'eth0', mac: '02:00:00:00:00:0a' },
      { netns: lab.namespace('b'), name: 'eth0', mac: '02:00:00:00:00:0b' },
    );
    const seen = record(a);
    up(a, b);
    addAddress(a, 'fd00::a/64');
    const B = addAddress(b, 'fd00::b/64');
    lab.wait(5);
    new Raw6Socket(a.netns, 58, null).sendTo(echoRequest(), B);
    const udp = new Udp6Socket(a.netns);
    udp.sendTo(new Uint8Array(3000), B, 9);
    udp.sendTo(new Uint8Array(10), parseIpv6('ff02::1'), 9, a);
    const listener = new Tcp6Socket(b.netns);
    listener.bind(Ipv6Address.UNSPECIFIED, 80);
    listener.listen(1);
    const client = new Tcp6Socket(a.netns);
    client.connect(B, 80);
    lab.wait(1);
    client.send(new Uint8Array(5000));
    client.close();
    lab.wait(10);
    const folder = mkdtempSync(join(tmpdir(), 'ipv6-'));
    try {
      const file = join(folder, 'a.pcap');
      writeFileSync(file, pcap(seen));
      const checks = ['-o', 'tcp.check_checksum:TRUE', '-o', 'udp.check_checksum:TRUE'];
      const wrong =
        '_ws.malformed || _ws.expert.severity >= error || tcp.checksum.status == 0 || ' +
        'udp.checksum.status == 0 || icmpv6.checksum.status == 0';
      const found = execFileSync('tshark', ['-r', file, ...checks, '-Y', wrong], { encoding: 'utf8' });
      expect(found).toBe('');
      const all = execFileSync('tshark', ['-r', file, '-T', 'fields', '-e', '_ws.col.Protocol'], {
        encoding: 'utf8',
      });
      for (const protocol of ['ICMPv6', 'TCP', 'UDP', 'IPv6']) expect(all).toContain(protocol);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
