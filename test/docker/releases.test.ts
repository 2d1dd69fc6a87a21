import { describe, expect, test } from 'vitest';
import { DockerLab, OUTSIDE } from './docker-lab.ts';

// What moby's release notes and pull requests say changed, on both sides of the release that changed it.

describe('IPv6', () => {
  const ipv6 = { 'fixed-cidr-v6': 'fd00:d0c::/64', ipv6: true, ip6tables: true };

  test.each([
    ['26.1', true],
    ['27.5', false],
  ])('%s: a bridge has fe80::1 besides its own link-local address: %s', (release, has) => {
    const lab = new DockerLab({ release, ipv6: true, daemon: ipv6 });
    lab.out('docker run -d alpine sleep 99');
    expect(lab.out('ip -6 addr show docker0').includes('inet6 fe80::1/64')).toBe(has);
  });

  test.each([
    ['26.1', 'scope global tentative'],
    ['27.5', 'scope global nodad'],
    ['28.5', 'scope global nodad'],
  ])('%s: the address of a bridge is %s', (release, text) => {
    const lab = new DockerLab({ release, ipv6: true, daemon: ipv6 });
    expect(lab.out('ip -6 addr show docker0')).toContain(`inet6 fd00:d0c::1/64 ${text}`);
  });

  test.each([
    ['25.0', false],
    ['26.1', true],
  ])('%s: loopback in a container has ::1: %s', (release, has) => {
    const lab = new DockerLab({ release, ipv6: true });
    expect(lab.out('docker run --rm alpine ip -6 addr show lo').includes('inet6 ::1/128')).toBe(has);
    expect(lab.out('docker run --rm alpine cat /etc/hosts')).toContain('::1\tlocalhost');
  });

  test('26.1: without IPv6 in the kernel /etc/hosts has no line of it', () => {
    expect(new DockerLab({ release: '26.1' }).out('docker run --rm alpine cat /etc/hosts')).not.toContain(
      ':',
    );
    expect(new DockerLab({ release: '25.0' }).out('docker run --rm alpine cat /etc/hosts')).toContain(
      '::1\t',
    );
  });

  test.each([
    ['27.5', 'DROP', 'DROP'],
    ['28.0', 'ACCEPT', 'DROP'],
  ])('%s: forwarding on before: policy %s; switched on by Docker: %s', (release, before, after) => {
    const policy = (lines: string[]) =>
      new DockerLab({ release, ipv6: true, daemon: ipv6, before: lines })
        .out('ip6tables -S FORWARD')
        .split('\n')[0];
    expect(policy(['sysctl -qw net.ipv6.conf.all.forwarding=1'])).toBe(`-P FORWARD ${before}`);
    expect(policy([])).toBe(`-P FORWARD ${after}`);
  });

  test.each([
    ['26.1', false],
    ['27.5', true],
  ])('%s: a port that Docker picks is the same for both families: %s', (release, same) => {
    const lab = new DockerLab({ release, ipv6: true });
    // One port of 0.0.0.0 and none of [::]: the two allocators are now a port apart.
    lab.out('docker run -d -p 0.0.0.0::80 alpine sleep 99; docker run -d --name c2 -p 80 alpine sleep 99');
    const [ipv4, other] = lab.out('docker port c2').trim().split('\n');
    expect(ipv4!.split(':').at(-1) === other!.split(':').at(-1)).toBe(same);
  });
});

test.each([
  ['27.5', []],
  ['28.5', [0, 1, 2]],
])('%s: an IPv6 address is told to the network at the seconds %j', (release, seconds) => {
  const lab = new DockerLab({ release, ipv6: true });
  lab.out('docker network create --ipv6 --subnet fd00:7::/64 net1');
  lab.run('tcpdump -tt -n -i br-$(docker network ls -q -f name=net1) icmp6 > /tmp/icmp6 &');
  lab.out('docker run -d --network net1 alpine sleep 99');
  lab.wait(10);
  lab.run('pkill tcpdump');
  const told = lab
    .out('cat /tmp/icmp6')
    .split('\n')
    .filter((line) => /fd00:7::2 > ff02::1: .*neighbor advertisement, tgt is fd00:7::2/.test(line));
  expect(told.map((line) => Math.floor(Number(line.split(' ')[0]) % 60))).toEqual(seconds);
});

