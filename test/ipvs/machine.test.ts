import { describe, expect, it } from 'vitest';
import { createProgramRegistry } from '../../programs/registry.ts';
import { ipvsOf } from '../../core/ipvs/ipvs-of.ts';
import { Lab, type Container, type Place } from '../programs/lab.ts';

const VIP = '10.0.1.17';
const FORWARDING = 'sysctl -w net.ipv4.ip_forward=1';

interface Overlay {
  lab: Lab;
  client: Container;
  director: Container;
  backends: Container[];
}

/**
 * A network with a client, three real servers and a director in a namespace of its own that has the virtual address,
 * marks what comes for it, balances by the mark and takes the source over: as Docker sets up an overlay network.
 */
function overlay(): Overlay {
  const lab = new Lab(1, createProgramRegistry());
  const bridge = lab.bridge('br0', '02:00:00:00:00:01', '10.0.1.1/24');
  let macs = 2;
  const mac = (): string => `02:00:00:00:00:${(macs++).toString(16).padStart(2, '0')}`;
  const add = (name: string, last: number): Container =>
    lab.container(name, bridge, `10.0.1.${last}/24`, '10.0.1.1', mac(), mac());
  const client = add('c', 15);
  const director = add('lb', 13);
  const backends = [18, 19, 20].map((last) => add(`b${last}`, last));
  lab.run(director, `ip addr add ${VIP}/32 dev eth0`);
  ok(lab, director, FORWARDING);
  ok(lab, director, `iptables -t mangle -A INPUT -d ${VIP}/32 -j MARK --set-mark 0x101`);
  ok(
    lab,
    director,
    'iptables -t nat -A POSTROUTING -d 10.0.1.0/24 -m ipvs --ipvs -j SNAT --to-source 10.0.1.13',
  );
  ok(lab, director, 'ipvsadm -A -f 257 -s rr');
  for (const last of [18, 19, 20]) ok(lab, director, `ipvsadm -a -f 257 -r 10.0.1.${last}:0 -m`);
  for (const [name, value] of [
    ['conntrack', 1],
    ['conn_reuse_mode', 0],
    ['expire_nodest_conn', 1],
    ['expire_quiescent_template', 1],
  ]) {
    ok(lab, director, `sysctl -w net.ipv4.vs.${name}=${value}`);
  }
  return { lab, client, director, backends };
}

function ok(lab: Lab, place: Place, line: string): string {
  const result = lab.run(place, line);
  expect(result.stderr).toBe('');
  expect(result.exit).toBe(0);
  return result.stdout;
}

/** Lets simulated seconds pass, whatever is due. */
function wait(lab: Lab, seconds: number): void {
  const untilNs = lab.sim.nowNs + seconds * 1e9;
  lab.sim.at(untilNs, () => undefined);
  lab.sim.run(untilNs);
}

