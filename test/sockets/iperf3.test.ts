import { describe, expect, it } from 'vitest';
import { Cable } from '../../core/device/link/cable.ts';
import { NO_IMPAIRMENTS, type Impairments } from '../../core/device/link/impairments.ts';
import { Nic } from '../../core/device/link/nic.ts';
import { Host } from '../../core/host/host.ts';
import { EMPTY_INPUT } from '../../core/host/streams.ts';
import { parseMac } from '../../protocols/mac-address.ts';
import { addWebPrograms } from '../http/register.ts';
import { addAddress, Lab, type Place } from '../programs/lab.ts';

const LINK: Impairments = { ...NO_IMPAIRMENTS, rateBps: 100e6, delayNs: 100_000 };

/** Two machines on one cable of 100 Mbit/s. */
function cableLab(link = LINK): { lab: Lab; client: Place; server: Place } {
  const lab = new Lab();
  addWebPrograms(lab);
  const other = new Host('host2', lab.host.env);
  const nics = [lab.host, other].map((host, i) => {
    const nic = new Nic('eth0', host, host.initNamespace, parseMac(`02:00:00:00:00:0${i + 1}`));
    host.initNamespace.addDevice(nic);
    addAddress(nic, `10.0.0.${i + 1}/24`, true);
    host.initNamespace.ipv4.setUp(nic);
    return nic;
  }) as [Nic, Nic];
  new Cable(lab.sim, 'wire', nics[0], nics[1], link, link);
  return {
    lab,
    client: lab.machine,
    server: lab.place(other.initNamespace, 'debian', other.fileSystem, 'host2'),
  };
}

/** Runs a client against a server on the other machine, which starts its processes on its own host. */
function measure(options: string, link = LINK, serverOptions: readonly string[] = []) {
  const { lab, client, server } = cableLab(link);
  const other = server.netns.host;
  const stdout: string[] = [];
  other.processes.spawn(lab.host.env.programs.find('iperf3')!, {
    context: server.context,
    argv: ['iperf3', '-s', '-1', ...serverOptions],
    stdin: EMPTY_INPUT,
    stdout: { write: (text) => void stdout.push(text), close: () => {} },
    stderr: { write: (text) => void stdout.push(text), close: () => {} },
  });
  lab.wait(0.1);
  const result = lab.run(client, `iperf3 -c 10.0.0.2 ${options}`);
  lab.wait(1);
  return { ...result, server: stdout.join('') };
}

/** Mbit/s of the line that ends in `role`. */
function megabits(text: string, role: 'sender' | 'receiver', label = '  5'): number {
  const match = new RegExp(`\\[${label}\\].* ([\\d.]+) Mbits/sec .*${role}\\s*$`, 'm').exec(text);
  return Number(match?.[1]);
}

/** Goodput of full segments with timestamps: 1448 of the bytes that a frame takes on the wire. */
const TCP_MBPS = [93, 96] as const;

