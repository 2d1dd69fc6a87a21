import { describe, expect, it } from 'vitest';
import { Lab, type Container, type Place } from '../programs/lab.ts';

/** A container on docker0 and, behind another bridge, a machine outside that knows no route to it. */
function twoSides(): { lab: Lab; host: Place; c1: Container; outside: Container } {
  const lab = new Lab();
  lab.host.initNamespace.ipv4.setForwarding(1);
  const docker0 = lab.bridge('docker0', '02:42:b6:5e:6d:42', '172.17.0.1/16');
  const wire = lab.bridge('wan0', '02:00:c0:a8:63:6d', '192.168.99.109/24');
  const c1 = lab.container(
    'c1',
    docker0,
    '172.17.0.2/16',
    '172.17.0.1',
    '02:42:ac:11:00:02',
    'ea:9e:15:64:73:6f',
  );
  const outside = lab.container(
    'out',
    wire,
    '192.168.99.1/24',
    '192.168.99.250',
    '02:00:c0:a8:63:01',
    'ea:9e:15:64:73:70',
  );
  return { lab, host: lab.machine, c1, outside };
}

function ok(lab: Lab, place: Place, line: string): string {
  const result = lab.run(place, line);
  expect(result.stderr).toBe('');
  expect(result.exit).toBe(0);
  return result.stdout;
}

