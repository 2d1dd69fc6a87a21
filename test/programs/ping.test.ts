import { describe, expect, it } from 'vitest';
import type { Tap } from '../../core/capture/tap.ts';
import { dockerZeroLab, maskTimes } from './lab.ts';

describe('ping in the docker0 of the recordings', () => {
  const { lab, c1 } = dockerZeroLab();
  const cases: [string, string, number][] = [
    [
      'ping -c 2 172.17.0.3',
      `PING 172.17.0.3 (172.17.0.3): 56 data bytes
64 bytes from 172.17.0.3: seq=0 ttl=64 time=T ms
64 bytes from 172.17.0.3: seq=1 ttl=64 time=T ms

--- 172.17.0.3 ping statistics ---
2 packets transmitted, 2 packets received, 0% packet loss
round-trip min/avg/max = T ms
`,
      0,
    ],
    [
      'iping -c 2 172.17.0.1',
      `PING 172.17.0.1 (172.17.0.1) 56(84) bytes of data.
64 bytes from 172.17.0.1: icmp_seq=1 ttl=64 time=T ms
64 bytes from 172.17.0.1: icmp_seq=2 ttl=64 time=T ms

--- 172.17.0.1 ping statistics ---
2 packets transmitted, 2 received, 0% packet loss, time Tms
rtt min/avg/max/mdev = T ms
`,
      0,
    ],
    [
      'ping -c 3 -W 4 172.17.0.99',
      `PING 172.17.0.99 (172.17.0.99): 56 data bytes

--- 172.17.0.99 ping statistics ---
3 packets transmitted, 0 packets received, 100% packet loss
`,
      1,
    ],
    [
      'iping -c 3 -W 4 172.17.0.99',
      `PING 172.17.0.99 (172.17.0.99) 56(84) bytes of data.
From 172.17.0.2 icmp_seq=1 Destination Host Unreachable
From 172.17.0.2 icmp_seq=2 Destination Host Unreachable
From 172.17.0.2 icmp_seq=3 Destination Host Unreachable

--- 172.17.0.99 ping statistics ---
3 packets transmitted, 0 received, +3 errors, 100% packet loss, time Tms
pipe 3
`,
      1,
    ],
    [
      'ping -c 2 -s 2000 172.17.0.3',
      `PING 172.17.0.3 (172.17.0.3): 2000 data bytes
2008 bytes from 172.17.0.3: seq=0 ttl=64 time=T ms
2008 bytes from 172.17.0.3: seq=1 ttl=64 time=T ms

--- 172.17.0.3 ping statistics ---
2 packets transmitted, 2 packets received, 0% packet loss
round-trip min/avg/max = T ms
`,
      0,
    ],
    [
      'iping -M do -c 1 -s 1473 172.17.0.3 2>&1',
      `PING 172.17.0.3 (172.17.0.3) 1473(1501) bytes of data.
iping: local error: message too long, mtu=1500

--- 172.17.0.3 ping statistics ---
1 packets transmitted, 0 received, +1 errors, 100% packet loss, time Tms

`,
      1,
    ],
    ['ping -c 2 -W 2 c9 2>&1', `ping: bad address 'c9'\n`, 1],
    ['iping -c 2 -W 2 c9 2>&1', `iping: c9: Temporary failure in name resolution\n`, 2],
    [
      'ping -c 1 c1',
      `PING c1 (172.17.0.2): 56 data bytes
64 bytes from 172.17.0.2: seq=0 ttl=64 time=T ms

--- c1 ping statistics ---
1 packets transmitted, 1 packets received, 0% packet loss
round-trip min/avg/max = T ms
`,
      0,
    ],
  ];
  for (const [line, stdout, exit] of cases) {
    it(line, () => {
      const result = lab.run(c1, line);
      expect(maskTimes(result.stdout)).toBe(stdout);
      expect(result.exit).toBe(exit);
    });
  }

  it('tells whom the time to live ran out at', () => {
    lab.machine.netns.ipv4.addAddress(lab.machine.netns.loopback, 0xc0a8636d, 32);
    const result = lab.run(c1, 'iping -c 1 -t 1 192.168.99.1');
    expect(maskTimes(result.stdout)).toContain('From 172.17.0.1 icmp_seq=1 ');
  });

  it('fills its requests as each ping does', () => {
    const requests: Uint8Array[] = [];
    const tap: Tap = {
      capture: (_time, buf, offset, length) => {
        if (buf[offset + 23] === 1 && buf[offset + 34] === 8)
          requests.push(buf.slice(offset + 14, offset + length));
      },
    };
    c1.eth0.addTap(tap);
    lab.run(c1, 'ping -c 1 172.17.0.3; iping -c 1 172.17.0.3; iping -M do -c 1 172.17.0.3');
    c1.eth0.removeTap(tap);
    const [busybox, iputils, strict] = requests as [Uint8Array, Uint8Array, Uint8Array];
    expect(busybox.subarray(32).every((byte) => byte === 0)).toBe(true);
    expect([...iputils.subarray(44)]).toEqual(Array.from({ length: 40 }, (_, i) => 16 + i));
    // Don't fragment, and an identification unless it is certain that nobody needs it.
    expect([busybox[6], iputils[6], strict[6]]).toEqual([0x40, 0x40, 0x40]);
    expect(iputils[4]! | iputils[5]!).not.toBe(0);
    expect(strict[4]! | strict[5]!).toBe(0);
  });

  it('dies when there is no route', () => {
    c1.netns.ipv4.setDown(c1.eth0);
    expect(lab.run(c1, 'ping -c 1 172.17.0.3 2>&1; iping -c 1 10.0.0.1 2>&1')).toMatchObject({
      stdout: `PING 172.17.0.3 (172.17.0.3): 56 data bytes\nping: sendto: Network is unreachable\niping: connect: Network is unreachable\n`,
      exit: 2,
    });
  });
});
