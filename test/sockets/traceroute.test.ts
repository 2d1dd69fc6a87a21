import { describe, expect, it } from 'vitest';
import { addWebPrograms } from '../http/register.ts';
import { Lab } from '../programs/lab.ts';

/** A container on one bridge and one on another: the machine between them is the only hop. */
function twoBridges() {
  const lab = new Lab();
  addWebPrograms(lab);
  lab.host.initNamespace.ipv4.setForwarding(1);
  const a = lab.bridge('a', '02:42:b6:5e:6d:42', '172.17.0.1/16');
  const b = lab.bridge('b', '02:42:b6:5e:6d:43', '172.18.0.1/16');
  const c1 = lab.container('c1', a, '172.17.0.2/16', '172.17.0.1', '02:42:ac:11:00:02', 'ea:9e:15:64:73:6f');
  lab.container('c2', b, '172.18.0.2/16', '172.18.0.1', '02:42:ac:12:00:02', '0e:74:87:00:1c:a2');
  return { lab, c1 };
}

const PATH = `traceroute to 172.18.0.2 (172.18.0.2), 5 hops max, 46 byte packets
 1  172.17.0.1  T ms
 2  172.18.0.2  T ms
`;

describe('traceroute', () => {
  it('prints the path as the recording does, with UDP and with ICMP', () => {
    const { lab, c1 } = twoBridges();
    for (const option of ['', '-I']) {
      const { stdout } = lab.run(c1, `traceroute ${option} -n -q 1 -w 2 -m 5 172.18.0.2`);
      expect(stdout.replace(/\d+\.\d{3} ms/g, 'T ms')).toBe(PATH);
    }
  });

  it('sends what the recording shows: ports counted up, probe number and TTL as data', () => {
    const { lab, c1 } = twoBridges();
    const dump = lab.start(c1, 'tcpdump -n -x -i eth0 udp');
    lab.wait(0.1);
    lab.run(c1, 'traceroute -n -q 1 172.18.0.2');
    lab.wait(0.1);
    expect(
      [...dump.stdout.text.matchAll(/> 172\.18\.0\.2\.(\d+): UDP, length 18/g)].map((match) => match[1]),
    ).toEqual(['33435', '33436']);
    expect(dump.stdout.text).toMatch(/0x0010: {2}ac12 0002 .... 829b 001a .... 0101 0000/);
    expect(dump.stdout.text).toMatch(/0x0010: {2}ac12 0002 .... 829c 001a .... 0202 0000/);
  });

  it('marks silence and unreachable hosts', () => {
    const { lab, c1 } = twoBridges();
    expect(lab.run(c1, 'traceroute -n -q 2 -w 1 -f 2 -m 2 172.18.0.9').stdout).toContain(' 2   *  *\n');
    const { stdout } = lab.run(c1, 'traceroute -n -q 1 -f 2 172.18.0.9');
    expect(stdout).toMatch(/ 2 {2}172\.17\.0\.1 {2}[\d.]+ ms !H\n$/);
  });
});
