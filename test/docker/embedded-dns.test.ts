import { describe, expect, test } from 'vitest';
import { DockerLab, OUTSIDE, type DockerLabOptions } from './docker-lab.ts';

const SECOND = 1e9;

/** A container on a user-defined network, a name server at 192.168.99.1 behind the host. */
function network(options: DockerLabOptions = {}, run = ''): DockerLab {
  const lab = new DockerLab(options);
  for (const line of OUTSIDE) lab.out(line);
  lab.out('docker network create net1');
  lab.out(`docker run -d --name c1 --network net1 ${run} alpine sleep 9999`);
  return lab;
}

/** The status and the flags of an answer, and how long it took. */
function ask(lab: DockerLab, words: string): { text: string; seconds: number } {
  const startNs = lab.sim.nowNs;
  const text = lab.run(`docker exec c1 dig +noall +comments +answer ${words}`).text;
  return { text, seconds: (lab.sim.nowNs - startNs) / SECOND };
}

test('what it does not know it asks the host’s name server, from the container', () => {
  const lab = network();
  expect(ask(lab, 'www.example.test').text).toMatch(/status: NOERROR[^]*qr aa rd ra[^]*203\.0\.113\.10/);
  expect(ask(lab, 'nosuch').text).toContain('status: NXDOMAIN');
  // Through MASQUERADE: the query's source is the container's address.
  const flows = lab
    .out('conntrack -L')
    .split('\n')
    .filter((line) => line.includes('dport=53'));
  expect(flows.length).toBeGreaterThanOrEqual(2);
  for (const flow of flows) expect(flow).toMatch(/src=172\.18\.0\.2 dst=192\.168\.99\.1/);
});

describe('upstreams', () => {
  test('a silent one is given up after four seconds', () => {
    const lab = network({}, '--dns 192.168.99.77 --dns 192.168.99.1');
    const answer = ask(lab, '+time=20 www.example.test');
    expect(answer.text).toContain('203.0.113.10');
    // 192.168.99.77 does not answer ARP: the kernel says so after three seconds.
    expect(answer.seconds).toBeGreaterThan(3);
    expect(answer.seconds).toBeLessThanOrEqual(4);
  });

  test.each([
    ['20.10', 'no servers could be reached'],
    ['24.0', 'status: SERVFAIL'],
  ])('when all are silent, release %s: %s', (release, says) => {
    const lab = network({ release }, '--dns 192.168.99.77 --dns 192.168.99.78');
    expect(ask(lab, '+time=20 www.example.test').text).toContain(says);
  });

  test('four seconds for one that is there and says nothing', () => {
    const lab = network({}, '--dns 198.51.100.2 --dns 192.168.99.1');
    lab.out('ip netns exec far iptables -A INPUT -p udp --dport 53 -j DROP');
    const answer = ask(lab, '+time=20 www.example.test');
    expect(answer.text).toContain('203.0.113.10');
    expect(answer.seconds).toBe(4);
  });

  test('one that refuses connections is passed over at once', () => {
    const lab = network({}, '--dns 198.51.100.2 --dns 192.168.99.1');
    const answer = ask(lab, 'www.example.test');
    expect(answer.text).toContain('203.0.113.10');
    expect(answer.seconds).toBe(0);
  });

  test('a name server on the host’s loopback is asked from the host', () => {
    const lab = new DockerLab();
    lab.host.fileSystem.writeText('/etc/resolv.conf', 'nameserver 127.0.0.1\n');
    lab.run('dnsd.py &');
    lab.out('docker network create net1; docker run -d --name c1 --network net1 alpine sleep 9999');
    expect(lab.out('docker exec c1 cat /etc/resolv.conf')).toBe('nameserver 127.0.0.11\noptions ndots:0\n');
    expect(ask(lab, 'www.example.test').text).toContain('203.0.113.10');
  });

  test('without any, release 28 fails at once', () => {
    const lab = new DockerLab({ release: '28.5' });
    lab.host.fileSystem.writeText('/etc/resolv.conf', '');
    lab.out('docker network create net1; docker run -d --name c1 --network net1 alpine sleep 9999');
    const answer = ask(lab, 'www.example.test');
    expect(answer.text).toContain('status: SERVFAIL');
    expect(answer.seconds).toBe(0);
  });
});

