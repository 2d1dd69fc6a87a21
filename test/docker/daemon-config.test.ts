import { describe, expect, test } from 'vitest';
import { BridgeDriver } from '../../drivers/bridge/driver.ts';
import { parseDaemonConfig } from '../../drivers/engine/daemon-config.ts';
import { createEngine, engineOf } from '../../drivers/engine/engine-registry.ts';
import { defaultDriverRegistry } from '../../drivers/driver-registry.ts';
import { Host } from '../../core/host/host.ts';
import { DockerLab } from './docker-lab.ts';

describe('daemon.json', () => {
  test('bip, fixed-cidr, default-gateway, mtu', () => {
    const lab = new DockerLab({
      daemon: {
        bip: '192.168.42.1/24',
        'fixed-cidr': '192.168.42.64/28',
        'default-gateway': '192.168.42.254',
        mtu: 1400,
      },
    });
    lab.out('docker run -d --name c1 alpine sleep 99');
    expect(lab.out('ip -br addr show docker0')).toContain('192.168.42.1/24');
    expect(lab.out('docker exec c1 ip addr show eth0')).toMatch(/mtu 1400 [^]*inet 192\.168\.42\.64\/24/);
    expect(lab.out('docker exec c1 ip route')).toContain('default via 192.168.42.254 dev eth0');
    expect(lab.out("docker network inspect -f '{{json .IPAM.Config}}' bridge")).toBe(
      '[{"Subnet":"192.168.42.0/24","IPRange":"192.168.42.64/28","Gateway":"192.168.42.1","AuxiliaryAddresses":{"DefaultGatewayIPv4":"192.168.42.254"}}]\n',
    );
    expect(lab.out('iptables -t nat -S POSTROUTING')).toContain(
      '-s 192.168.42.0/24 ! -o docker0 -j MASQUERADE',
    );
  });

  test('dns, dns-search, dns-opts', () => {
    const lab = new DockerLab({
      daemon: { dns: ['10.1.1.1'], 'dns-search': ['example.org'], 'dns-opts': ['timeout:3'] },
    });
    const resolvConf = (options = '') => lab.out(`docker run --rm ${options} alpine cat /etc/resolv.conf`);
    expect(resolvConf()).toBe('search example.org\nnameserver 10.1.1.1\noptions timeout:3\n');
    expect(resolvConf('--dns 10.2.2.2 --dns-search .')).toBe('nameserver 10.2.2.2\noptions timeout:3\n');
    lab.out('docker network create net1');
    expect(resolvConf('--network net1')).toBe(
      'search example.org\nnameserver 127.0.0.11\noptions timeout:3 ndots:0\n',
    );
  });

  test('default-address-pools', () => {
    const lab = new DockerLab({ daemon: { 'default-address-pools': [{ base: '10.200.0.0/16', size: 24 }] } });
    lab.out('docker network create net1');
    expect(lab.out('ip -br -4 addr')).toMatch(/docker0 .* 10\.200\.0\.1\/24[^]*br-\S+ .* 10\.200\.1\.1\/24/);
  });

  test('ip-masq, icc, ip, ip-forward', () => {
    const lab = new DockerLab({
      daemon: { 'ip-masq': false, icc: false, ip: '127.0.0.1', 'ip-forward': false },
    });
    expect(lab.out('iptables -t nat -S')).not.toContain('MASQUERADE');
    expect(lab.out('iptables -S FORWARD')).toContain('-A FORWARD -i docker0 -o docker0 -j DROP');
    expect(lab.out('sysctl -n net.ipv4.ip_forward')).toBe('0\n');
    const started = lab.run('docker run -d --name c1 -p 80:80 alpine sleep 99');
    expect(started.stderr).toBe('WARNING: IPv4 forwarding is disabled. Networking will not work.\n');
    expect(lab.out('docker port c1')).toBe('80/tcp -> 127.0.0.1:80\n');
  });

  test('ipv6 with fixed-cidr-v6 that leaves 48 bits: the container’s MAC ends its address', () => {
    const lab = new DockerLab({ ipv6: true, daemon: { ipv6: true, 'fixed-cidr-v6': 'fd00:42::/64' } });
    lab.out('docker run -d --name c1 alpine sleep 99');
    expect(lab.out('docker exec c1 ip -6 addr show eth0')).toContain('fd00:42::242:ac11:2/64');
    expect(lab.out('docker exec c1 ip -6 route')).toContain('default via fd00:42::1 dev eth0');
    lab.out('docker run -d --name c2 --mac-address 02:00:00:00:00:99 alpine sleep 99');
    expect(lab.out("docker inspect -f '{{.NetworkSettings.GlobalIPv6Address}}' c2")).toBe(
      'fd00:42::200:0:99\n',
    );
    const young = new DockerLab({
      ipv6: true,
      release: '28.5',
      daemon: { ipv6: true, 'fixed-cidr-v6': 'fd00:42::/64' },
    });
    young.out('docker run -d --name c1 alpine sleep 99');
    expect(young.out('docker exec c1 ip -6 addr show eth0')).toContain('fd00:42::2/64');
  });

  test('ipv6 with a fixed-cidr-v6 too narrow for MACs', () => {
    const lab = new DockerLab({ ipv6: true, daemon: { ipv6: true, 'fixed-cidr-v6': 'fd00:42::/96' } });
    lab.out('docker run -d --name c1 nginx');
    expect(lab.out('docker exec c1 ip -6 addr show eth0')).toContain('fd00:42::2/96');
    expect(lab.out("docker inspect -f '{{.NetworkSettings.IPv6Gateway}}' c1")).toBe('fd00:42::1\n');
    expect(lab.out('docker exec c1 cat /etc/hosts')).toContain('fd00:42::2\t');
    expect(lab.out('sysctl -n net.ipv6.conf.all.forwarding')).toBe('1\n');
    lab.wait(3);
    expect(lab.out("curl -s -o /dev/null -w '%{http_code}' http://[fd00:42::2]/")).toBe('200');
  });

  test('no default bridge', () => {
    const lab = new DockerLab({ daemon: { bridge: 'none' } });
    expect(lab.out('docker network ls -q | wc -l').trim()).toBe('2');
    expect(lab.out('ip link')).not.toContain('docker0');
    expect(lab.run('docker run -d --name c1 alpine sleep 9').text).toContain('network bridge not found');
  });

  test('a bridge of one’s own, whose address is kept', () => {
    const lab = new DockerLab({
      before: ['ip link add mybr0 type bridge', 'ip addr add 10.9.0.1/24 dev mybr0', 'ip link set mybr0 up'],
      daemon: { bridge: 'mybr0' },
    });
    lab.out('docker run -d --name c1 alpine sleep 99');
    expect(lab.out('docker exec c1 ip -br addr')).toContain('10.9.0.2/24');
    expect(lab.out('ip -br link')).not.toContain('docker0');
  });

  test('keys without a bearing on networks are taken, others are not', () => {
    expect(parseDaemonConfig({ 'log-driver': 'journald', hosts: ['fd://'] }).mtu).toBe(1500);
    expect(() => parseDaemonConfig({ nonsense: 1 })).toThrow('the key "nonsense" is not modelled');
    expect(() => parseDaemonConfig({ mtu: 'big' })).toThrow('"mtu" must be a number');
    expect(() => parseDaemonConfig({ bip: '10.0.0.1' })).toThrow(
      '"bip" must be an address and a prefix length',
    );
  });
});

test('docker0 keeps off what the host uses', () => {
  const lab = new DockerLab({
    before: ['ip link add d0 type dummy', 'ip addr add 172.17.5.1/24 dev d0', 'ip link set d0 up'],
  });
  expect(lab.out('ip -br -4 addr show docker0')).toContain('172.18.0.1/16');
});

test('one daemon a host, and a driver from elsewhere', () => {
  const lab = new DockerLab();
  expect(engineOf(lab.host)).toBe(lab.engine);
  expect(() => createEngine(lab.host)).toThrow('host1 has a Docker daemon');
  const other = new Host('host2', lab.host.env);
  class Custom extends BridgeDriver {
    override readonly type: string = 'custom';
  }
  const drivers = defaultDriverRegistry().register('custom', (context) => new Custom(context));
  const engine = createEngine(other, {}, { drivers });
  expect(engine.driverTypes()).toContain('custom');
  expect(engine.driver('custom').type).toBe('custom');
  expect(lab.run('docker network create -d custom net1').text).toBe(
    'Error response from daemon: plugin "custom" not found\n',
  );
});
