import { describe, expect, test } from 'vitest';
import { PortAllocator } from '../../drivers/ports/port-allocator.ts';
import { DockerLab, OUTSIDE, type DockerLabOptions } from './docker-lab.ts';

function withOutside(options: DockerLabOptions = {}): DockerLab {
  const lab = new DockerLab({ ipv6: true, ...options });
  for (const line of OUTSIDE) lab.out(line);
  return lab;
}

describe('the allocator', () => {
  const lab = new DockerLab();
  const { netns } = lab.context;

  test('counts on from the last, and goes round', () => {
    netns.sysctl.ipLocalPortRange = [40000, 40003];
    const ports = new PortAllocator(netns);
    const next = () => ports.request(0, 'tcp', 0, 0);
    expect([next(), next(), next()]).toEqual([40000, 40001, 40002]);
    ports.release(0, 'tcp', 40000);
    expect([next(), next()]).toEqual([40003, 40000]);
    expect(next).toThrow('all ports are allocated');
    netns.sysctl.ipLocalPortRange = [32768, 60999];
  });

  test('looks at each address and protocol by itself', () => {
    const ports = new PortAllocator(netns);
    expect(ports.request(0, 'tcp', 80, 80)).toBe(80);
    expect(ports.request(0x7f000001, 'tcp', 80, 80)).toBe(80);
    expect(ports.request(0, 'udp', 80, 80)).toBe(80);
    expect(() => ports.request(0, 'tcp', 80, 80)).toThrow(
      'Bind for 0.0.0.0:80 failed: port is already allocated',
    );
  });
});

describe('publishing', () => {
  test('ranges, one of a range, an address, both protocols', () => {
    const lab = new DockerLab();
    lab.out(
      'docker run -d --name c1 -p 8000-8002:8000-8002 -p 9000-9010:90 -p 127.0.0.1::91/udp --expose 443 alpine sleep 9',
    );
    expect(lab.out('docker port c1')).toBe(
      [
        '90/tcp -> 0.0.0.0:9000',
        '91/udp -> 127.0.0.1:32768',
        '8000/tcp -> 0.0.0.0:8000',
        '8001/tcp -> 0.0.0.0:8001',
        '8002/tcp -> 0.0.0.0:8002',
        '',
      ].join('\n'),
    );
    expect(lab.out("docker ps --format '{{.Ports}}'")).toBe(
      '443/tcp, 0.0.0.0:8000-8002->8000-8002/tcp, 0.0.0.0:9000->90/tcp, 127.0.0.1:32768->91/udp\n',
    );
    expect(lab.out('docker port c1 90')).toBe('0.0.0.0:9000\n');
    expect(lab.run('docker port c1 443').text).toBe("Error: No public port '443/tcp' published for c1\n");
  });

  test('a taken port of a range is passed over, a fixed one is an error', () => {
    const lab = new DockerLab();
    lab.run('nc -l -p 9000 &');
    lab.run('nc -l -p 9100 &');
    lab.wait(1);
    lab.out('docker run -d --name c1 -p 9000-9001:90 alpine sleep 9');
    expect(lab.out('docker port c1')).toBe('90/tcp -> 0.0.0.0:9001\n');
    const { text, code } = lab.run('docker run -d --name c2 -p 9100:90 alpine sleep 9');
    expect(text).toMatch(
      /driver failed programming external connectivity on endpoint c2 \([0-9a-f]{64}\): Error starting userland proxy: listen tcp4 0\.0\.0\.0:9100: bind: address already in use\.\n$/,
    );
    expect(code).toBe(125);
  });

  test('one address taken, all wanted: the kernel says no', () => {
    const lab = new DockerLab({ daemon: { 'userland-proxy': false } });
    lab.out('docker run -d --name c1 -p 127.0.0.1:80:80 alpine sleep 9');
    expect(lab.run('docker run -d --name c2 -p 80:80 alpine sleep 9').text).toContain(
      'listen tcp4 0.0.0.0:80: bind: address already in use',
    );
    lab.out('docker rm -f c1; docker start c2');
    expect(lab.out('docker port c2')).toBe('80/tcp -> 0.0.0.0:80\n');
  });

  test('both families on a host with IPv6; brackets from 28 on, one number for both from 23 on', () => {
    const old = new DockerLab({ ipv6: true });
    old.out('docker run -d --name c1 -p 80:80 alpine sleep 9');
    expect(old.out('docker port c1')).toBe('80/tcp -> 0.0.0.0:80\n80/tcp -> :::80\n');
    const young = new DockerLab({ ipv6: true, release: '28.5' });
    young.out('docker run -d --name c0 -p 0.0.0.0::81 alpine sleep 9');
    young.out('docker run -d --name c1 -p 80 alpine sleep 9');
    expect(young.out('docker port c1')).toBe('80/tcp -> 0.0.0.0:32769\n80/tcp -> [::]:32769\n');
  });
});