describe('iptables on a machine', () => {
  it('MASQUERADE takes a container out', () => {
    const { lab, host, c1 } = twoSides();
    expect(lab.run(c1, 'ping -c 1 -W 1 192.168.99.1').exit).toBe(1);
    ok(lab, host, 'iptables -t nat -A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE');
    ok(lab, c1, 'ping -c 1 -W 1 192.168.99.1');
    expect(ok(lab, host, 'iptables -t nat -v -S POSTROUTING')).toContain(
      '! -o docker0 -c 1 84 -j MASQUERADE\n',
    );
    expect(lab.run(host, 'conntrack -L -p icmp').stdout).toMatch(
      /^icmp +1 \d+ src=172\.17\.0\.2 dst=192\.168\.99\.1 type=8 code=0 id=\d+ src=192\.168\.99\.1 dst=192\.168\.99\.109 /,
    );
  });

  it('DNAT publishes a port, and FORWARD rules see the translated packet', () => {
    const { lab, host, c1, outside } = twoSides();
    lab.start(c1, 'udpecho.py 53');
    ok(lab, host, 'iptables -t nat -A PREROUTING -p udp --dport 5353 -j DNAT --to-destination 172.17.0.2:53');
    ok(lab, host, 'iptables -P FORWARD DROP');
    expect(lab.run(outside, 'udpsend.py 192.168.99.109 5353 5').stdout).toContain('no reply');
    ok(lab, host, 'iptables -A FORWARD -d 172.17.0.2 -o docker0 -p udp --dport 53 -j ACCEPT');
    ok(lab, host, 'iptables -A FORWARD -m conntrack --ctstate ESTABLISHED -j ACCEPT');
    expect(lab.run(outside, 'udpsend.py 192.168.99.109 5353 5').stdout).not.toContain('no reply');
    expect(lab.run(host, 'conntrack -L -p udp').stdout).toMatch(
      /dst=192\.168\.99\.109 sport=\d+ dport=5353 src=172\.17\.0\.2 dst=192\.168\.99\.1 sport=53 /,
    );
  });

  it('REJECT answers with the error it was told to', () => {
    const { lab, host, c1 } = twoSides();
    ok(lab, host, 'iptables -A FORWARD -p icmp -j REJECT --reject-with icmp-host-prohibited');
    expect(lab.run(c1, 'iping -c 1 -W 1 192.168.99.1').stdout).toContain(
      'From 172.17.0.1 icmp_seq=1 Destination Host Prohibited',
    );
  });

  it('REJECT with a reset ends a connection attempt', () => {
    const { lab, host, c1, outside } = twoSides();
    ok(lab, host, 'iptables -t nat -A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE');
    lab.start(outside, 'tcpecho.py 9001');
    expect(lab.run(c1, 'tcpsend.py 192.168.99.1 9001 hello').stdout).toContain('len=5');
    ok(lab, host, 'iptables -I FORWARD -p tcp --dport 9001 -j REJECT --reject-with tcp-reset');
    expect(lab.run(c1, 'tcpsend.py 192.168.99.1 9001 hello').stdout).toContain('Connection refused');
    expect(lab.sim.nowNs).toBeLessThan(2e9);
  });

  it('TCPMSS lowers what a SYN announces', () => {
    const { lab, host, c1, outside } = twoSides();
    ok(lab, host, 'iptables -t nat -A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE');
    ok(lab, host, 'iptables -t mangle -A FORWARD -p tcp --tcp-flags SYN,RST SYN -j TCPMSS --set-mss 1000');
    ok(lab, host, 'iptables -t mangle -A FORWARD -p tcp --dport 9001 -m length --length 1041: -j DROP');
    lab.start(outside, 'tcpecho.py 9001');
    const text = 'x'.repeat(3000);
    expect(lab.run(c1, `tcpsend.py 192.168.99.1 9001 ${text}`, 5).stdout).toContain('len=3000');
  });

  it('mangle OUTPUT routes a marked packet anew', () => {
    const { lab, host } = twoSides();
    ok(lab, host, 'ip route add 192.168.99.1 dev docker0 src 192.168.99.109');
    ok(lab, host, 'ip rule add fwmark 7 table 100');
    ok(lab, host, 'ip route add 192.168.99.0/24 dev wan0 table 100');
    expect(lab.run(host, 'ping -c 1 -W 1 192.168.99.1').exit).toBe(1);
    ok(lab, host, 'iptables -t mangle -A OUTPUT -p icmp -j MARK --set-mark 7');
    expect(lab.run(host, 'ping -c 1 -W 1 192.168.99.1').exit).toBe(0);
  });

  it('LOG writes the line of the kernel', () => {
    const { lab, host, c1 } = twoSides();
    ok(lab, host, 'iptables -A INPUT -p icmp -j LOG --log-prefix "ping: "');
    ok(lab, c1, 'ping -c 1 -W 1 172.17.0.1');
    const [line] = lab.host.kernelLog.lines.map(({ text }) => text);
    expect(line).toMatch(
      /^ping: IN=docker0 OUT= MAC=02:42:b6:5e:6d:42:02:42:ac:11:00:02:08:00 SRC=172\.17\.0\.2 DST=172\.17\.0\.1 LEN=84 TOS=0x00 PREC=0x00 TTL=64 ID=\d+ DF PROTO=ICMP TYPE=8 CODE=0 ID=\d+ SEQ=0 $/,
    );
    expect(ok(lab, host, 'dmesg')).toBe(
      `[${(lab.host.kernelLog.lines[0]!.timeNs / 1e9).toFixed(6).padStart(12)}] ${line}\n`,
    );
    ok(lab, host, 'dmesg -C');
    expect(ok(lab, host, 'dmesg')).toBe('');
  });

  it('iptables-save and -restore carry rules to another machine', () => {
    const { lab, host, c1 } = twoSides();
    ok(lab, host, 'iptables -N MINE');
    ok(lab, host, 'iptables -A FORWARD -m comment --comment "to mine" -j MINE');
    ok(lab, host, 'iptables-save > /tmp/rules');
    c1.context.fileSystem.writeText('/tmp/rules', host.context.fileSystem.readText('/tmp/rules')!);
    ok(lab, c1, 'iptables-restore < /tmp/rules');
    expect(ok(lab, c1, 'iptables -S FORWARD')).toBe(
      '-P FORWARD ACCEPT\n-A FORWARD -m comment --comment "to mine" -j MINE\n',
    );
  });
});
