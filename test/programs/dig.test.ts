import { describe, expect, it } from 'vitest';
import type { Tap } from '../../core/capture/tap.ts';
import { findEdns, parseDnsMessage } from '../../protocols/dns/index.ts';
import { dockerZeroLab } from './lab.ts';

describe('dig and host', () => {
  const { lab, c1 } = dockerZeroLab();
  lab.start(lab.machine, 'dnsd.py');
  lab.wait(0.1);
  const run = (line: string) => lab.run(c1, line);
  const masked = (line: string) => run(line).stdout.replace(/id: \d+/, 'id: N');

  it('prints what it is told to', () => {
    expect(masked('dig +noall +comments +answer www.example.test')).toBe(
      `;; Got answer:
;; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: N
;; flags: qr aa rd ra; QUERY: 1, ANSWER: 1, AUTHORITY: 0, ADDITIONAL: 0

;; ANSWER SECTION:
www.example.test.	60	IN	A	203.0.113.10

`,
    );
    expect(masked('dig +noall +comments +answer b1')).toBe(
      `;; Got answer:
;; ->>HEADER<<- opcode: QUERY, status: NXDOMAIN, id: N
;; flags: qr aa rd ra; QUERY: 1, ANSWER: 0, AUTHORITY: 0, ADDITIONAL: 0

`,
    );
    expect(run('dig +short www.example.test').stdout).toBe('203.0.113.10\n');
  });

  it('prints everything unless told not to', () => {
    expect(masked('dig @172.17.0.1 a2.example.test')).toBe(
      `
; <<>> DiG 9.18.28-1~deb12u2-Debian <<>> @172.17.0.1 a2.example.test
; (1 server found)
;; global options: +cmd
;; Got answer:
;; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: N
;; flags: qr aa rd ra; QUERY: 1, ANSWER: 1, AUTHORITY: 0, ADDITIONAL: 0

;; QUESTION SECTION:
;a2.example.test.		IN	A

;; ANSWER SECTION:
a2.example.test.	60	IN	A	203.0.113.10

;; Query time: 0 msec
;; SERVER: 172.17.0.1#53(172.17.0.1) (UDP)
;; WHEN: Thu Jan 01 00:00:00 UTC 2026
;; MSG SIZE  rcvd: 49

`,
    );
  });

  it('gives up as often as it is told', () => {
    const before = lab.sim.nowNs;
    expect(run('dig +time=2 +tries=1 +noall +comments @172.17.0.99 x')).toMatchObject({
      stdout: ';; communications error to 172.17.0.99#53: timed out\n;; no servers could be reached\n',
      exit: 9,
    });
    expect(lab.sim.nowNs - before).toBe(2e9);
    expect(run('dig +tries=1 +noall @172.17.0.3 x').stdout).toContain('#53: connection refused\n');
    expect(run('dig +tcp +tries=1 +noall @172.17.0.3 x').stdout).toContain('#53: connection refused\n');
  });

  it('sends the flags and the cookie of the recordings, without DF', () => {
    const frames: Uint8Array[] = [];
    const tap: Tap = {
      capture: (_time, buf, offset, length) => void frames.push(buf.slice(offset, offset + length)),
    };
    c1.eth0.addTap(tap);
    run('dig +short www.example.test');
    c1.eth0.removeTap(tap);
    const frame = frames.find((bytes) => bytes[12] === 8 && bytes[13] === 0)!;
    expect(frame[20]! & 0x40).toBe(0);
    const query = parseDnsMessage(frame.subarray(42))!;
    expect(query).toMatchObject({ recursionDesired: true, z: 2 });
    expect(findEdns(query)).toMatchObject({ class: 1232, ttl: 0 });
    const data = findEdns(query)!.data;
    expect(data.kind === 'OPT' && data.options.map(({ code, data: { length } }) => [code, length])).toEqual([
      [10, 8],
    ]);
  });

  it('host says it in words', () => {
    expect(run('host www.example.test').stdout).toBe('www.example.test has address 203.0.113.10\n');
    expect(run('host nowhere')).toMatchObject({ stdout: 'Host nowhere not found: 3(NXDOMAIN)\n', exit: 1 });
  });
});