describe('a virtual address behind a firewall mark, with SNAT', () => {
  it('deals UDP round robin, newest first, and answers as the virtual address with a hop each way', () => {
    const { lab, client, director, backends } = overlay();
    for (const backend of backends) lab.start(backend, `udpecho.py 5000 ${backend.name}`);
    const seen = lab.start(client, 'tcpdump -nvi eth0 udp');
    const atServer = lab.start(backends[2]!, 'tcpdump -nvi eth0 udp');
    for (const name of ['b20', 'b19', 'b18', 'b20']) {
      expect(ok(lab, client, `udpsend.py ${VIP} 5000 10`)).toContain(name);
    }
    expect(seen.stdout.text).toMatch(/ttl 63,[^\n]*\n +10\.0\.1\.17\.5000 > 10\.0\.1\.15\./);
    expect(atServer.stdout.text).toMatch(/ttl 63,[^\n]*\n +10\.0\.1\.13\.\d+ > 10\.0\.1\.20\.5000/);
    expect(seen.stdout.text).not.toContain('bad udp cksum');
    expect(atServer.stdout.text).not.toContain('bad udp cksum');
    expect(lab.run(director, 'conntrack -L -p udp').stdout).toMatch(
      /src=10\.0\.1\.15 dst=10\.0\.1\.17 sport=(\d+) dport=5000 src=10\.0\.1\.20 dst=10\.0\.1\.13 sport=5000 dport=\1/,
    );
    expect(ok(lab, director, 'ipvsadm -Ln --stats')).toMatch(/^FWM {2}257 +4 +4 +4 /m);
    expect(ok(lab, director, 'iptables -t nat -v -S POSTROUTING')).toContain('-c 4 ');
  });

  it('keeps a flow at its server', () => {
    const { lab, client, backends } = overlay();
    for (const backend of backends) lab.start(backend, `udpecho.py 5000 ${backend.name}`);
    for (let i = 0; i < 3; i++) {
      expect(ok(lab, client, `udpsend.py ${VIP} 5000 10 40000`)).toContain('b20');
    }
  });

  it('carries TCP, large datagrams too, and counts connections by state', () => {
    const { lab, client, director, backends } = overlay();
    for (const backend of backends) {
      lab.start(backend, 'tcpecho.py 80');
      lab.start(backend, `udpecho.py 5000 ${backend.name}`);
    }
    expect(ok(lab, client, `tcpsend.py ${VIP} 80 ${'x'.repeat(4000)}`)).toContain('len=4000');
    expect(ok(lab, client, `udpsend.py ${VIP} 5000 3000`)).not.toContain('no reply');
    expect(ok(lab, director, 'ipvsadm -Lcn')).toMatch(
      /^TCP 0[12]:\d\d {2}(TIME_WAIT|FIN_WAIT) +10\.0\.1\.15:\d+ +10\.0\.1\.17:80 +10\.0\.1\.20:80$/m,
    );
    expect(ok(lab, director, 'ipvsadm -Ln')).toContain(
      '  -> 10.0.1.20:0                  Masq    1      0          1         \n',
    );
    wait(lab, 121);
    expect(ok(lab, director, 'ipvsadm -Lcn')).not.toContain('TCP');
  });

  it('passes the error of a closed port on, as from the virtual address', () => {
    const { lab, client } = overlay();
    const seen = lab.start(client, 'tcpdump -nvvi eth0 icmp');
    expect(lab.run(client, `udpsend.py ${VIP} 5000 10`).stdout).toContain('Connection refused');
    expect(seen.stdout.text).toMatch(
      /10\.0\.1\.17 > 10\.0\.1\.15: ICMP 10\.0\.1\.17 udp port 5000 unreachable/,
    );
    expect(seen.stdout.text).not.toContain('wrong icmp cksum');
    // IPVS does not mend the checksum of the quoted datagram.
    expect(seen.stdout.text).toContain('bad udp cksum');
    expect(lab.run(client, `tcpsend.py ${VIP} 80`).stdout).toContain('Connection refused');
  });

  it('answers echo requests itself, whatever the servers do', () => {
    const { lab, client, director } = overlay();
    ok(lab, director, 'ipvsadm -C');
    expect(ok(lab, client, `ping -c 1 ${VIP}`)).toContain('ttl=64');
  });

  it('refuses new flows when no server takes any, and keeps those there are', () => {
    const { lab, client, director, backends } = overlay();
    for (const backend of backends) lab.start(backend, `udpecho.py 5000 ${backend.name}`);
    ok(lab, client, `udpsend.py ${VIP} 5000 10 40000`);
    for (const last of [18, 19, 20]) ok(lab, director, `ipvsadm -e -f 257 -r 10.0.1.${last}:0 -m -w 0`);
    expect(ok(lab, client, `udpsend.py ${VIP} 5000 10 40000`)).toContain('b20');
    expect(lab.run(client, `udpsend.py ${VIP} 5000 10 40001`).stdout).toContain('Connection refused');
    expect(director.netns.host.dropsOf('IPVS_NO_DESTINATION')).toBe(1);
  });

  it('loses only the connections of a server that is deleted', () => {
    const { lab, client, director, backends } = overlay();
    for (const backend of backends) lab.start(backend, `udpecho.py 5000 ${backend.name}`);
    const ports = [40000, 40001, 40002, 40003, 40004, 40005];
    for (const port of ports) ok(lab, client, `udpsend.py ${VIP} 5000 10 ${port}`);
    ok(lab, director, 'ipvsadm -d -f 257 -r 10.0.1.19:0');
    expect(ipvsOf(director.netns).connections.count).toBe(4);
    const answers = ports.map(
      (port) => /b\d+/.exec(ok(lab, client, `udpsend.py ${VIP} 5000 10 ${port}`))![0],
    );
    expect([answers[0], answers[2], answers[3], answers[5]]).toEqual(['b20', 'b18', 'b20', 'b18']);
    expect(answers).not.toContain('b19');
  });

  it('forgets an idle connection after 900 s, and its conntrack entry with it', () => {
    const { lab, client, director, backends } = overlay();
    const server = lab.start(backends[2]!, 'sleep 9999 | nc -l -p 80');
    const words = 'echo one; sleep 890; echo two; sleep 910; echo three; sleep 9';
    const session = lab.start(client, `(${words}) | nc ${VIP} 80`);
    wait(lab, 5);
    expect(server.stdout.text).toBe('one\n');
    expect(ok(lab, director, 'ipvsadm -Lcn')).toMatch(/^TCP 14:5\d {2}ESTABLISHED/m);
    expect(ok(lab, director, 'ipvsadm -Ln')).toContain('Masq    1      1          0');
    wait(lab, 890);
    expect(server.stdout.text).toBe('one\ntwo\n');
    wait(lab, 902);
    expect(ok(lab, director, 'ipvsadm -Ln')).not.toContain('Masq    1      1          0');
    expect(lab.run(director, 'conntrack -L -p tcp').stdout).toBe('');
    wait(lab, 30);
    // The director has no connection to give it to, and resets it.
    expect(server.stdout.text).toBe('one\ntwo\n');
    expect(session.process.exitCode).toBe(1);
  });
});

