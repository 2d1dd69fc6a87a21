import { beforeAll, describe, expect, it } from 'vitest';
import { runScenario } from '../../scenarios/run/run-scenario.ts';
import { load } from '../scenarios/load.ts';

/** Two machines and a router between them, whose second link has the smaller MTU. */
const SCENARIO = `
hosts:
  a: { interfaces: { eth0: { address: 10.0.0.1/24 } }, docker: {} }
  b:
    interfaces: { eth0: { address: 10.0.0.2/24 }, eth1: { address: 10.1.0.2/24, mtu: 1400 } }
    sysctls: { net.ipv6.conf.all.forwarding: '1' }
  c: { interfaces: { eth0: { address: 10.1.0.3/24, mtu: 1400 } } }
links: { l: { connects: [a/eth0, b/eth0] }, m: { connects: [b/eth1, c/eth0] } }
steps:
  - wait 3s
  - a$ ip -6 addr add fd00::1/64 dev eth0
  - b$ ip addr add fd00::2/64 dev eth0; ip addr add fd01::2/64 dev eth1
  - c$ ip addr add fd01::3/64 dev eth0; ip -6 route add default via fd01::2
  - wait 3s
  - a$ ip -6 route add fd01::/64 via fd00::2; ip route add unreachable fd02::/48
  - a$ ip -6 route
  - a$ ip -6 route get fd01::3; ip -6 route get fd00::1; ip route get fd02::1
  - a$ ip route add throw fd03::/48; ip -6 route get fd03::1; ip -6 route del fd03::/48
  - a$ busybox ip -6 route
  - a$ ping -6 -c 3 -s 1400 -i 0.5 fd01::3; ip -6 route get fd01::3
  - a$ ping -6 -c 1 -s 1400 -M do fd01::3
  - a$ ping6 -c 1 -W 4 fd00::99; ping -6 -c 1 -t 1 fd01::3; ping -c 1 fe80::aff:fe00:2%eth0
  - a$ busybox ping6 -c 1 fd01::3
  - a$ ip -6 neigh add fd00::9 lladdr 02:00:00:00:00:09 dev eth0; ip -6 neigh show fd00::9; ip -6 neigh del fd00::9 dev eth0; ip neigh get fd00::9 dev eth0
  - a$ ip -6 rule; ip -6 rule add from fd00::/64 table 5
  - a$ ip -6 route add fd01::/64 via fd00::2; ip -6 route add fd05::/64 via fd09::1; ip -6 route add fd05::/64 via fe80::1; ip -6 route del fd77::/64
  - a$ ip -6 addr replace fd00::1/64 dev eth0; ip addr add fd00::1/64 dev eth0; ip -6 -br addr show scope link
  - { run: 'c$ nc -6 -l -p 7000 > /tmp/heard', background: true }
  - a$ echo hi | nc -6 -q 1 fd01::3 7000
  - c$ cat /tmp/heard
  - { run: "c$ udpecho.py 9000 '' ::", background: true }
  - a$ udpsend.py fd01::3 9000 10,2000 40000
  - { run: 'c$ python3 -m http.server --bind :: 8000', background: true }
  - "a$ curl -s -o /dev/null -w '%{http_code} %{remote_ip}\\\\n' http://[fd01::3]:8000/"
`;