describe('the userland proxy', () => {
  test('shows the bridge as the client, over both families, TCP and UDP', () => {
    const lab = withOutside();
    lab.out('docker run -d --name tcp -p 7001:7001 alpine tcpecho.py 7001');
    lab.out('docker run -d --name udp -p 7002:7002/udp alpine udpecho.py 7002 tag');
    expect(lab.out('tcpsend.py 127.0.0.1 7001 hi')).toContain('saw 172.17.0.1:');
    expect(lab.out('udpsend.py 127.0.0.1 7002 10 45000')).toContain('saw 172.17.0.1:');
    lab.out('docker run -d --name web -p 8080:80 nginx');
    expect(lab.out("curl -s -o /dev/null -w '%{http_code}' http://[::1]:8080/")).toBe('200');
    expect(lab.out('docker logs web')).toContain('172.17.0.1 - -');
    // From outside it is DNAT, and the client keeps its address.
    expect(lab.out('ip netns exec outside tcpsend.py 192.168.99.109 7001 hi')).toContain('saw 192.168.99.1:');
  });

  test('accepts first, and closes when the container does not listen', () => {
    const lab = withOutside();
    lab.out('docker run -d --name c1 -p 7001:7001 alpine sleep 99');
    const { text, code } = lab.run('nc -v -w 2 127.0.0.1 7001');
    expect([text.includes('refused'), code]).toEqual([false, 0]);
  });

  test('carries streams and passes their end on', () => {
    const lab = withOutside();
    lab.out(`docker run -d --name c1 -p 7001:7001 alpine sh -c 'nc -l -p 7001 | wc -c'`);
    lab.out('seq 1 10000 | nc -N -w 5 127.0.0.1 7001');
    lab.wait(1);
    const expected = lab.out('seq 1 10000 | wc -c').trim();
    expect(lab.out('docker logs c1').trim()).toBe(expected);
  });

  test('lets go of a UDP client after ninety seconds without a reply', () => {
    const lab = withOutside();
    lab.out('docker run -d --name c1 -p 7002:7002/udp alpine udpecho.py 7002');
    const sockets = () => lab.out('ss -uanH').trim().split('\n').length;
    const before = sockets();
    lab.out('udpsend.py 127.0.0.1 7002 10 45000');
    lab.wait(80);
    expect(sockets()).toBe(before + 1);
    lab.wait(20);
    expect(sockets()).toBe(before);
  });

  test('is one process a port and address, gone with the container', () => {
    const lab = new DockerLab({ ipv6: true });
    const proxies = () => lab.run('ps ax | grep -c [d]ocker-proxy').stdout.trim();
    lab.out('docker run -d --name c1 -p 80:80 -p 127.0.0.1:81:81 alpine sleep 99');
    expect(proxies()).toBe('3');
    lab.out('docker stop -t 0 c1');
    expect(proxies()).toBe('0');
    expect(lab.out('ss -lntH')).toBe('');
  });
});

describe('without the proxy', () => {
  test('the daemon holds the port, bridge ports hairpin, loopback is routed', () => {
    const lab = withOutside({ daemon: { 'userland-proxy': false } });
    lab.out('docker run -d --name c1 -p 7001:7001 alpine tcpecho.py 7001');
    expect(lab.out('ss -lntp')).toContain('"dockerd"');
    expect(lab.out('bridge -d link show')).toContain('hairpin on');
    expect(lab.out('sysctl -n net.ipv4.conf.docker0.route_localnet')).toBe('1\n');
    expect(lab.out('tcpsend.py 127.0.0.1 7001 hi')).toContain('saw 172.17.0.1:');
    expect(lab.out('docker exec c1 tcpsend.py 192.168.99.109 7001 hi')).toContain('saw 172.17.0.1:');
  });
});

test('stopping forgets the flows of the container', () => {
  const lab = withOutside();
  lab.out('docker run -d --name c1 -p 7002:7002/udp alpine udpecho.py 7002');
  lab.out('ip netns exec outside udpsend.py 192.168.99.109 7002 10 45000');
  expect(lab.out('conntrack -L')).toContain('dport=7002');
  lab.out('docker stop -t 0 c1');
  expect(lab.out('conntrack -L')).not.toContain('dport=7002');
});
