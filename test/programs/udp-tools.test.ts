import { describe, expect, it } from 'vitest';
import { dockerZeroLab, type Lab } from './lab.ts';

describe('udpecho and udpsend', () => {
  const { lab, c1, c2 } = dockerZeroLab();

  it('echo every size, fragments too', () => {
    lab.start(c2, 'udpecho.py 7000');
    lab.wait(0.1);
    expect(lab.run(c1, 'udpsend.py 172.17.0.3 7000 1,100,1472,1473,4000 40000').stdout).toBe(
      `size 1 -> 172.17.0.3:7000 reply 1 bytes same sport=40000
size 100 -> 172.17.0.3:7000 reply 100 bytes same sport=40000
size 1472 -> 172.17.0.3:7000 reply 1472 bytes same sport=40000
size 1473 -> 172.17.0.3:7000 reply 1473 bytes same sport=40000
size 4000 -> 172.17.0.3:7000 reply 4000 bytes same sport=40000
`,
    );
  });

  it('is told that nobody listens', () => {
    expect(lab.run(c1, 'udpsend.py 172.17.0.3 7999 10 40002').stdout).toBe(
      'size 10 -> 172.17.0.3:7999 no reply: [Errno 111] Connection refused\n',
    );
  });

  it('says who sent, with a tag', () => {
    lab.start(c2, 'udpecho.py 7001 web');
    lab.wait(0.1);
    expect(lab.run(c1, 'udpsend.py c2 7001 3 40003 2>&1').stdout).toContain('Errno -3');
    expect(lab.run(c1, 'python3 /share/tools/udpsend.py 172.17.0.3 7001 3 40003').stdout).toBe(
      `size 3 -> 172.17.0.3:7001 reply 33 bytes b'web c2 saw 172.17.0.2:40003 len=3' sport=40003\n`,
    );
  });
});

function nameServerLab(): { lab: Lab; run: (line: string) => string } {
  const { lab, c1 } = dockerZeroLab();
  lab.start(lab.machine, 'dnsd.py');
  lab.wait(0.1);
  return { lab, run: (line) => lab.run(c1, line).stdout };
}

describe('nslookup and names against dnsd', () => {
  const { lab, run } = nameServerLab();

  it('prints a name that is there, and the empty answer to AAAA', () => {
    expect(run('nslookup www.example.test')).toBe(
      'Server:\t\t172.17.0.1\nAddress:\t172.17.0.1:53\n\nName:\twww.example.test\nAddress: 203.0.113.10\n\n\n',
    );
  });

  it('prints what is not there twice', () => {
    const { stdout, exit } = lab.run(lab.machine, 'nslookup c2 127.0.0.1');
    expect(stdout).toBe(
      `Server:\t\t127.0.0.1\nAddress:\t127.0.0.1:53\n\n** server can't find c2: NXDOMAIN\n\n** server can't find c2: NXDOMAIN\n\n`,
    );
    expect(exit).toBe(1);
  });

  it('resolves for ping', () => {
    expect(run('ping -c 1 -W 1 a.example.test')).toContain(
      'PING a.example.test (203.0.113.10): 56 data bytes\n',
    );
    expect(run('iping -c 1 -W 1 nowhere.test 2>&1')).toBe('iping: nowhere.test: Name or service not known\n');
  });

  it('times out where nobody is', () => {
    const before = lab.sim.nowNs;
    expect(run('nslookup x.test 172.17.0.9')).toBe(
      ';; connection timed out; no servers could be reached\n\n',
    );
    expect(lab.sim.nowNs - before).toBe(5e9);
  });
});
