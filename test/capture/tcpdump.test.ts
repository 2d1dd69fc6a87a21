import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { IFF_UP } from '../../core/device/net-device.ts';
import { Host } from '../../core/host/host.ts';
import { type Process, SIGINT } from '../../core/host/process.ts';
import { ProgramRegistry } from '../../core/host/program.ts';
import { EMPTY_INPUT, TextBuffer } from '../../core/host/streams.ts';
import { PacketPool } from '../../core/packet/packet-pool.ts';
import { Simulator } from '../../core/sim/simulator.ts';
import { tcpdump } from '../../programs/tcpdump/tcpdump.ts';
import { recorded, recordedBytes } from './recorded-files.ts';

interface Started {
  host: Host;
  process: Process;
  stdout: TextBuffer;
  stderr: TextBuffer;
}

/** Starts tcpdump on a machine with a loopback that is up and a recording in a file. */
function start(...args: string[]): Started {
  const programs = new ProgramRegistry();
  const sim = new Simulator(1);
  const host = new Host('box', { sim, pool: new PacketPool(), programs, tracer: null, ciphers: null });
  host.initNamespace.device('lo')!.flags |= IFF_UP;
  host.fileSystem.writeText('/rec.pcap', Buffer.from(recordedBytes('dns-client.pcap')).toString('latin1'));
  const [stdout, stderr] = [new TextBuffer(), new TextBuffer()];
  const context = {
    netns: host.initNamespace,
    fileSystem: host.fileSystem,
    uts: { hostname: 'box' },
    userland: 'debian' as const,
  };
  const process = host.processes.spawn(tcpdump, {
    context,
    argv: ['tcpdump', ...args],
    stdin: EMPTY_INPUT,
    stdout,
    stderr,
  });
  return { host, process, stdout, stderr };
}

/** Sends the packets of a recording out of lo, a millisecond apart. */
function replay({ host }: Started, name: string): void {
  recorded(name).packets.forEach((p, i) => {
    const bytes = p.buf.slice(p.offset, p.offset + p.length);
    host.sim.at((i + 1) * 1_000_000, () => {
      const packet = host.pool.from(bytes);
      packet.macOffset = packet.head;
      host.initNamespace.device('lo')!.transmit(packet);
    });
  });
}

function expectedText(name: string): string {
  return readFileSync(join(import.meta.dirname, 'expected', name), 'utf8');
}

describe('tcpdump', () => {
  it('reads a file and prints it', () => {
    const { host, stdout, stderr, process } = start('-nt', '-r', '/rec.pcap');
    host.sim.run();
    expect(stdout.text).toBe(expectedText('dns-client.plain.txt'));
    expect(stderr.text).toBe(
      'reading from file /rec.pcap, link-type EN10MB (Ethernet), snapshot length 262144\n',
    );
    expect(process.exitCode).toBe(0);
  });

  it('writes what it read byte for byte', () => {
    const { host } = start('-r', '/rec.pcap', '-w', '/copy.pcap');
    host.sim.run();
    expect(host.fileSystem.readText('/copy.pcap')).toBe(host.fileSystem.readText('/rec.pcap'));
  });

  it('filters, counts and numbers', () => {
    const { host, stdout } = start('-nt', '-#', '-c', '2', '-r', '/rec.pcap', 'arp');
    host.sim.run();
    const arp = expectedText('dns-client.plain.txt')
      .split('\n')
      .filter((line) => line.startsWith('ARP'));
    expect(stdout.text).toBe(`    1  ${arp[0]}\n    2  ${arp[1]}\n`);
  });

  it('captures until it is interrupted, and lets go of the device', () => {
    const started = start('-n', '-i', 'lo', '-Q', 'out', 'port 53');
    const { host, process, stdout, stderr } = started;
    const lo = host.initNamespace.device('lo')!;
    replay(started, 'dns-client.pcap');
    host.sim.at(500_000, () => expect([lo.taps?.length, lo.promiscuity]).toEqual([1, 1]));
    host.sim.at(10_000_000_000, () => process.kill(SIGINT));
    host.sim.run();
    const lines = stdout.text.trimEnd().split('\n');
    expect(lines).toHaveLength(12);
    expect(lines[0]).toMatch(/^00:00:00\.012000 IP .*\+ \[1au\] PTR\? /);
    expect(stderr.text).toBe(
      'tcpdump: verbose output suppressed, use -v[v]... for full protocol decode\n' +
        'listening on lo, link-type EN10MB (Ethernet), snapshot length 262144 bytes\n' +
        '12 packets captured\n12 packets received by filter\n0 packets dropped by kernel\n',
    );
    expect(process.exitCode).toBe(0);
    expect([lo.taps, lo.promiscuity]).toEqual([null, 0]);
  });

  it('ends after -c packets', () => {
    const started = start('-n', '-p', '-c', '1', '-i', 'lo');
    replay(started, 'startup.pcap');
    started.host.sim.run();
    expect(started.process.exitCode).toBe(0);
    expect(started.stdout.text.trimEnd().split('\n')).toHaveLength(1);
    expect(started.stderr.text).toMatch(/\n1 packet captured\n/);
  });

  it.each([
    [['-i', 'eth9'], 'tcpdump: eth9: No such device exists\n(No such device exists)\n'],
    [['-i', 'any'], 'tcpdump: any: capturing on all interfaces at once is not modelled; name one with -i\n'],
    [['-r', '/none'], 'tcpdump: /none: No such file or directory\n'],
    [['-c', '0'], 'tcpdump: invalid packet count 0\n'],
    [['-D'], "tcpdump: invalid option -- 'D'\n"],
    [
      ['-i', 'lo', 'host', 'web1'],
      "tcpdump: filter, column 6: host name 'web1' cannot be resolved in a capture filter (write its address)\n",
    ],
  ])('refuses %j', (args, message) => {
    const { host, process, stderr } = start(...args);
    host.sim.run();
    expect(stderr.text).toBe(message);
    expect(process.exitCode).toBe(1);
  });
});
