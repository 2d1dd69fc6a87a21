import { describe, expect, it } from 'vitest';
import { dockerZeroLab, maskTimes } from './lab.ts';

describe('arping, arp, ifconfig, route, netstat', () => {
  const { lab, c1, c2 } = dockerZeroLab();
  const inside = (line: string) => lab.run(c1, line);
  const outside = (line: string) => lab.run(lab.machine, line);

  it('arping asks all, then the one who answered', () => {
    const { stdout, exit } = inside('arping -c 2 -I eth0 172.17.0.3');
    expect(maskTimes(stdout)).toBe(
      `ARPING 172.17.0.3 from 172.17.0.2 eth0
Unicast reply from 172.17.0.3 [02:42:AC:11:00:03]  Tms
Unicast reply from 172.17.0.3 [02:42:AC:11:00:03]  Tms
Sent 2 probes (1 broadcast(s))
Received 2 response(s)
`,
    );
    expect(exit).toBe(0);
    expect(inside('arping -c 1 -I eth0 172.17.0.99')).toMatchObject({
      stdout:
        'ARPING 172.17.0.99 from 172.17.0.2 eth0\nSent 1 probes (1 broadcast(s))\nReceived 0 response(s)\n',
      exit: 1,
    });
  });

  it('arp shows, sets and deletes entries', () => {
    inside('ping -c 1 172.17.0.3');
    expect(inside('arp -an').stdout).toBe('? (172.17.0.3) at 02:42:ac:11:00:03 [ether]  on eth0\n');
    outside('ping -c 1 172.17.0.2');
    expect(outside('arp -n').stdout).toBe(
      `Address                  HWtype  HWaddress           Flags Mask            Iface
172.17.0.2               ether   02:42:ac:11:00:02   C                     docker0
`,
    );
    expect(outside('arp -s 172.17.0.9 02:00:00:00:00:09; ip neigh show 172.17.0.9').stdout).toBe(
      '172.17.0.9 dev docker0 lladdr 02:00:00:00:00:09 PERMANENT \n',
    );
    expect(outside('arp -d 172.17.0.9; arp -an').stdout).toBe(
      '? (172.17.0.2) at 02:42:ac:11:00:02 [ether] on docker0\n',
    );
  });

  it('ifconfig in both manners', () => {
    expect(outside('ifconfig docker0').stdout).toMatch(
      /^docker0: flags=4163<UP,BROADCAST,RUNNING,MULTICAST> {2}mtu 1500\n {8}inet 172\.17\.0\.1 {2}netmask 255\.255\.0\.0 {2}broadcast 172\.17\.255\.255\n {8}ether 02:42:b6:5e:6d:42 {2}txqueuelen 0 {2}\(Ethernet\)\n {8}RX packets \d+ {2}bytes \d+ \(.*\)\n/,
    );
    expect(inside('ifconfig eth0').stdout).toMatch(
      /^eth0 {6}Link encap:Ethernet {2}HWaddr 02:42:AC:11:00:02 {2}\n {10}inet addr:172\.17\.0\.2 {2}Bcast:172\.17\.255\.255 {2}Mask:255\.255\.0\.0\n {10}UP BROADCAST RUNNING MULTICAST {2}MTU:1500 {2}Metric:1\n/,
    );
    outside('ip link add d0 type dummy; ifconfig d0 10.4.0.1 netmask 255.255.255.0 up');
    expect(outside('ip route show dev d0').stdout).toBe(
      '10.4.0.0/24 proto kernel scope link src 10.4.0.1 \n',
    );
  });

  it('route prints and changes the table', () => {
    expect(inside('route -n').stdout).toBe(
      `Kernel IP routing table
Destination     Gateway         Genmask         Flags Metric Ref    Use Iface
0.0.0.0         172.17.0.1      0.0.0.0         UG    0      0        0 eth0
172.17.0.0      0.0.0.0         255.255.0.0     U     0      0        0 eth0
`,
    );
    expect(
      outside('route add -net 10.9.0.0 netmask 255.255.0.0 gw 10.4.0.7; ip route show 10.9.0.0/16').stdout,
    ).toBe('10.9.0.0/16 via 10.4.0.7 dev d0 \n');
    expect(outside('route del -net 10.9.0.0/16; ip route show 10.9.0.0/16').stdout).toBe('');
    expect(outside('route add default gw 10.200.0.1').stderr).toBe('SIOCADDRT: Network is unreachable\n');
  });

  it('netstat lists who listens', () => {
    lab.start(c2, 'udpecho.py 7000');
    lab.start(c2, 'nc -l -p 80');
    lab.wait(0.1);
    expect(lab.run(c2, 'netstat -tuln').stdout).toBe(
      `Active Internet connections (only servers)
Proto Recv-Q Send-Q Local Address           Foreign Address         State       
tcp        0      0 0.0.0.0:80              0.0.0.0:*               LISTEN      
udp        0      0 0.0.0.0:7000            0.0.0.0:*                           
`,
    );
    expect(lab.run(c2, 'netstat -tlnp').stdout).toMatch(/LISTEN {6}\d+\/nc {10,}\n$/);
  });
});

describe('nc', () => {
  it('carries text over UDP and TCP', () => {
    const { lab, c1, c2 } = dockerZeroLab();
    const udp = lab.start(c2, 'nc -u -l -p 5000');
    const tcp = lab.start(c2, 'nc -l -p 5001');
    lab.wait(0.1);
    expect(lab.run(c1, 'echo hello | nc -u -w 1 172.17.0.3 5000').exit).toBe(0);
    expect(udp.stdout.text).toBe('hello\n');
    expect(lab.run(c1, 'echo hello | nc -w 2 172.17.0.3 5001').exit).toBe(0);
    lab.wait(1);
    expect(tcp.stdout.text).toBe('hello\n');
    expect(tcp.process.exitCode).toBe(0);
  });

  it('sends what it has read to a peer that has nothing to say', () => {
    const { lab, c2 } = dockerZeroLab();
    const server = lab.start(c2, 'nc -l -p 5001 < /dev/null | wc -c');
    lab.wait(0.1);
    expect(lab.run(lab.machine, 'seq 400000 | nc -N 172.17.0.3 5001')).toEqual({
      stdout: '',
      stderr: '',
      exit: 0,
    });
    lab.wait(1);
    expect(server.stdout.text.trim()).toBe('2688895');
  });

  it('says what is open and what is not', () => {
    const { lab, c1, c2 } = dockerZeroLab();
    lab.start(c2, 'nc -l -p 80');
    lab.wait(0.1);
    expect(lab.run(lab.machine, 'nc -zv 172.17.0.3 80')).toEqual({
      stdout: '',
      stderr: 'Connection to 172.17.0.3 80 port [tcp/http] succeeded!\n',
      exit: 0,
    });
    expect(lab.run(lab.machine, 'nc -zv 172.17.0.3 81')).toMatchObject({
      stderr: 'nc: connect to 172.17.0.3 port 81 (tcp) failed: Connection refused\n',
      exit: 1,
    });
    expect(lab.run(c1, 'nc 172.17.0.3 81')).toMatchObject({
      stderr: `nc: can't connect to remote host (172.17.0.3): Connection refused\n`,
      exit: 1,
    });
  });
});
