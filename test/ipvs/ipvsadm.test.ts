import { describe, expect, it } from 'vitest';
import { ipvsadm } from '../../core/ipvs/text/ipvsadm.ts';
import { sysctlEntries } from '../../core/namespace/sysctl-tree.ts';
import { newNamespace, run, ServiceLab } from './lab.ts';

/** Recorded in the load balancing namespace of an overlay network while a service was scaled down. */
const RECORDED = `IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
FWM  256 rr
  -> 10.0.1.11:0                  Masq    1      0          0         
  -> 10.0.1.12:0                  Masq    1      0          0         
FWM  257 rr
  -> 10.0.1.18:0                  Masq    1      0          0         
  -> 10.0.1.19:0                  Masq    1      0          0         
  -> 10.0.1.20:0                  Masq    0      0          0         
`;

const RECORDED_STATS_HEAD = `IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
  -> RemoteAddress:Port
FWM  256                                 0        0        0        0        0
  -> 10.0.1.11:0                         0        0        0        0        0
`;

function recordedTables(): ReturnType<typeof newNamespace> {
  const netns = newNamespace();
  run(netns, '-A -f 257 -s rr', '-A -f 256 -s rr');
  for (const address of ['10.0.1.12', '10.0.1.11']) run(netns, `-a -f 256 -r ${address}:0 -m`);
  for (const address of ['10.0.1.18', '10.0.1.20', '10.0.1.19']) run(netns, `-a -f 257 -r ${address}:0 -m`);
  run(netns, '-e -f 257 -r 10.0.1.20:0 -m -w 0');
  return netns;
}

describe('ipvsadm', () => {
  it('lists as recorded', () => {
    const netns = recordedTables();
    expect(run(netns, '-Ln')).toBe(RECORDED);
    expect(run(netns, '-L -n --stats').startsWith(RECORDED_STATS_HEAD)).toBe(true);
  });

  it('saves what restores to the same tables', () => {
    const netns = recordedTables();
    run(netns, '-A -t 10.9.0.1:80 -s sh -b sh-port -p 300 -M 255.255.255.0');
    run(netns, '-a -t 10.9.0.1:80 -r 10.9.0.2 -i -w 3', '-a -t 10.9.0.1:80 -r 10.9.0.3 -g');
    run(netns, '-A -u 10.9.0.1:53 -o', '-a -u 10.9.0.1:53 -r 10.9.0.2:5353 -m');
    const saved = run(netns, '-S -n');
    expect(saved).toContain('-A -t 10.9.0.1:80 -s sh -p 300 -M 255.255.255.0 -b sh-port\n');
    expect(saved).toContain('-a -u 10.9.0.1:53 -r 10.9.0.2:5353 -m -w 1\n');
    const other = newNamespace();
    expect(ipvsadm(other, ['-R'], saved).code).toBe(0);
    expect(run(other, '-Ln')).toBe(run(netns, '-Ln'));
    expect(run(other, '-Sn')).toBe(saved);
  });

  it('shows flags, persistence and the other formats', () => {
    const netns = newNamespace();
    run(netns, '-A -t 10.9.0.1:80 -s sh -b sh-fallback -p', '-a -t 10.9.0.1:80 -r 10.9.0.2 -m -x 5 -y 2');
    expect(run(netns, '-Ln')).toContain('TCP  10.9.0.1:80 sh (sh-fallback) persistent 360\n');
    expect(run(netns, '-Ln --thresholds')).toContain(
      '  -> 10.9.0.2:80                  5          2          0          0         \n',
    );
    expect(run(netns, '-Ln --persistent-conn')).toContain(
      '  -> 10.9.0.2:80                  1         0           0          0         \n',
    );
    expect(run(netns, '-L')).toContain('TCP  10.9.0.1:http sh');
  });

  it.each([
    ['-D -t 10.0.0.1:80', 255, 'No such service'],
    ['-a -t 10.0.0.1:80 -r 10.0.0.2', 255, 'Service not defined'],
    ['-A -f 256', 255, 'Service already exists'],
    ['-d -f 256 -r 10.0.1.99', 255, 'No such destination'],
    ['-a -f 256 -r 10.0.1.11 -m', 255, 'Destination already exists'],
    ['-A -t 10.0.0.1:80 -s best', 255, 'Scheduler not found'],
    ['-A -t 10.0.0.1:80 -s sed', 2, 'not modelled: scheduler sed'],
    ['-A -t 10.0.0.1', 2, 'Zero port specified for non-persistent service'],
    ['-A -s rr', 2, "You need to supply the 'service-address' option for the 'add-service' command"],
    ['-D -f 256 -s rr', 2, "Illegal 'scheduler' option with the 'delete-service' command"],
    ['-a -f 256 -r 10.0.0.9 -w 70000', 2, 'illegal weight specified'],
    [
      '-L -c -f 256',
      2,
      "The option 'service-address' conflicts with the 'connection' option in the 'list' command",
    ],
    ['-f 256 -A', 255, "Try `ipvsadm -h' or 'ipvsadm --help' for more information."],
    ['-A -f 256 -D', 2, 'multiple commands specified'],
    ['--set 1 2', 2, '--set option requires 3 timeout values'],
    ['--start-daemon master', 2, 'not modelled: --start-daemon'],
    ['-Lz', 255, '-z: unknown option'],
    [
      '-a -f 256 -r 224.0.0.1',
      255,
      'Invalid operation.  Possibly wrong module version, address not unicast, ...',
    ],
  ])('refuses %s', (line, code, message) => {
    expect(ipvsadm(recordedTables(), line.split(' '))).toEqual({ code, stdout: '', stderr: `${message}\n` });
  });

  it('sets timeouts', () => {
    const netns = newNamespace();
    expect(run(netns, '-L --timeout')).toBe('Timeout (tcp tcpfin udp): 900 120 300\n');
    run(netns, '--set 0 30 20');
    expect(run(netns, '-L --timeout')).toBe('Timeout (tcp tcpfin udp): 900 30 20\n');
  });

  it('zeroes counters and clears all', () => {
    const netns = recordedTables();
    const lab = new ServiceLab(netns);
    lab.connect(1);
    expect(run(netns, '-Ln --stats')).toMatch(/^FWM {2}257 +1 /m);
    run(netns, '-Z');
    expect(run(netns, '-Ln --stats')).toMatch(/^FWM {2}257 +0 /m);
    run(netns, '-C');
    expect(run(netns, '-Sn')).toBe('');
  });

  it('rates come up and fade', () => {
    const netns = recordedTables();
    const lab = new ServiceLab(netns);
    const { sim } = netns.host;
    for (let n = 0; n < 400; n++) lab.connect(n);
    sim.at(2e9, () => undefined);
    sim.run(2e9);
    // A quarter of 200 a second.
    expect(run(netns, '-Ln --rate')).toMatch(/^FWM {2}257 +50 /m);
    sim.at(60e9, () => undefined);
    sim.run(60e9);
    expect(run(netns, '-Ln --rate')).toMatch(/^FWM {2}257 +0 /m);
  });

  it('has its settings where sysctl finds them', () => {
    const netns = newNamespace();
    run(netns, '-Ln');
    const entries = sysctlEntries(netns);
    expect(entries.get('net/ipv4/vs/conn_reuse_mode')!.read()).toBe('1');
    entries.get('net/ipv4/vs/conntrack')!.write!('1');
    expect(entries.get('net/ipv4/vs/conntrack')!.read()).toBe('1');
  });
});
