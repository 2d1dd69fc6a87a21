import { describe, expect, it } from 'vitest';
import type { NetDevice } from '../../core/device/net-device.ts';
import { findSysctl, sysctlEntries } from '../../core/namespace/sysctl-tree.ts';
import { twoNodes } from './lab.ts';

function set(dev: NetDevice, path: string, value: string): void {
  findSysctl(dev.netns, path)!.write!(value);
}

function get(dev: NetDevice, path: string): string {
  return findSysctl(dev.netns, path)!.read();
}

describe.each(['net/ipv4/neigh', 'net/ipv6/neigh'])('%s', (directory) => {
  it('default reaches the devices whose own was never set (neigh_copy_dflt_parms)', () => {
    const { a } = twoNodes();
    set(a, `${directory}/default/retrans_time_ms`, '200');
    expect(get(a, `${directory}/eth0/retrans_time_ms`)).toBe('200');
    set(a, `${directory}/eth0/retrans_time_ms`, '300');
    set(a, `${directory}/default/retrans_time_ms`, '400');
    expect(get(a, `${directory}/eth0/retrans_time_ms`)).toBe('300');
    expect(get(a, `${directory}/lo/retrans_time_ms`)).toBe('400');
  });

  it('the two names of the base say the same', () => {
    const { a } = twoNodes();
    set(a, `${directory}/eth0/base_reachable_time_ms`, '7000');
    expect(get(a, `${directory}/eth0/base_reachable_time`)).toBe('7');
  });
});

describe('the time an IPv6 neighbour stays reachable', () => {
  const reachable = (dev: NetDevice) => dev.ipv6!.neighbourParameters.reachableTimeNs;

  it('is drawn anew for a new base, and at once', () => {
    const { a } = twoNodes();
    set(a, 'net/ipv6/neigh/eth0/base_reachable_time_ms', '1000');
    expect(reachable(a)).toBeGreaterThanOrEqual(0.5e9);
    expect(reachable(a)).toBeLessThan(1.5e9);
  });

  it('and nothing else that is random hangs on who reads settings', () => {
    const [plain, looked] = [twoNodes(), twoNodes()];
    sysctlEntries(looked.a.netns);
    findSysctl(looked.a.netns, 'net/ipv6/neigh/eth0/retrans_time_ms');
    const drawn = ({ a }: typeof plain) => [reachable(a), a.netns.ipv6!.random.uint32()];
    expect(drawn(looked)).toEqual(drawn(plain));
  });
});