describe('names', () => {
  test('name, alias, short id and hostname; a name made up only from release 25 on', () => {
    const known = (lab: DockerLab, name: string) =>
      !ask(lab, name).text.includes('NXDOMAIN') && ask(lab, name).text.includes('172.18.0.3');
    for (const [release, generated] of [
      ['20.10', false],
      ['25.0', true],
    ] as const) {
      const lab = network({ release });
      lab.out('docker run -d --network net1 --network-alias other --hostname host3 alpine sleep 999');
      const [name = '', id = ''] = lab.out("docker ps -n 1 --format '{{.Names}} {{.ID}}'").trim().split(' ');
      for (const each of ['other', id, 'host3', 'OTHER', 'other.net1', 'other.']) {
        expect([each, known(lab, each)]).toEqual([each, true]);
      }
      expect(known(lab, name)).toBe(generated);
    }
  });

  test('a stopped container has none, and a renamed one the new', () => {
    const lab = network();
    lab.out('docker run -d --name c2 --network net1 alpine sleep 999; docker rename c2 c3');
    expect(ask(lab, 'c2').text).toContain('NXDOMAIN');
    expect(ask(lab, 'c3').text).toContain('172.18.0.3');
    lab.out('docker stop -t 0 c3');
    expect(ask(lab, 'c3').text).toContain('NXDOMAIN');
  });

  test('the order of several addresses changes', () => {
    const lab = network();
    lab.out('for i in 1 2 3; do docker run -d --network net1 --network-alias web alpine sleep 999; done');
    const answers = Array.from({ length: 20 }, () => lab.out('docker exec c1 dig +short web').trim());
    expect(new Set(answers).size).toBeGreaterThan(2);
    for (const each of answers) {
      expect(each.split('\n').sort()).toEqual(['172.18.0.3', '172.18.0.4', '172.18.0.5']);
    }
  });

  test('a link’s alias is only for the container that has it', () => {
    const lab = network();
    lab.out('docker run -d --name db --network net1 alpine sleep 999');
    lab.out('docker run -d --name app --network net1 --link db:database alpine sleep 999');
    expect(lab.out('docker exec app dig +short database')).toBe('172.18.0.3\n');
    expect(lab.out('docker exec c1 dig +short database')).toBe('');
  });

  test('the default bridge has no such server, unless another network is joined', () => {
    const lab = network();
    lab.out('docker run -d --name plain alpine sleep 999');
    expect(lab.out('docker exec plain cat /etc/resolv.conf')).toBe('nameserver 192.168.99.1\n');
    expect(lab.run('docker exec plain ping -c 1 c1').text).toBe("ping: bad address 'c1'\n");
    lab.out('docker network connect net1 plain');
    expect(lab.out('docker exec plain cat /etc/resolv.conf')).toBe(
      'nameserver 127.0.0.11\noptions ndots:0\n',
    );
    expect(lab.out('docker exec plain dig +short c1')).toBe('172.18.0.2\n');
  });

  test('ndots given by hand: names without a dot stay inside', () => {
    const lab = network({}, '--dns-option ndots:1');
    const answer = ask(lab, 'nosuch');
    expect(answer.text).toMatch(/status: NOERROR[^]*ANSWER: 0/);
  });
});

test('queries over TCP are answered and forwarded over TCP', () => {
  const lab = network();
  lab.out('docker run -d --name c2 --network net1 alpine sleep 999');
  expect(lab.out('docker exec c1 dig +short +tcp c2')).toBe('172.18.0.3\n');
  // The name server of the recordings listens on UDP only.
  expect(ask(lab, '+tcp www.example.test').text).toContain('no servers could be reached');
  expect(ask(network({ release: '24.0' }), '+tcp www.example.test').text).toContain('status: SERVFAIL');
});

test('the threads and sockets of the server go with the container', () => {
  const lab = network();
  lab.out('docker run -d --name c2 --network net1 alpine sleep 999');
  const processes = () => lab.host.processes.list().length;
  const before = processes();
  lab.out('docker exec c2 dig +short www.example.test');
  lab.out('docker rm -f c2');
  expect(processes()).toBe(before - 3);
});
