import { describe, expect, it } from 'vitest';
import { dockerZeroLab } from './lab.ts';

describe('bridge, brctl, sysctl and nsenter', () => {
  const { lab, c1 } = dockerZeroLab();
  const run = (line: string) => lab.run(lab.machine, line);

  it('bridge fdb shows what was learned, the own addresses and the groups', () => {
    lab.run(c1, 'ping -c 1 172.17.0.3');
    expect(run('bridge fdb show br docker0').stdout).toBe(
      `33:33:00:00:00:01 dev docker0 self permanent
01:00:5e:00:00:6a dev docker0 self permanent
33:33:00:00:00:6a dev docker0 self permanent
01:00:5e:00:00:01 dev docker0 self permanent
02:42:b6:5e:6d:42 dev docker0 vlan 1 master docker0 permanent
02:42:b6:5e:6d:42 dev docker0 master docker0 permanent
02:42:ac:11:00:02 dev vethc1 master docker0 
ea:9e:15:64:73:6f dev vethc1 vlan 1 master docker0 permanent
ea:9e:15:64:73:6f dev vethc1 master docker0 permanent
33:33:00:00:00:01 dev vethc1 self permanent
01:00:5e:00:00:01 dev vethc1 self permanent
02:42:ac:11:00:03 dev vethc2 master docker0 
0e:74:87:00:1c:a2 dev vethc2 vlan 1 master docker0 permanent
0e:74:87:00:1c:a2 dev vethc2 master docker0 permanent
33:33:00:00:00:01 dev vethc2 self permanent
01:00:5e:00:00:01 dev vethc2 self permanent
`,
    );
  });

  it('bridge fdb takes and forgets entries', () => {
    expect(
      run('bridge fdb add 02:00:00:00:00:09 dev vethc1 master static; bridge fdb show dev vethc1').stdout,
    ).toContain('02:00:00:00:00:09 master docker0 static\n');
    expect(run('bridge fdb del 02:00:00:00:00:09 dev vethc1 master').exit).toBe(0);
    expect(run('bridge fdb del 02:00:00:00:00:09 dev vethc1 master')).toMatchObject({
      stderr: 'RTNETLINK answers: No such file or directory\n',
      exit: 2,
    });
  });

  it('bridge -d link', () => {
    expect(run('bridge -d link show vethc1').stdout).toBe(
      `4: vethc1@if3: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 master docker0 state forwarding priority 32 cost 2 
    hairpin off guard off root_block off fastleave off learning on flood on mcast_flood on bcast_flood on mcast_router 1 mcast_to_unicast off neigh_suppress off vlan_tunnel off isolated off locked off 
`,
    );
    expect(run('bridge link set dev vethc1 hairpin on; bridge -d link show vethc1').stdout).toContain(
      'hairpin on',
    );
  });

  it('brctl lists bridges and takes ports', () => {
    expect(run('brctl show').stdout).toBe(
      'bridge name\tbridge id\t\tSTP enabled\tinterfaces\n' +
        'docker0\t\t8000.0242b65e6d42\tno\t\tvethc1\n\t\t\t\t\t\t\tvethc2\n',
    );
    run('brctl addbr br9; brctl delif docker0 vethc2; brctl addif br9 vethc2');
    expect(run('brctl show br9').stdout).toMatch(/^.*\nbr9\t\t8000\.0e7487001ca2\tno\t\tvethc2\n$/);
    expect(run('brctl addif docker0 vethc2')).toMatchObject({
      stderr: `device vethc2 is already a member of a bridge; can't enslave it to bridge docker0.\n`,
      exit: 1,
    });
    run('brctl delif br9 vethc2; brctl delbr br9; brctl addif docker0 vethc2');
    expect(run('brctl show nope').stderr).toBe('bridge nope does not exist!\n');
  });

  it('sysctl reads and writes what the kernel goes by', () => {
    expect(run('sysctl net.ipv4.ip_forward net.ipv4.ip_local_port_range').stdout).toBe(
      'net.ipv4.ip_forward = 1\nnet.ipv4.ip_local_port_range = 32768\t60999\n',
    );
    expect(
      run('sysctl -w net.ipv4.conf.docker0.rp_filter=2; cat /proc/sys/net/ipv4/conf/docker0/rp_filter')
        .stdout,
    ).toBe('net.ipv4.conf.docker0.rp_filter = 2\n2\n');
    expect(lab.host.initNamespace.device('docker0')!.ipv4.rpFilter).toBe(2);
    expect(run('echo 0 > /proc/sys/net/ipv4/ip_forward; sysctl -n net.ipv4.conf.all.forwarding').stdout).toBe(
      '0\n',
    );
    expect(run('sysctl net.ipv4.nope')).toMatchObject({
      stderr: 'sysctl: cannot stat /proc/sys/net/ipv4/nope: No such file or directory\n',
      exit: 1,
    });
    expect(run('sysctl -a | grep -c arp_ignore').stdout).toBe('6\n');
  });

  it('the entered namespace has its own settings, and files that show them', () => {
    const { process } = lab.start(c1, 'sleep 100');
    lab.wait(0.1);
    const line = (command: string) => run(`nsenter -t ${process.pid} -n ${command}`).stdout;
    expect(line('sysctl net.ipv4.ip_forward')).toBe('net.ipv4.ip_forward = 1\n');
    expect(line('cat /proc/sys/net/ipv4/ip_forward')).toBe('1\n');
    expect(line('ip -br addr show eth0')).toBe('eth0@if4         UP             172.17.0.2/16 \n');
    expect(run('nsenter --net=/var/run/nothing ip addr').stderr).toBe(
      'nsenter: cannot open /var/run/nothing: No such file or directory\n',
    );
  });
});
