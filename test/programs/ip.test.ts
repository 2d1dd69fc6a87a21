import { describe, expect, it } from 'vitest';
import { Lab, dockerZeroLab } from './lab.ts';

const DETAILS =
  'gso_max_size 65536 gso_max_segs 65535 tso_max_size 524280 tso_max_segs 65535 gro_max_size 65536 ';

describe('ip in the docker0 of the recordings', () => {
  const { lab, c1 } = dockerZeroLab();
  const inside = (line: string) => lab.run(c1, line).stdout;
  const outside = (line: string) => lab.run(lab.machine, line).stdout;

  it('ip -d addr in a container', () => {
    expect(inside('ip -d addr')).toBe(
      `1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000
    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00 promiscuity 0  allmulti 0 minmtu 0 maxmtu 0 numtxqueues 1 numrxqueues 1 ${DETAILS}
    inet 127.0.0.1/8 scope host lo
       valid_lft forever preferred_lft forever
3: eth0@if4: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP group default 
    link/ether 02:42:ac:11:00:02 brd ff:ff:ff:ff:ff:ff link-netnsid 0 promiscuity 0  allmulti 0 minmtu 68 maxmtu 65535 
    veth numtxqueues 2 numrxqueues 2 ${DETAILS}
    inet 172.17.0.2/16 brd 172.17.255.255 scope global eth0
       valid_lft forever preferred_lft forever
`,
    );
  });

  it('ip route, on both sides', () => {
    expect(inside('ip route')).toBe(
      'default via 172.17.0.1 dev eth0 \n172.17.0.0/16 dev eth0 proto kernel scope link src 172.17.0.2 \n',
    );
    expect(outside('ip route show table all')).toBe(
      `172.17.0.0/16 dev docker0 proto kernel scope link src 172.17.0.1 
local 127.0.0.0/8 dev lo table local proto kernel scope host src 127.0.0.1 
local 127.0.0.1 dev lo table local proto kernel scope host src 127.0.0.1 
broadcast 127.255.255.255 dev lo table local proto kernel scope link src 127.0.0.1 
local 172.17.0.1 dev docker0 table local proto kernel scope host src 172.17.0.1 
broadcast 172.17.255.255 dev docker0 table local proto kernel scope link src 172.17.0.1 
`,
    );
  });

  it('ip -d link of a bridge and its port', () => {
    expect(outside('ip -d link show vethc1')).toBe(
      `4: vethc1@if3: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue master docker0 state UP mode DEFAULT group default 
    link/ether ea:9e:15:64:73:6f brd ff:ff:ff:ff:ff:ff link-netnsid 0 promiscuity 1  allmulti 1 minmtu 68 maxmtu 65535 
    veth 
    bridge_slave state forwarding priority 32 cost 2 hairpin off guard off root_block off fastleave off learning on flood on port_id 0x8001 port_no 0x1 designated_port 32769 designated_cost 0 designated_bridge 8000.2:42:b6:5e:6d:42 designated_root 8000.2:42:b6:5e:6d:42 hold_timer    0.00 message_age_timer    0.00 forward_delay_timer    0.00 topology_change_ack 0 config_pending 0 proxy_arp off proxy_arp_wifi off mcast_router 1 mcast_fast_leave off mcast_flood on bcast_flood on mcast_to_unicast off neigh_suppress off group_fwd_mask 0 group_fwd_mask_str 0x0 vlan_tunnel off isolated off locked off addrgenmode eui64 numtxqueues 2 numrxqueues 2 ${DETAILS}
`,
    );
    expect(outside('ip -d link show docker0')).toContain(
      '\n    bridge forward_delay 1500 hello_time 200 max_age 2000 ageing_time 30000 stp_state 0 priority 32768 vlan_filtering 0 vlan_protocol 802.1Q bridge_id 8000.2:42:b6:5e:6d:42 designated_root',
    );
  });

  it('ip neigh follows the entries', () => {
    lab.run(c1, 'ping -c 1 172.17.0.3');
    expect(inside('ip neigh')).toBe('172.17.0.3 dev eth0 lladdr 02:42:ac:11:00:03 REACHABLE \n');
    lab.run(c1, 'ping -c 1 -W 4 172.17.0.99');
    expect(inside('ip neigh show 172.17.0.99')).toBe('172.17.0.99 dev eth0 FAILED \n');
    expect(inside('ip neigh flush all; ip neigh')).toBe('');
  });

  it('ip rule, ip -br', () => {
    expect(outside('ip rule')).toBe(
      '0:\tfrom all lookup local\n32766:\tfrom all lookup main\n32767:\tfrom all lookup default\n',
    );
    expect(outside('ip -br addr')).toBe(
      `lo               UNKNOWN        127.0.0.1/8 
docker0          UP             172.17.0.1/16 
vethc1@if3       UP             
vethc2@if5       UP             
`,
    );
    expect(outside('ip -br link show docker0')).toBe(
      'docker0          UP             02:42:b6:5e:6d:42 <BROADCAST,MULTICAST,UP,LOWER_UP> \n',
    );
    expect(outside('ip -o addr show docker0')).toBe(
      '2: docker0    inet 172.17.0.1/16 brd 172.17.255.255 scope global docker0\\       valid_lft forever preferred_lft forever\n',
    );
  });

  it('ip route get', () => {
    expect(inside('ip route get 198.51.100.2')).toBe(
      '198.51.100.2 via 172.17.0.1 dev eth0 src 172.17.0.2 uid 0 \n    cache \n',
    );
    expect(inside('ip route get 172.17.0.2')).toBe(
      'local 172.17.0.2 dev lo src 172.17.0.2 uid 0 \n    cache <local> \n',
    );
  });

  it('busybox ip, as a shell of busybox runs it', () => {
    expect(inside('busybox ip addr show eth0; busybox ip route')).toBe(
      `3: eth0@if4: <BROADCAST,MULTICAST,UP,LOWER_UP,M-DOWN> mtu 1500 qdisc noqueue 
    link/ether 02:42:ac:11:00:02 brd ff:ff:ff:ff:ff:ff
    inet 172.17.0.2/16 brd 172.17.255.255 scope global eth0
       valid_lft forever preferred_lft forever
default via 172.17.0.1 dev eth0 
172.17.0.0/16 dev eth0 scope link  src 172.17.0.2 
`,
    );
  });

  it('a container may look but not touch', () => {
    const context = { ...c1.context, netAdmin: false };
    expect(lab.run({ ...c1, context }, 'ip route add default via 172.17.0.1')).toEqual({
      stdout: '',
      stderr: 'RTNETLINK answers: Operation not permitted\n',
      exit: 2,
    });
  });
});