describe('IPv6 by default', () => {
  test.each([
    ['26.1', false],
    ['27.5', true],
  ])('%s: ip6tables is on: %s', (release, on) => {
    expect(new DockerLab({ release, ipv6: true }).out('ip6tables -S').includes('-N DOCKER')).toBe(on);
    const off = new DockerLab({ release, ipv6: true, daemon: { ip6tables: false } });
    expect(off.out('ip6tables -S')).not.toContain('DOCKER');
    // Without IPv6 in the kernel it is nothing to complain about.
    expect(new DockerLab({ release }).out('docker info')).toContain('Server Version: ');
  });

  test('27.5: a network with IPv6 and no subnet gets one of the engine’s own unique local addresses', () => {
    const create =
      'docker network create --ipv6 net1; docker run -d --name c1 --network net1 alpine sleep 99';
    const addresses = [1, 2].map((seed) => {
      const lab = new DockerLab({ release: '27.5', ipv6: true, seed });
      lab.out(create);
      return lab.out(
        "docker inspect c1 --format '{{range .NetworkSettings.Networks}}{{.GlobalIPv6Address}}{{end}}'",
      );
    });
    for (const address of addresses) expect(address).toMatch(/^fd[0-9a-f]{0,2}:[0-9a-f]+:[0-9a-f]+::2\n$/);
    expect(addresses[0]).not.toBe(addresses[1]);
    const old = new DockerLab({ release: '26.1', ipv6: true });
    expect(old.run(create).text).toContain('could not find an available, non-overlapping IPv6 address pool');
  });

  test('default-address-pools with IPv6 in them leave no room for it', () => {
    const daemon = {
      'default-address-pools': [
        { base: '10.9.0.0/16', size: 24 },
        { base: 'fd00:9::/48', size: 64 },
      ],
    };
    const lab = new DockerLab({ release: '27.5', ipv6: true, daemon });
    lab.out('docker network create --ipv6 net1');
    expect(lab.out('docker network inspect net1')).toContain('"Gateway": "fd00:9::1"');
  });

  test.each([
    ['27.5', false],
    ['28.0', true],
  ])('%s: ipv6 without fixed-cidr-v6 works: %s', (release, works) => {
    const start = () => new DockerLab({ release, ipv6: true, daemon: { ipv6: true } });
    if (works)
      expect(start().out('ip -6 addr show docker0')).toMatch(/inet6 fd[0-9a-f:]+::1\/64 scope global/);
    else expect(start).toThrow('non-overlapping IPv6 address pool');
  });
});

describe('gateways that nobody asked for', () => {
  const first = (release: string, create: string): string => {
    const lab = new DockerLab({ release, before: ['ip link add eth9 type dummy', 'ip link set eth9 up'] });
    lab.out(`docker network create ${create} --subnet 10.7.0.0/24 net1`);
    lab.out('docker run -d --name c1 --network net1 alpine sleep 99');
    return lab.out('docker exec c1 ip -br -4 addr show eth0').split(/\s+/)[2]!;
  };

  test.each([
    ['27.5', '-d macvlan', '10.7.0.2/24'],
    ['28.0', '-d macvlan', '10.7.0.1/24'],
    ['28.5', '-d macvlan -o parent=eth9', '10.7.0.2/24'],
    ['29.0', '-d macvlan -o parent=eth9', '10.7.0.1/24'],
    ['29.0', '-d macvlan -o parent=eth9 --gateway 10.7.0.1', '10.7.0.2/24'],
    ['27.5', '-d ipvlan -o parent=eth9 -o ipvlan_mode=l3', '10.7.0.2/24'],
    ['28.0', '-d ipvlan -o parent=eth9 -o ipvlan_mode=l3', '10.7.0.1/24'],
    ['28.0', '-d ipvlan -o parent=eth9', '10.7.0.2/24'],
    ['29.0', '-d ipvlan -o parent=eth9', '10.7.0.1/24'],
    ['27.5', '--internal -o com.docker.network.bridge.inhibit_ipv4=true', '10.7.0.2/24'],
    ['28.0', '--internal -o com.docker.network.bridge.inhibit_ipv4=true', '10.7.0.1/24'],
    ['28.0', '--internal', '10.7.0.2/24'],
    ['28.0', '-o com.docker.network.bridge.inhibit_ipv4=true', '10.7.0.2/24'],
  ])('%s, %s: the first container has %s', (release, create, address) => {
    expect(first(release, create)).toBe(address);
  });
});

