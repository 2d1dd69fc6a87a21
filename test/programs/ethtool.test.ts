import { expect, it } from 'vitest';
import { dockerZeroLab } from './lab.ts';

const LIST = `Features for docker0:
rx-checksumming: off [fixed]
tx-checksumming: off [fixed]
scatter-gather: off [fixed]
tcp-segmentation-offload: on
	tx-tcp-segmentation: on
	tx-tcp-ecn-segmentation: off [fixed]
	tx-tcp-mangleid-segmentation: off [fixed]
	tx-tcp6-segmentation: on
generic-segmentation-offload: off
generic-receive-offload: off [fixed]
large-receive-offload: off [fixed]
rx-vlan-offload: off [fixed]
tx-vlan-offload: off [fixed]
ntuple-filters: off [fixed]
receive-hashing: off [fixed]
`;

it('shows and switches the offloads of a device', () => {
  const { lab } = dockerZeroLab();
  const run = (line: string) => lab.run(lab.machine, line);
  expect(run('ethtool -k docker0').stdout).toBe(LIST.replaceAll(/: on/g, ': off'));
  expect(run('ethtool -K docker0 tso on')).toEqual({ stdout: '', stderr: '', exit: 0 });
  expect(run('ethtool --show-features docker0').stdout).toBe(LIST);
  expect(run('ethtool -K docker0 tcp-segmentation-offload off gso on').exit).toBe(0);
  const list = run('ethtool -k docker0').stdout;
  expect(list).toContain('\ntcp-segmentation-offload: off\n');
  expect(list).toContain('\ngeneric-segmentation-offload: on\n');
});

it.each([
  ['-K docker0 rx off', 'ethtool: not modelled: rx\n'],
  ['-K docker0 tso on lro on', 'ethtool: not modelled: lro\n'],
  ['-K docker0 gro on', 'Could not change any device features\n'],
  ['-K docker0 tso on gro on', 'Could not change any device features\n'],
  ['-K docker0 tso maybe', 'ethtool: bad command line argument(s)\nFor more information run ethtool -h\n'],
  ['-S docker0', 'ethtool: not modelled: -S\n'],
  ['-k eth9', 'netlink error: no device matches name (offset 24)\nnetlink error: No such device\n'],
])('refuses `ethtool %s`, and changes nothing', (line, stderr) => {
  const { lab } = dockerZeroLab();
  expect(lab.run(lab.machine, `ethtool ${line}`)).toEqual({ stdout: '', stderr, exit: 1 });
  expect(lab.run(lab.machine, 'ethtool -k docker0').stdout).not.toContain(': on');
});

it('needs the right to administer the network', () => {
  const { lab, c1 } = dockerZeroLab();
  c1.context.netAdmin = false;
  expect(lab.run(c1, 'ethtool -K eth0 tso on').stderr).toBe('netlink error: Operation not permitted\n');
  expect(c1.eth0.features.tso).toBe(false);
});
