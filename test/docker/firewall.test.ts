import { describe, expect, test } from 'vitest';
import { DockerLab, type DockerLabOptions } from './docker-lab.ts';

/** The rules of a chain or table, without what every table has. */
function rules(lab: DockerLab, table: string, chain = ''): string[] {
  return lab
    .out(`iptables -t ${table} -S ${chain}`)
    .split('\n')
    .filter((line) => line.startsWith('-A'));
}

/** The network of moby's own documents of its rules. */
function documented(options: DockerLabOptions): DockerLab {
  const lab = new DockerLab(options);
  lab.out(
    'docker network create -o com.docker.network.bridge.name=bridge1 --subnet 192.0.2.0/24 --gateway 192.0.2.1 bridge1',
  );
  lab.out('docker run -d --name web1 --network bridge1 -p 8080:80 alpine sleep 999');
  return lab;
}

describe('release 28', () => {
  const lab = documented({ release: '28.5' });

  test('filter as moby documents it', () => {
    expect(rules(lab, 'filter')).toEqual([
      '-A FORWARD -j DOCKER-USER',
      '-A FORWARD -j DOCKER-FORWARD',
      '-A DOCKER -d 192.0.2.2/32 ! -i bridge1 -o bridge1 -p tcp -m tcp --dport 80 -j ACCEPT',
      '-A DOCKER ! -i docker0 -o docker0 -j DROP',
      '-A DOCKER ! -i bridge1 -o bridge1 -j DROP',
      '-A DOCKER-BRIDGE -o docker0 -j DOCKER',
      '-A DOCKER-BRIDGE -o bridge1 -j DOCKER',
      '-A DOCKER-CT -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
      '-A DOCKER-CT -o bridge1 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
      '-A DOCKER-FORWARD -j DOCKER-CT',
      '-A DOCKER-FORWARD -j DOCKER-ISOLATION-STAGE-1',
      '-A DOCKER-FORWARD -j DOCKER-BRIDGE',
      '-A DOCKER-FORWARD -i docker0 -j ACCEPT',
      '-A DOCKER-FORWARD -i bridge1 -j ACCEPT',
      '-A DOCKER-ISOLATION-STAGE-1 -i docker0 ! -o docker0 -j DOCKER-ISOLATION-STAGE-2',
      '-A DOCKER-ISOLATION-STAGE-1 -i bridge1 ! -o bridge1 -j DOCKER-ISOLATION-STAGE-2',
      '-A DOCKER-ISOLATION-STAGE-2 -o bridge1 -j DROP',
      '-A DOCKER-ISOLATION-STAGE-2 -o docker0 -j DROP',
    ]);
  });

  test('nat and raw as moby documents them', () => {
    expect(rules(lab, 'nat')).toEqual([
      '-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER',
      '-A OUTPUT ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j DOCKER',
      '-A POSTROUTING -s 192.0.2.0/24 ! -o bridge1 -j MASQUERADE',
      '-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE',
      '-A DOCKER -i bridge1 -j RETURN',
      '-A DOCKER -i docker0 -j RETURN',
      '-A DOCKER ! -i bridge1 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 192.0.2.2:80',
    ]);
    expect(rules(lab, 'raw')).toEqual(['-A PREROUTING -d 192.0.2.2/32 ! -i bridge1 -j DROP']);
  });

  test('28.0 protects published ports only, and returns from DOCKER-USER', () => {
    const older = documented({ release: '28.0' });
    expect(rules(older, 'raw')).toEqual([
      '-A PREROUTING -d 192.0.2.2/32 ! -i bridge1 -p tcp -m tcp --dport 80 -j DROP',
    ]);
    expect(rules(older, 'filter', 'DOCKER-USER')).toEqual(['-A DOCKER-USER -j RETURN']);
  });

  test('without the proxy', () => {
    const nat = rules(documented({ release: '28.5', daemon: { 'userland-proxy': false } }), 'nat');
    expect(nat).toEqual([
      '-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER',
      '-A OUTPUT -m addrtype --dst-type LOCAL -j DOCKER',
      '-A POSTROUTING -o bridge1 -m addrtype --src-type LOCAL -j MASQUERADE',
      '-A POSTROUTING -s 192.0.2.0/24 ! -o bridge1 -j MASQUERADE',
      '-A POSTROUTING -o docker0 -m addrtype --src-type LOCAL -j MASQUERADE',
      '-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE',
      '-A POSTROUTING -s 192.0.2.2/32 -d 192.0.2.2/32 -p tcp -m tcp --dport 80 -j MASQUERADE',
      '-A DOCKER -p tcp -m tcp --dport 8080 -j DNAT --to-destination 192.0.2.2:80',
    ]);
  });

  test('a port on loopback is closed to others', () => {
    lab.out('docker run -d --name web2 --network bridge1 -p 127.0.0.1:8081:80 alpine sleep 999');
    expect(rules(lab, 'raw')).toContain(
      '-A PREROUTING -d 127.0.0.1/32 ! -i lo -p tcp -m tcp --dport 8081 -j DROP',
    );
  });

  test('icc=false, internal, nat-unprotected, routed', () => {
    const option = (name: string) => `-o com.docker.network.bridge.${name}`;
    lab.out(`docker network create ${option('name=noicc')} ${option('enable_icc=false')} noicc`);
    lab.out(`docker network create ${option('name=intern')} --internal --subnet 198.51.100.0/24 intern`);
    lab.out(
      `docker network create ${option('name=open0')} ${option('gateway_mode_ipv4=nat-unprotected')} open`,
    );
    lab.out(`docker network create ${option('name=routed0')} ${option('gateway_mode_ipv4=routed')} routed`);
    const forward = rules(lab, 'filter', 'DOCKER-FORWARD');
    expect(forward).toContain('-A DOCKER-FORWARD -i noicc -o noicc -j DROP');
    expect(forward).toContain('-A DOCKER-FORWARD -i noicc ! -o noicc -j ACCEPT');
    expect(forward).toContain('-A DOCKER-FORWARD -i intern -o intern -j ACCEPT');
    const stage1 = rules(lab, 'filter', 'DOCKER-ISOLATION-STAGE-1');
    expect(stage1.slice(0, 4)).toEqual([
      '-A DOCKER-ISOLATION-STAGE-1 -i routed0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
      '-A DOCKER-ISOLATION-STAGE-1 -o routed0 -j RETURN',
      '-A DOCKER-ISOLATION-STAGE-1 ! -s 198.51.100.0/24 -o intern -j DROP',
      '-A DOCKER-ISOLATION-STAGE-1 ! -d 198.51.100.0/24 -i intern -j DROP',
    ]);
    const docker = rules(lab, 'filter', 'DOCKER');
    expect(docker).toContain('-A DOCKER ! -i open0 -o open0 -j ACCEPT');
    expect(docker.slice(-2)).toEqual([
      '-A DOCKER -o routed0 -p icmp -j ACCEPT',
      '-A DOCKER ! -i routed0 -o routed0 -j DROP',
    ]);
    expect(rules(lab, 'nat').join('\n')).not.toContain('routed0');
  });
});