describe('options of one endpoint', () => {
  const started = (release: string, options: string) => {
    const lab = new DockerLab({ release });
    lab.out(
      'docker network create net1; docker network create net2; docker create --name c1 --network net1 alpine sleep 99',
    );
    lab.out(`docker network connect ${options} net2 c1`);
    lab.out('docker start c1');
    return lab;
  };
  const ifname = '--driver-opt com.docker.network.endpoint.ifname';

  test.each([
    ['27.5', ['eth0', 'eth1']],
    ['28.0', ['eth0', 'lan7']],
  ])('%s: the interfaces are %j', (release, names) => {
    const links = started(release, `${ifname}=lan7`).out('docker exec c1 ip -br -4 addr');
    expect(links.match(/^(eth|lan)\d/gm)).toEqual(names);
  });

  test('28.0: a number that was asked for is passed over', () => {
    const lab = started('28.0', `${ifname}=eth1`);
    lab.out('docker network create net3; docker network connect net3 c1');
    expect(lab.out('docker exec c1 ip -br -4 addr').match(/^eth\d/gm)).toEqual(['eth0', 'eth1', 'eth2']);
  });

  test.each([
    ['26.1', '0'],
    ['27.5', '1'],
  ])('%s: proxy_arp of the interface is %s', (release, value) => {
    const sysctls = '--driver-opt com.docker.network.endpoint.sysctls=net.ipv4.conf.IFNAME.proxy_arp=1';
    const lab = started(release, sysctls);
    expect(lab.out('docker exec c1 cat /proc/sys/net/ipv4/conf/eth1/proxy_arp')).toBe(`${value}\n`);
    expect(lab.out('docker exec c1 cat /proc/sys/net/ipv4/conf/eth0/proxy_arp')).toBe('0\n');
  });

  test.each([
    ['27.5', '172.18.0.1'],
    ['28.0', '172.19.0.1'],
  ])('%s: with --gw-priority on the second network the way out is %s', (release, gateway) => {
    const routes = started(release, '--gw-priority 1').out('docker exec c1 ip route show default');
    expect(routes).toContain(`default via ${gateway} `);
  });
});

test.each([
  ['24.0', 'default via 172.18.0.1 dev eth0'],
  ['25.0', undefined],
])('%s: the default route on an internal network: %s', (release, route) => {
  const lab = new DockerLab({ release });
  lab.out('docker network create --internal net1; docker run -d --name c1 --network net1 alpine sleep 99');
  const routes = lab.out('docker exec c1 ip route').split('\n');
  expect(routes.find((line) => line.startsWith('default'))?.trim()).toBe(route);
  // Without a route a program is told at once; with one the packets are dropped.
  const { text } = lab.run('docker exec c1 ping -c 1 -W 1 198.51.100.2');
  expect(/network (is )?unreachable/i.test(text)).toBe(route === undefined);
});

