import { describe, expect, it } from 'vitest';
import { addWebPrograms } from '../http/register.ts';
import { dockerZeroLab } from '../programs/lab.ts';

/** c2 with a web server, a TCP and a UDP echo; c1 holds a connection open. */
function busyLab() {
  const { lab, c1, c2 } = dockerZeroLab();
  addWebPrograms(lab);
  const server = lab.start(c2, 'tcpecho.py 7001');
  lab.start(c2, 'udpecho.py 53');
  lab.wait(0.1);
  return { lab, c1, c2, server };
}

describe('ss', () => {
  it('lists listeners as the recording does', () => {
    const { lab, c2 } = busyLab();
    const { stdout } = lab.run(c2, 'ss -lntup');
    const pids = [...stdout.matchAll(/pid=(\d+)/g)].map((match) => match[1]);
    expect(stdout).toBe(
      `Netid State  Recv-Q Send-Q Local Address:Port Peer Address:Port${'Process'.padEnd(` users:(("udpecho.py",pid=${pids[0]},fd=3))`.length)}
udp   UNCONN 0      0            0.0.0.0:53        0.0.0.0:*    users:(("udpecho.py",pid=${pids[0]},fd=3))
tcp   LISTEN 0      16           0.0.0.0:7001      0.0.0.0:*    users:(("tcpecho.py",pid=${pids[1]},fd=3))
`,
    );
  });

  it('leaves out the columns that would say one thing', () => {
    const { lab, c2 } = busyLab();
    expect(lab.run(c2, 'ss -ltn').stdout).toBe(
      `State  Recv-Q Send-Q Local Address:Port Peer Address:PortProcess
LISTEN 0      16           0.0.0.0:7001      0.0.0.0:*          
`,
    );
    expect(lab.run(c2, 'ss -t').stdout).toBe(
      'State Recv-Q Send-Q Local Address:Port Peer Address:PortProcess\n',
    );
    expect(lab.run(c2, 'ss -u').stdout).toBe('Recv-Q Send-Q Local Address:Port Peer Address:PortProcess\n');
  });

  it('shows connections, filters them and names ports', () => {
    const { lab, c1, c2 } = busyLab();
    lab.start(c2, 'busybox-httpd -f');
    lab.wait(0.1);
    lab.start(c1, 'sleep 5 | nc 172.17.0.3 80');
    lab.wait(0.1);
    const line = lab.run(c2, 'ss -tH').stdout;
    expect(line).toMatch(/^ESTAB 0 {6}0 {6}172\.17\.0\.3:http 172\.17\.0\.2:\d{5}\n$/);
    expect(lab.run(c2, 'ss -tnH sport = :80').stdout).toMatch(/^ESTAB 0 +0 +172\.17\.0\.3:80 /);
    expect(lab.run(c2, 'ss -tnH sport = :81').stdout).toBe('');
    expect(lab.run(c2, 'ss -tnH dst 172.17.0.0/16 and not sport = :81').stdout).toContain('172.17.0.3:80');
    expect(lab.run(c2, 'ss -tniH').stdout).toMatch(
      /\n\t ts sack cubic wscale:7,7 rto:\d+ .*mss:1448 pmtu:1500 rcvmss:536 advmss:1448 cwnd:10/,
    );
    expect(lab.run(c2, 'ss -s').stdout).toContain('TCP:   3 (estab 1, closed 0, orphaned 0, timewait 0)');
  });

  it('refuses what it cannot show', () => {
    const { lab, c2 } = busyLab();
    expect(lab.run(c2, 'ss -m').stderr).toBe('ss: not modelled: ss -m\n');
    expect(lab.run(c2, 'ss -t frobnicate').exit).toBe(255);
  });
});

describe('netstat', () => {
  it('tells which program listens', () => {
    const { lab, c2 } = busyLab();
    expect(lab.run(c2, 'netstat -tulpn').stdout.replace(/\d+\/(\w+)\.py {3,}/g, 'N/$1.py   ')).toBe(
      `Active Internet connections (only servers)
Proto Recv-Q Send-Q Local Address           Foreign Address         State       PID/Program name    
tcp        0      0 0.0.0.0:7001            0.0.0.0:*               LISTEN      N/tcpecho.py   
udp        0      0 0.0.0.0:53              0.0.0.0:*                           N/udpecho.py   
`,
    );
  });
});