test('release 29: isolation is the default drop, and nat returns nothing', () => {
  const lab = documented({ release: '29.0' });
  expect(rules(lab, 'filter', 'DOCKER-FORWARD')).toEqual([
    '-A DOCKER-FORWARD -j DOCKER-CT',
    '-A DOCKER-FORWARD -j DOCKER-INTERNAL',
    '-A DOCKER-FORWARD -j DOCKER-BRIDGE',
    '-A DOCKER-FORWARD -i docker0 -j ACCEPT',
    '-A DOCKER-FORWARD -i bridge1 -j ACCEPT',
  ]);
  expect(rules(lab, 'nat', 'DOCKER')).toEqual([
    '-A DOCKER ! -i bridge1 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 192.0.2.2:80',
  ]);
  expect(lab.out('iptables -S')).not.toContain('ISOLATION');
});

describe('releases leave nothing behind', () => {
  test.each(['20.10', '24.0', '28.0', '28.5', '29.0'])('%s', (release) => {
    const lab = new DockerLab({ release, ipv6: true, daemon: { ip6tables: true } });
    const dump = () =>
      ['iptables', 'ip6tables'].map((command) => lab.out(`${command}-save | grep -v '^[#:]'`));
    const build = () => {
      lab.out('docker network create --ipv6 --subnet fd00::/64 one');
      lab.out('docker network create --internal two');
      lab.out('docker network create -o com.docker.network.bridge.enable_icc=false three');
      lab.out('docker run -d --name aa --network one -p 80:80 -p 127.0.0.1:53:53/udp alpine sleep 99');
      lab.out('docker run -d --name bb --network three -P --expose 99 alpine sleep 99');
    };
    const tearDown = () => lab.out('docker rm -f aa bb; docker network rm one two three');
    // What the first network of a family sets up for all stays.
    build();
    tearDown();
    const before = dump();
    build();
    const during = dump();
    tearDown();
    expect(during).not.toEqual(before);
    expect(dump()).toEqual(before);
  });
});

test('no firewall is touched with iptables off', () => {
  const lab = new DockerLab({ daemon: { iptables: false } });
  lab.out('docker run -d -p 80:80 alpine sleep 99');
  expect(lab.host.initNamespace.netfilter).toBeNull();
  expect(lab.host.bridgeNetfilter.loaded).toBe(false);
});

test('links are let through where icc is off, both ways, and closed again', () => {
  const lab = new DockerLab({ daemon: { icc: false } });
  lab.out('docker run -d --name db --expose 5432 alpine sleep 99');
  lab.out('docker run -d --name app --link db:database alpine sleep 99');
  expect(rules(lab, 'filter', 'DOCKER')).toEqual([
    '-A DOCKER -s 172.17.0.3/32 -d 172.17.0.2/32 -i docker0 -o docker0 -p tcp -m tcp --dport 5432 -j ACCEPT',
    '-A DOCKER -s 172.17.0.2/32 -d 172.17.0.3/32 -i docker0 -o docker0 -p tcp -m tcp --sport 5432 -j ACCEPT',
  ]);
  lab.out('docker rm -f app');
  expect(rules(lab, 'filter', 'DOCKER')).toEqual([]);
});

test('forwarding that was on before leaves the policy alone', () => {
  const lab = new DockerLab({ before: ['sysctl -w net.ipv4.ip_forward=1'] });
  expect(lab.out('iptables -S FORWARD')).toContain('-P FORWARD ACCEPT');
  expect(new DockerLab().out('iptables -S FORWARD')).toContain('-P FORWARD DROP');
});