test.each([
  ['25.0', 'nameserver 192.168.99.1\n'],
  ['26.1', '# Generated by Docker Engine.\n'],
])('%s: resolv.conf begins with %j', (release, start) => {
  const text = new DockerLab({ release }).out('docker run --rm alpine cat /etc/resolv.conf');
  expect(text.startsWith(start)).toBe(true);
  expect(text).toContain('nameserver 192.168.99.1\n');
});

test.each([
  ['28.0', /network net1 id [0-9a-f]{64} has active endpoints\n$/],
  ['28.1', /network net1 has active endpoints \(name:"c1" id:"[0-9a-f]{12}"\)\n$/],
])('%s: a network that is in use', (release, message) => {
  const lab = new DockerLab({ release });
  lab.out('docker network create net1; docker run -d --name c1 --network net1 alpine sleep 99');
  expect(lab.run('docker network rm net1').text).toMatch(message);
});

test.each([
  ['28.5', 'DB_PORT=tcp://172.17.0.2:5432\n'],
  ['29.0', ''],
])('%s: the variable of a link is %j', (release, line) => {
  const lab = new DockerLab({ release });
  lab.out('docker run -d --name db --expose 5432 alpine sleep 99');
  expect(lab.run('docker run --rm --link db alpine env | grep ^DB_PORT=').text).toBe(line);
});

describe('what a user is told', () => {
  const clash = (release: string, command: string, daemon = {}) => {
    const lab = new DockerLab({ release, daemon });
    lab.run('nc -l -p 9100 &');
    lab.wait(1);
    lab.run('docker create --name c1 -p 9100:90 alpine sleep 9');
    const { text, code } = lab.run(command);
    return { text: text.replace(/[0-9a-f]{64}/g, 'ID'), code };
  };
  const start = 'driver failed programming external connectivity on endpoint';

  test.each([
    [
      '27.5',
      `${start} c1 (ID): Error starting userland proxy: listen tcp4 0.0.0.0:9100: bind: address already in use`,
    ],
    [
      '28.0',
      `failed to set up container networking: ${start} c1 (ID): failed to bind host port 0.0.0.0:9100/tcp: address already in use`,
    ],
  ])('%s: a host port that something else has', (release, message) => {
    expect(clash(release, 'docker start c1').text).toContain(`Error response from daemon: ${message}\n`);
  });

  test.each([
    ['27.5', '.\n'],
    ['28.0', "\n\nRun 'docker run --help' for more information\n"],
  ])('%s: docker run that cannot start ends with %j', (release, end) => {
    const { text, code } = clash(release, 'docker run -d -p 9100:90 alpine sleep 9');
    expect(text.endsWith(`address already in use${end}`)).toBe(true);
    expect(code).toBe(125);
  });

  test.each([
    ['27.5', "docker: Invalid proto: icmp.\nSee 'docker run --help'.\n"],
    ['28.0', "docker: Invalid proto: icmp\n\nRun 'docker run --help' for more information\n"],
  ])('%s: docker run that cannot create', (release, message) => {
    expect(new DockerLab({ release }).run('docker run -p 80:80/icmp alpine').text).toBe(message);
  });

  test.each([
    [
      '28.5',
      "Error: No public port '81/tcp' published for c1\n",
      'container cannot be disconnected from host network',
    ],
    [
      '29.0',
      "no public port '81/tcp' published for c1\n",
      'cannot connect container to host network - container must',
    ],
  ])('%s: ports and the host network', (release, port, host) => {
    const lab = new DockerLab({ release });
    lab.out('docker run -d --name c1 -p 80:80 alpine sleep 9');
    expect(lab.run('docker port c1 81').text).toBe(port);
    expect(lab.run('docker network connect host c1').text).toContain(host);
  });

  test('docker info: what is left of bridge-nf, and the firewall', () => {
    const info = (release: string) => new DockerLab({ release }).out('docker info');
    const json = (release: string) =>
      JSON.parse(new DockerLab({ release }).out('docker info --format json')) as Record<string, unknown>;
    expect(info('26.1')).not.toContain('WARNING');
    // 28 loads br_netfilter only when a network needs it, and does not complain.
    expect(new DockerLab({ release: '28.0' }).host.bridgeNetfilter.loaded).toBe(false);
    expect(info('28.0')).not.toContain('WARNING: bridge-nf');
    expect(json('28.0')).toHaveProperty('BridgeNfIptables', false);
    expect(json('28.0')).not.toHaveProperty('FirewallBackend');
    expect(json('28.2')).not.toHaveProperty('BridgeNfIptables');
    expect(json('28.2')).toHaveProperty('FirewallBackend', { Driver: 'iptables' });
    expect(info('28.5')).not.toContain('Firewall Backend');
    expect(info('29.0')).toContain(' Firewall Backend: iptables\n');
  });
});