describe('a port used again', () => {
  function reuse(mode: number, nodest: number): { first: string; second: string } {
    const { lab, client, director, backends } = overlay();
    for (const backend of backends) lab.start(backend, 'tcpecho.py 80');
    ok(lab, director, `sysctl -w net.ipv4.vs.conn_reuse_mode=${mode}`);
    ok(lab, director, `sysctl -w net.ipv4.vs.expire_nodest_conn=${nodest}`);
    const servers = backends.map((backend) => lab.start(backend, 'tcpdump -ni eth0 tcp port 80'));
    const chosen = (): string => {
      const counts = servers.map((server) => server.stdout.text.length);
      lab.run(client, `tcpsend.py ${VIP} 80 hello 40000`);
      wait(lab, 1);
      return String(servers.findIndex((server, i) => server.stdout.text.length > counts[i]!));
    };
    const first = chosen();
    wait(lab, 65);
    ok(lab, director, 'ipvsadm -e -f 257 -r 10.0.1.20:0 -m -w 0');
    return { first, second: chosen() };
  }

  it('goes to the drained server with conn_reuse_mode 0', () => {
    expect(reuse(0, 0)).toEqual({ first: '2', second: '2' });
  });

  it('goes to another with conn_reuse_mode 1', () => {
    expect(reuse(1, 0)).toEqual({ first: '2', second: '1' });
  });

  it('goes to another with expire_nodest_conn, drained as the first is', () => {
    expect(reuse(0, 1)).toEqual({ first: '2', second: '1' });
  });
});

describe('other ways to a server', () => {
  it('direct routing leaves the packet to a server that has the address', () => {
    const { lab, client, director, backends } = overlay();
    ok(lab, director, 'ipvsadm -C');
    ok(lab, director, 'iptables -t nat -F POSTROUTING');
    ok(lab, director, `ipvsadm -A -t ${VIP}:80 -s rr`);
    ok(lab, director, `ipvsadm -a -t ${VIP}:80 -r 10.0.1.18 -g`);
    ok(lab, backends[0]!, `ip addr add ${VIP}/32 dev lo`);
    for (const name of ['arp_ignore=1', 'arp_announce=2']) {
      ok(lab, backends[0]!, `sysctl -w net.ipv4.conf.eth0.${name}`);
    }
    lab.start(backends[0]!, 'tcpecho.py 80');
    expect(ok(lab, client, `tcpsend.py ${VIP} 80`)).toContain('b18 saw 10.0.1.15');
    // Nothing comes back this way; the FIN of the client is taken for the end.
    expect(ok(lab, director, 'ipvsadm -Ln --stats')).toMatch(/^ {2}-> 10\.0\.1\.18:80 +1 +\d+ +0 /m);
    expect(ok(lab, director, 'ipvsadm -Lcn')).toMatch(/(FIN_WAIT|ESTABLISHED)/);
  });

  it('a tunnel puts it into IPIP', () => {
    const { lab, client, director, backends } = overlay();
    ok(lab, director, 'ipvsadm -C');
    ok(lab, director, 'iptables -t nat -F POSTROUTING');
    ok(lab, director, `ipvsadm -A -u ${VIP}:5000 -s rr`);
    ok(lab, director, `ipvsadm -a -u ${VIP}:5000 -r 10.0.1.18 -i`);
    const seen = lab.start(backends[0]!, 'tcpdump -nvi eth0 ip proto 4');
    lab.run(client, `udpsend.py ${VIP} 5000 10`);
    expect(seen.stdout.text).toMatch(
      /ttl 63,[^\n]*proto IPIP \(4\), length 58\)\n? +10\.0\.1\.13 > 10\.0\.1\.18/,
    );
  });

  it('a client on the director itself is balanced too', () => {
    const { lab, director, backends } = overlay();
    ok(lab, director, `ipvsadm -A -u ${VIP}:6000 -s rr`);
    ok(lab, director, `ipvsadm -a -u ${VIP}:6000 -r 10.0.1.18:5000 -m`);
    lab.start(backends[0]!, 'udpecho.py 5000 b18');
    expect(ok(lab, director, `udpsend.py ${VIP} 6000 10`)).toContain('b18');
  });

  it('persistence keeps a client at its server until its template goes', () => {
    const { lab, client, director, backends } = overlay();
    for (const backend of backends) lab.start(backend, `udpecho.py 5000 ${backend.name}`);
    ok(lab, director, 'ipvsadm -E -f 257 -s rr -p 50');
    for (let i = 0; i < 3; i++) expect(ok(lab, client, `udpsend.py ${VIP} 5000 10`)).toContain('b20');
    expect(ok(lab, director, 'ipvsadm -Lcn')).toMatch(
      /^IP {2}00:\d\d {2}ASSURED +10\.0\.1\.15:0 +0\.0\.1\.1:0 +10\.0\.1\.20:0$/m,
    );
    ok(lab, director, 'ipvsadm -e -f 257 -r 10.0.1.20:0 -m -w 0');
    expect(ok(lab, client, `udpsend.py ${VIP} 5000 10`)).toContain('b19');
  });
});
