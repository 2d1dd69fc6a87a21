import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DockerError } from '../../drivers/docker-error.ts';
import { parseEngineRelease } from '../../drivers/engine-release.ts';
import type { AddressPool } from '../../drivers/ipam/address-pool.ts';
import { AddressSpace } from '../../drivers/ipam/address-space.ts';
import { reservedPrefixes } from '../../drivers/ipam/reserved-prefixes.ts';
import { formatIp, formatIpPrefix, parseIp, parseIpPrefix } from '../../protocols/ip-address.ts';

const subnetOf = (pool: AddressPool): string => formatIpPrefix(pool.subnet);
const space = (release: string, scope: 'local' | 'global' = 'local'): AddressSpace =>
  new AddressSpace(scope, parseEngineRelease(release));
const take = (pool: AddressPool, preferred: string | null = null, serial = false): string =>
  formatIp(pool.requestAddress(preferred === null ? null : parseIp(preferred), { serial }));

describe('predefined subnets', () => {
  it('31 local ones, in order, then none', () => {
    for (const release of ['20.10', '28']) {
      const local = space(release);
      const all = Array.from({ length: 31 }, () => subnetOf(local.requestPool()));
      expect(all.slice(0, 15)).toEqual(Array.from({ length: 15 }, (_, i) => `172.${17 + i}.0.0/16`));
      expect(all.slice(15)).toEqual(Array.from({ length: 16 }, (_, i) => `192.168.${16 * i}.0/20`));
      const text =
        release === '28'
          ? 'all predefined address pools have been fully subnetted'
          : 'could not find an available, non-overlapping IPv4 address pool among the defaults to assign to the network';
      expect(() => local.requestPool()).toThrow(text);
    }
  });

  it('up to 26 a freed subnet is not handed out again before the list has gone round', () => {
    const local = space('20.10');
    local.requestPool();
    const second = local.requestPool();
    local.releasePool(second);
    expect(subnetOf(local.requestPool())).toBe('172.19.0.0/16');
    for (let i = 0; i < 28; i++) local.requestPool();
    expect(subnetOf(local.requestPool())).toBe('172.18.0.0/16');
  });

  it('from 27 the lowest free subnet is handed out', () => {
    const local = space('27.0');
    local.requestPool();
    const second = local.requestPool();
    local.requestPool();
    local.releasePool(second);
    expect(subnetOf(local.requestPool())).toBe('172.18.0.0/16');
  });

  it('keep off what the user named and what the host uses', () => {
    const local = space('20.10');
    local.requestPool({ subnet: parseIpPrefix('172.17.128.0/20') });
    const reserved = [parseIpPrefix('172.18.5.0/24')];
    expect(subnetOf(local.requestPool({ reserved }))).toBe('172.19.0.0/16');
    // The subnet that was ruled out was passed over for good.
    expect(subnetOf(local.requestPool())).toBe('172.20.0.0/16');
    const young = space('28');
    expect(subnetOf(young.requestPool({ reserved: [parseIpPrefix('172.16.0.0/14')] }))).toBe('172.20.0.0/16');
    expect(subnetOf(young.requestPool())).toBe('172.17.0.0/16');
  });

  it('swarm networks take 10.0.0.0/24 and on', () => {
    const swarm = space('20.10', 'global');
    expect([swarm.requestPool(), swarm.requestPool(), swarm.requestPool()].map(subnetOf)).toEqual([
      '10.0.0.0/24',
      '10.0.1.0/24',
      '10.0.2.0/24',
    ]);
  });

  it('the host reserves its name servers and routes', () => {
    const routes = [
      { destination: null, onLink: false },
      { destination: parseIpPrefix('192.168.99.0/24'), onLink: true },
      { destination: parseIpPrefix('10.9.0.0/16'), onLink: false },
    ];
    const texts = (release: string): string[] =>
      reservedPrefixes([parseIp('192.168.99.1')], routes, parseEngineRelease(release)).map(formatIpPrefix);
    expect(texts('20.10')).toEqual(['192.168.99.1/32', '192.168.99.0/24', '10.9.0.0/16']);
    expect(texts('23.0')).toEqual(['192.168.99.1/32', '192.168.99.0/24']);
  });
});

describe('subnets that the user names', () => {
  it('overlap is refused in Docker words', () => {
    const request = { subnet: parseIpPrefix('172.28.0.0/16') };
    const local = space('20.10');
    local.requestPool(request);
    const text = 'Pool overlaps with other one on this address space';
    expect(() => local.requestPool(request)).toThrow(new DockerError('forbidden', text));
    expect(() => local.requestPool({ subnet: parseIpPrefix('172.16.0.0/12') })).toThrow(text);
    const young = space('27.0');
    young.requestPool(request);
    expect(() => young.requestPool(request)).toThrow('invalid pool request: ' + text);
  });

  it('a range escapes the check, but not the same range twice', () => {
    const local = space('20.10');
    const whole = local.requestPool({ subnet: parseIpPrefix('172.28.0.0/16') });
    const request = { subnet: parseIpPrefix('172.28.0.0/16'), range: parseIpPrefix('172.28.5.0/24') };
    const part = local.requestPool(request);
    expect(() => local.requestPool(request)).toThrow('Pool overlaps');
    expect(() => local.requestPool({ ...request, range: parseIpPrefix('172.29.5.0/24') })).toThrow(
      'no matching subnet for range',
    );
    // The two share their addresses.
    expect([take(whole), take(part), take(whole, '172.28.5.1')]).toEqual([
      '172.28.0.1',
      '172.28.5.0',
      '172.28.5.1',
    ]);
    expect(take(part)).toBe('172.28.5.2');
    // The subnet is in use until both are gone.
    local.releasePool(whole);
    expect(() => local.requestPool({ subnet: parseIpPrefix('172.28.0.0/16') })).toThrow('Pool overlaps');
    local.releasePool(part);
    expect(take(local.requestPool({ subnet: parseIpPrefix('172.28.0.0/16') }))).toBe('172.28.0.1');
    expect(() => local.releasePool(part)).toThrow(
      'cannot find address pool for poolID:LocalDefault/172.28.0.0/16/172.28.5.0/24',
    );
  });
});