describe('programs over IPv6', () => {
  let answers: Map<string, string>;

  beforeAll(async () => {
    const { transcript } = await runScenario(load(SCENARIO), {});
    const parts = transcript.split(/^(?=[abc]\$ )/m).map((part) => {
      const end = part.indexOf('\n');
      return [part.slice(0, end), part.slice(end + 1)] as const;
    });
    answers = new Map(parts);
  });

  /** What the step that starts so printed. */
  function answer(start: string): string {
    const found = [...answers].find(([command]) => command.startsWith(start));
    if (found === undefined) throw new Error(`no step ${start}`);
    return found[1];
  }

  it('ip -6 route lists and looks up, in the words of iproute2 and of busybox', () => {
    expect(answers.get('a$ ip -6 route')).toBe(
      'fd00::/64 dev eth0 proto kernel metric 256 pref medium\n' +
        'fd01::/64 via fd00::2 dev eth0 metric 1024 pref medium\n' +
        'unreachable fd02::/48 dev lo metric 1024 error -113 pref medium\n' +
        'fe80::/64 dev eth0 proto kernel metric 256 pref medium\n',
    );
    expect(answer('a$ ip -6 route get')).toBe(
      'fd01::3 from :: via fd00::2 dev eth0 src fd00::1 metric 1024 pref medium\n' +
        'local fd00::1 from :: dev lo table local proto kernel src fd00::1 metric 0 pref medium\n' +
        'RTNETLINK answers: No route to host\n',
    );
    expect(answer('a$ busybox ip')).toBe(
      'fd00::/64 dev eth0  metric 256 \n' +
        'fd01::/64 via fd00::2 dev eth0  metric 1024 \n' +
        'unreachable fd02::/48 dev lo  metric 1024  error -113 \n' +
        'fe80::/64 dev eth0  metric 256 \n',
    );
  });

  it('a throw route leaves the address to the next table, of which none has it', () => {
    expect(answer('a$ ip route add throw')).toBe('RTNETLINK answers: Network is unreachable\n');
  });

  it('refusals are the kernel’s', () => {
    expect(answer('a$ ip -6 route add fd01::/64 via fd00::2; ip -6 route add fd05')).toBe(
      'RTNETLINK answers: File exists\nRTNETLINK answers: No route to host\n' +
        'Error: Egress device not specified.\nRTNETLINK answers: No such process\n',
    );
    expect(answer('a$ ip -6 addr replace')).toBe(
      'RTNETLINK answers: File exists\neth0             UP             fe80::aff:fe00:1/64 \n',
    );
    expect(answer('a$ ip -6 rule')).toBe(
      '0:\tfrom all lookup local\n32766:\tfrom all lookup main\nip: not modelled: ip -6 rule add\n',
    );
  });

  it('ip -6 neigh adds, shows and removes', () => {
    expect(answer('a$ ip -6 neigh add')).toBe(
      'fd00::9 dev eth0 lladdr 02:00:00:00:00:09 PERMANENT \nRTNETLINK answers: No such file or directory\n',
    );
  });

  it('ping learns the path MTU and names ICMPv6 errors', () => {
    const sized = answer('a$ ping -6 -c 3 -s 1400');
    expect(sized).toContain('PING fd01::3(fd01::3) 1400 data bytes\n');
    expect(sized).toContain('From fd00::2 icmp_seq=1 Packet too big: mtu=1400\n');
    expect(sized).toContain('1408 bytes from fd01::3: icmp_seq=2 ttl=63 time=0.000 ms\n');
    expect(sized).toContain('3 packets transmitted, 2 received, +1 errors, 33.3333% packet loss');
    expect(sized).toMatch(/src fd00::1 metric 1024 \n {4}cache expires 59\dsec mtu 1400 pref medium\n$/);
    expect(answer('a$ ping -6 -c 1 -s 1400 -M do')).toContain(
      'ping: local error: message too long, mtu: 1400\n',
    );
    const errors = answer('a$ ping6');
    expect(errors).toContain('From fd00::1 icmp_seq=1 Destination unreachable: Address unreachable\n');
    expect(errors).toContain('From fd00::2 icmp_seq=1 Time exceeded: Hop limit\n');
    expect(errors).toContain('64 bytes from fe80::aff:fe00:2%eth0: icmp_seq=1 ttl=64 time=0.000 ms\n');
    expect(answer('a$ busybox ping6')).toContain(
      'PING fd01::3 (fd01::3): 56 data bytes\n64 bytes from fd01::3: seq=0 ttl=63 time=0.000 ms\n',
    );
  });

  it('nc, UDP longer than the path MTU, and HTTP get through', () => {
    expect(answer('c$ cat')).toBe('hi\n');
    expect(answer('a$ udpsend.py')).toBe(
      'size 10 -> fd01::3:9000 reply 10 bytes same sport=40000\n' +
        'size 2000 -> fd01::3:9000 reply 2000 bytes same sport=40000\n',
    );
    expect(answer('a$ curl')).toBe('200 fd01::3\n');
  });
});