describe('who may send to a container’s own address', () => {
  const web = (options: ConstructorParameters<typeof DockerLab>[0], network = '') => {
    const lab = new DockerLab(options);
    for (const line of OUTSIDE) lab.out(line);
    lab.out(`docker network create --subnet 10.7.0.0/24 ${network} net1`);
    lab.out('docker run -d --name web --network net1 -p 8080:80 nginx');
    lab.out('ip -n outside route add 10.7.0.0/24 via 192.168.99.109');
    return lab;
  };
  const reaches = (lab: DockerLab, url: string) =>
    lab.run(`ip netns exec outside curl -s -o /dev/null -m 2 ${url}`).code === 0;
  const own = 'http://10.7.0.2/';
  const published = 'http://192.168.99.109:8080/';

  test.each([
    ['27.5', {}, '', true],
    ['28.0', {}, '', false],
    ['28.5', {}, '', false],
    ['29.0', {}, '', false],
    ['28.5', { 'allow-direct-routing': true }, '', true],
    ['29.0', { 'allow-direct-routing': true }, '', true],
    ['28.5', {}, '-o com.docker.network.bridge.trusted_host_interfaces=eth1:eth0', true],
    ['28.5', {}, '-o com.docker.network.bridge.trusted_host_interfaces=eth1', false],
    ['28.0', {}, '-o com.docker.network.bridge.gateway_mode_ipv4=nat-unprotected', true],
  ])('%s %j %s: another machine: %s', (release, daemon, network, answer) => {
    const lab = web({ release, daemon }, network);
    expect([reaches(lab, own), reaches(lab, published)]).toEqual([answer, true]);
    lab.out('docker rm -f web');
    expect(lab.out('iptables -t raw -S PREROUTING')).toBe('-P PREROUTING ACCEPT\n');
  });

  test('28.2 and later protect IPv6 addresses too', () => {
    const lab = new DockerLab({ release: '28.5', ipv6: true });
    lab.out('docker network create --ipv6 --subnet fd00:7::/64 net1');
    lab.out('docker run -d --name c1 --network net1 alpine sleep 99');
    const rule = /^-A PREROUTING -d fd00:7::2\/128 ! -i br-[0-9a-f]{12} -j DROP$/m;
    expect(lab.out('ip6tables -t raw -S')).toMatch(rule);
    lab.out('docker rm -f c1');
    expect(lab.out('ip6tables -t raw -S')).not.toContain('-A');
  });
});

test('28.0: ip-forward-no-drop leaves the policy', () => {
  const policy = (daemon: Record<string, boolean>) =>
    new DockerLab({ release: '28.0', daemon }).out('iptables -S FORWARD').split('\n')[0];
  expect(policy({})).toBe('-P FORWARD DROP');
  expect(policy({ 'ip-forward-no-drop': true })).toBe('-P FORWARD ACCEPT');
  expect(() => new DockerLab({ release: '27.5', daemon: { 'ip-forward-no-drop': true } })).toThrow(
    '"ip-forward-no-drop" is of release 28.0 and later',
  );
});