describe('iperf3', () => {
  it('fills a link with TCP', () => {
    const { stdout, server, exit } = measure('-t 4 -f m');
    expect(exit).toBe(0);
    expect(megabits(stdout, 'receiver')).toBeGreaterThan(TCP_MBPS[0]);
    expect(megabits(stdout, 'receiver')).toBeLessThan(TCP_MBPS[1]);
    const lines = stdout.split('\n');
    expect(lines[0]).toBe('Connecting to host 10.0.0.2, port 5201');
    expect(lines[1]).toMatch(/^\[ {2}5\] local 10\.0\.0\.1 port \d+ connected to 10\.0\.0\.2 port 5201$/);
    expect(lines[2]).toBe('[ ID] Interval           Transfer     Bitrate         Retr  Cwnd');
    expect(lines[3]).toMatch(
      /^\[ {2}5\] {3}0\.00-1\.00 {3}sec {2}[\d. ]{4} MBytes {2}[\d. ]{4} Mbits\/sec +\d+ {3}[\d. ]{4} [KM]Bytes {7}$/,
    );
    expect(lines.slice(-4)[0]).toMatch(/receiver$/);
    expect(lines.slice(-3)).toEqual(['', 'iperf Done.', '']);
    expect(server).toContain('Server listening on 5201 (test #1)\n');
    expect(megabits(server, 'receiver')).toBeGreaterThan(TCP_MBPS[0]);
  });

  it('shares it between parallel streams', () => {
    const { stdout } = measure('-t 4 -P 3');
    expect(megabits(stdout, 'receiver', 'SUM')).toBeGreaterThan(TCP_MBPS[0] - 2);
    expect(megabits(stdout, 'receiver', 'SUM')).toBeLessThan(TCP_MBPS[1]);
    expect(megabits(stdout, 'receiver', '  9')).toBeGreaterThan(5);
  });

  it('turns round with -R', () => {
    const { stdout } = measure('-t 2 -R');
    expect(stdout).toContain('Reverse mode, remote host 10.0.0.2 is sending\n');
    expect(megabits(stdout, 'receiver')).toBeGreaterThan(TCP_MBPS[0] - 2);
  });

  it('sends UDP at the rate of -b', () => {
    const { stdout } = measure('-u -b 20M -l 1400 -t 4');
    expect(megabits(stdout, 'receiver')).toBeCloseTo(20, 1);
    expect(stdout).toMatch(
      /\[ {2}5\] {3}0\.00-4\.00 {3}sec {2}9\.5\d MBytes {2}20\.0 Mbits\/sec {2}0\.000 ms {2}0\/71\d\d \(0%\) {2}sender\n/,
    );
  });

  it('counts the datagrams that a link loses', () => {
    const { stdout } = measure('-u -b 10M -l 1000 -t 4', { ...LINK, loss: 0.05 });
    const [, lost, all] = /(\d+)\/(\d+) \([\d.]+%\) {2}receiver/.exec(stdout) ?? [];
    expect(Number(lost) / Number(all)).toBeGreaterThan(0.035);
    expect(Number(lost) / Number(all)).toBeLessThan(0.065);
  });

  it('stops after the bytes of -n', () => {
    const { stdout } = measure('-n 10M');
    // The receiver counts until the sender says that it has ended: what is in buffers then is missing.
    expect(stdout).toMatch(/10\.0 MBytes .* sender\n/);
    expect(megabits(stdout, 'receiver')).toBeGreaterThan(TCP_MBPS[0]);
  });

  it('writes JSON', () => {
    const { stdout } = measure('-t 2 -J');
    const report = JSON.parse(stdout) as {
      start: { test_start: { protocol: string } };
      intervals: unknown[];
      end: { sum_received: { bits_per_second: number } };
    };
    expect(report.start.test_start.protocol).toBe('TCP');
    expect(report.intervals).toHaveLength(2);
    expect(report.end.sum_received.bits_per_second / 1e6).toBeGreaterThan(TCP_MBPS[0] - 2);
  });

  it('writes JSON on the server too, and nothing else', () => {
    const { server } = measure('-t 2', LINK, ['-J']);
    const report = JSON.parse(server) as {
      start: { accepted_connection: { host: string } };
      intervals: { sum: { sender: boolean } }[];
      end: { sum_sent: { bytes: number }; sum_received: { bytes: number; bits_per_second: number } };
    };
    expect(report.start.accepted_connection.host).toBe('10.0.0.1');
    expect(report.intervals.every(({ sum }) => !sum.sender)).toBe(true);
    expect(report.end.sum_received.bits_per_second / 1e6).toBeGreaterThan(TCP_MBPS[0] - 2);
    expect(report.end.sum_sent.bytes).toBeGreaterThanOrEqual(report.end.sum_received.bytes);
  });

  it('says why it cannot begin', () => {
    const { lab, client } = cableLab();
    expect(lab.run(client, 'iperf3 -c 10.0.0.2').stderr).toBe(
      'iperf3: error - unable to connect to server: Connection refused\n',
    );
    expect(lab.run(client, 'iperf3 -c 10.0.0.2 --bidir').stderr).toBe(
      'iperf3: not modelled: iperf3 -bidir\n',
    );
  });
});