describe('ip builds a network by hand', () => {
  const lab = new Lab();
  const run = (line: string) => lab.run(lab.machine, line);

  it('as the tutorials wire a container to a bridge', () => {
    const script = [
      'ip netns add blue',
      'ip link add br0 type bridge',
      'ip addr add 10.1.0.1/24 dev br0',
      'ip link set br0 up',
      'ip link add A type veth peer name B',
      'ip link set A master br0 up',
      'ip link set B netns blue',
      'ip netns exec blue ip link set dev B name eth0',
      'ip netns exec blue ip link set eth0 up',
      'ip -n blue addr add 10.1.0.2/24 dev eth0',
      'ip -n blue route add default via 10.1.0.1',
      'ip netns exec blue ping -c 1 10.1.0.1',
    ];
    const result = run(script.join(' && '));
    expect(result.stderr).toBe('');
    expect(result.stdout).toContain('1 packets transmitted, 1 received, 0% packet loss');
    expect(run('ip netns').stdout).toBe('blue (id: 0)\n');
    expect(run('ip link show A').stdout).toMatch(
      /^4: A@if3: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue master br0 state UP mode DEFAULT group default qlen 1000\n {4}link\/ether .. *(.*) link-netns blue\n$/,
    );
    expect(run('ip -n blue -br addr').stdout).toBe(
      'lo               DOWN           \neth0@if4         UP             10.1.0.2/24 \n',
    );
  });

  it('reaches a namespace by the link to a process', () => {
    const { process } = lab.start(
      { ...lab.machine, context: { ...lab.machine.context } },
      'ip netns exec blue sleep 60',
    );
    lab.wait(0.1);
    const child = lab.host.processes.list().find((other) => other.argv[0] === 'sleep')!;
    expect(run(`ln -s /proc/${child.pid}/ns/net /var/run/netns/${child.pid}`).exit).toBe(0);
    expect(run(`ip netns exec ${child.pid} ip -br addr show eth0`).stdout).toBe(
      'eth0@if4         UP             10.1.0.2/24 \n',
    );
    process.kill();
    expect(run(`ip netns del ${child.pid}; ip netns`).stdout).toBe('blue (id: 0)\n');
  });

  it('says when the other end is down', () => {
    expect(run('ip -n blue link set eth0 down; ip link show A').stdout).toContain(
      '<NO-CARRIER,BROADCAST,MULTICAST,UP> mtu 1500 qdisc noqueue master br0 state LOWERLAYERDOWN',
    );
    expect(run('ip route show dev br0').stdout).toBe(
      '10.1.0.0/24 proto kernel scope link src 10.1.0.1 linkdown \n',
    );
    expect(run('ip link add C type veth peer name D; ip link set C up; ip -br link show C').stdout).toMatch(
      /^C@D {14}LOWERLAYERDOWN .* <NO-CARRIER,BROADCAST,MULTICAST,UP,M-DOWN> \n$/,
    );
  });

  it('takes the peer, the port and the routes along', () => {
    expect(run('ip netns del blue; ip link del C; ip -br link').stdout).toMatch(/^lo .*\nbr0 .*\n$/);
    expect(run('ip link del br0; ip route show table all').stdout).not.toContain('br0');
  });

  const refusals: [string, string, number][] = [
    ['ip link add x type sorcery', 'Error: Unknown device type.\n', 2],
    ['ip link set nope up', 'Cannot find device "nope"\n', 1],
    ['ip link show nope', 'Device "nope" does not exist.\n', 1],
    ['ip addr show dev nope', 'Device "nope" does not exist.\n', 1],
    ['ip link del lo', 'RTNETLINK answers: Operation not supported\n', 2],
    ['ip addr add 127.0.0.1/8 dev lo', 'RTNETLINK answers: File exists\n', 2],
    ['ip addr del 10.9.9.9/24 dev lo', 'RTNETLINK answers: Cannot assign requested address\n', 2],
    ['ip addr add 10.9.9.9/24', 'Not enough information: "dev" argument is required.\n', 255],
    ['ip addr add foo dev lo', 'Error: inet prefix is expected rather than "foo".\n', 1],
    ['ip route add 10.0.0.0/8 via 10.3.0.1', 'Error: Nexthop has invalid gateway.\n', 2],
    ['ip route add 10.0.0.1/8 dev lo', 'Error: Invalid prefix for given prefix length.\n', 2],
    ['ip route del 10.0.0.0/8', 'RTNETLINK answers: No such process\n', 2],
    ['ip route get 8.8.8.8', 'RTNETLINK answers: Network is unreachable\n', 2],
    ['ip neigh del 1.2.3.4 dev lo', 'RTNETLINK answers: No such file or directory\n', 2],
    ['ip -n nope addr', 'Cannot open network namespace "nope": No such file or directory\n', 255],
    ['ip foo', 'Object "foo" is unknown, try "ip help".\n', 1],
    ['ip addr foo', 'Command "foo" is unknown, try "ip address help".\n', 255],
    ['ip -z', 'Option "-z" is unknown, try "ip -help".\n', 255],
  ];
  for (const [line, stderr, exit] of refusals) {
    it(`refuses: ${line}`, () => {
      expect(run(line)).toEqual({ stdout: '', stderr, exit });
    });
  }

  it('keeps routes of every type in order, and replaces them', () => {
    run('ip link add d0 type dummy; ip addr add 10.5.0.1/24 brd + dev d0; ip link set d0 up');
    run('ip route add blackhole 10.7.0.0/16; ip route add 10.6.0.0/16 via 10.5.0.9 metric 5 mtu 1400');
    run('ip route add unreachable 10.6.0.0/16 metric 9; ip route add 10.8.0.0/16 dev d0 table 100');
    expect(run('ip route').stdout).toBe(
      `10.5.0.0/24 dev d0 proto kernel scope link src 10.5.0.1 
10.6.0.0/16 via 10.5.0.9 dev d0 metric 5 mtu 1400 
unreachable 10.6.0.0/16 metric 9 
blackhole 10.7.0.0/16 
`,
    );
    expect(run('ip route show table 100').stdout).toBe('10.8.0.0/16 dev d0 scope link \n');
    expect(run('ip route add 10.6.0.0/16 dev d0 metric 5')).toMatchObject({
      stderr: 'RTNETLINK answers: File exists\n',
      exit: 2,
    });
    expect(run('ip route replace 10.6.0.0/16 dev d0 metric 5; ip route show 10.6.0.0/16').stdout).toBe(
      '10.6.0.0/16 dev d0 scope link metric 5 \nunreachable 10.6.0.0/16 metric 9 \n',
    );
    expect(run('ip route get 10.7.1.1').stderr).toBe('RTNETLINK answers: Invalid argument\n');
    expect(run('ip rule add from 10.5.0.0/24 fwmark 0x1 table 100; ip rule').stdout).toContain(
      '32765:\tfrom 10.5.0.0/24 fwmark 0x1 lookup 100\n',
    );
    expect(run('ip route get 10.8.3.3 mark 1 from 10.5.0.1').stdout).toContain('dev d0 table 100');
  });
});