describe('addresses', () => {
  it('the lowest free one, and a freed one at once', () => {
    const pool = space('20.10').requestPool();
    expect([take(pool), take(pool), take(pool)]).toEqual(['172.17.0.1', '172.17.0.2', '172.17.0.3']);
    pool.releaseAddress(parseIp('172.17.0.2'));
    expect([take(pool), take(pool)]).toEqual(['172.17.0.2', '172.17.0.4']);
  });

  it('serially: after the last one taken automatically, round the end', () => {
    const pool = space('20.10', 'global').requestPool({ subnet: parseIpPrefix('10.0.9.0/29') });
    const next = (): string => take(pool, null, true);
    expect([next(), next(), next()]).toEqual(['10.0.9.1', '10.0.9.2', '10.0.9.3']);
    pool.releaseAddress(parseIp('10.0.9.2'));
    expect(next()).toBe('10.0.9.4');
    // Not even the last one comes again.
    pool.releaseAddress(parseIp('10.0.9.4'));
    expect(next()).toBe('10.0.9.5');
    pool.releaseAddress(parseIp('10.0.9.5'));
    // An explicit request does not move the place.
    expect(take(pool, '10.0.9.6')).toBe('10.0.9.6');
    expect(next()).toBe('10.0.9.2');
    expect([next(), next()]).toEqual(['10.0.9.4', '10.0.9.5']);
    expect(next).toThrow('no available addresses on this pool');
  });

  it('explicit ones: taken, outside, network and broadcast', () => {
    const pool = space('20.10').requestPool({ subnet: parseIpPrefix('192.0.2.0/30') });
    expect(take(pool, '192.0.2.2')).toBe('192.0.2.2');
    for (const used of ['192.0.2.0', '192.0.2.2', '192.0.2.3']) {
      expect(() => take(pool, used)).toThrow(new DockerError('forbidden', 'Address already in use'));
    }
    expect(() => take(pool, '192.0.2.4')).toThrow('Requested address is out of range');
    expect(take(pool)).toBe('192.0.2.1');
    expect(() => take(pool)).toThrow('no available addresses on this pool');
  });

  it('a /31 and a /32 have addresses from 23.0', () => {
    const at = (release: string, subnet: string): AddressPool =>
      space(release).requestPool({ subnet: parseIpPrefix(subnet) });
    expect(() => take(at('20.10', '192.0.2.4/31'))).toThrow('no available');
    const pool = at('23.0', '192.0.2.4/31');
    expect([take(pool), take(pool)]).toEqual(['192.0.2.4', '192.0.2.5']);
    expect(take(at('23.0', '192.0.2.9/32'))).toBe('192.0.2.9');
  });

  it('IPv6: from ::1, no broadcast address', () => {
    const pool = space('20.10').requestPool({ subnet: parseIpPrefix('fd00:1::/64') });
    expect([take(pool), take(pool)]).toEqual(['fd00:1::1', 'fd00:1::2']);
    expect(take(pool, 'fd00:1::ffff:ffff:ffff:ffff')).toBe('fd00:1::ffff:ffff:ffff:ffff');
    const small = space('20.10').requestPool({ subnet: parseIpPrefix('fd00::/126') });
    expect([take(small), take(small), take(small)]).toEqual(['fd00::1', 'fd00::2', 'fd00::3']);
    expect(() => take(small)).toThrow('no available');
    expect(() => space('20.10').requestPool({ ipv6: true })).toThrow('non-overlapping IPv6 address pool');
  });

  it('no address is held twice, and none is lost', () => {
    const steps = fc.array(fc.record({ release: fc.boolean(), serial: fc.boolean(), pick: fc.nat() }), {
      maxLength: 120,
    });
    fc.assert(
      fc.property(steps, (list) => {
        const pool = space('20.10').requestPool({ subnet: parseIpPrefix('192.0.2.0/28') });
        const held: string[] = [];
        for (const { release, serial, pick } of list) {
          if (release && held.length > 0) {
            pool.releaseAddress(parseIp(held.splice(pick % held.length, 1)[0]!));
          } else if (held.length < 14) {
            const address = take(pool, null, serial);
            expect(held).not.toContain(address);
            held.push(address);
          } else {
            expect(() => take(pool, null, serial)).toThrow('no available');
          }
        }
      }),
    );
  });
});
