import { describe, expect, it } from 'vitest';
import { parseEngineRelease } from '../../drivers/engine-release.ts';
import { AddressSpace } from '../../drivers/ipam/address-space.ts';
import { consolidateIpamOptions, type IpamOptions } from '../../drivers/ipam/consolidate-options.ts';
import { NetworkIpam, type AddressLease, type IpamConfig } from '../../drivers/ipam/network-ipam.ts';
import { formatIp, parseIp, parseIpPrefix } from '../../protocols/ip-address.ts';

const NAMES = { networkName: 'netr', networkId: 'f'.repeat(64) };
const space = (release = '20.10'): AddressSpace => new AddressSpace('local', parseEngineRelease(release));

function network(configs: readonly IpamConfig[], from = space()): NetworkIpam {
  return new NetworkIpam(from, configs, NAMES);
}

function lease(ipam: NetworkIpam, preferred: string | null = null): AddressLease {
  return ipam.requestAddress(4, preferred === null ? null : parseIp(preferred))!;
}

const text = (each: AddressLease): string => formatIp(each.address);

describe('a network as recorded from Docker 20.10', () => {
  // docker network create --subnet 172.28.0.0/16 --gateway 172.28.5.254 --ip-range 172.28.5.0/24
  //   --aux-address a=172.28.5.1 --aux-address b=172.28.5.3 netr
  const config: IpamConfig = {
    subnet: parseIpPrefix('172.28.0.0/16'),
    ipRange: parseIpPrefix('172.28.5.0/24'),
    gateway: parseIp('172.28.5.254'),
    auxAddresses: new Map([
      ['a', parseIp('172.28.5.1')],
      ['b', parseIp('172.28.5.3')],
    ]),
  };

  it('hands out .5.0, .2, .4, .5, and freed addresses again', () => {
    const ipam = network([config]);
    const leases = [1, 2, 3, 4].map(() => lease(ipam));
    expect(leases.map(text)).toEqual(['172.28.5.0', '172.28.5.2', '172.28.5.4', '172.28.5.5']);
    expect(leases[0]!.prefixLength).toBe(16);
    ipam.releaseAddress(leases[1]!);
    expect(text(lease(ipam))).toBe('172.28.5.2');
    ipam.releaseAddress(leases[3]!);
    expect([text(lease(ipam)), text(lease(ipam))]).toEqual(['172.28.5.5', '172.28.5.6']);
    expect(text(lease(ipam, '172.28.9.9'))).toBe('172.28.9.9');
    expect(() => lease(ipam, '172.28.5.2')).toThrow('Address already in use');
    expect(() => lease(ipam, '10.1.1.1')).toThrow(
      "Invalid address 10.1.1.1: It does not belong to any of this network's subnets",
    );
    expect(text(lease(ipam))).toBe('172.28.5.7');
  });

  it('without a gateway of its own the range gives it', () => {
    const { gateway: _, auxAddresses: __, ...rest } = config;
    const ipam = network([rest]);
    expect(formatIp(ipam.subnets[0]!.gateway!)).toBe('172.28.5.0');
    expect(text(lease(ipam))).toBe('172.28.5.1');
  });
});

describe('subnets of a network', () => {
  it('the next one is used when the first is full', () => {
    const ipam = network([
      { subnet: parseIpPrefix('192.0.2.0/30') },
      { subnet: parseIpPrefix('198.51.100.0/29') },
      { subnet: parseIpPrefix('fd00::/64') },
    ]);
    expect(ipam.subnets.map(({ gateway }) => formatIp(gateway!))).toEqual([
      '192.0.2.1',
      '198.51.100.1',
      'fd00::1',
    ]);
    const leases = Array.from({ length: 6 }, () => lease(ipam));
    expect(leases.map(text)).toEqual([
      '192.0.2.2',
      '198.51.100.2',
      '198.51.100.3',
      '198.51.100.4',
      '198.51.100.5',
      '198.51.100.6',
    ]);
    expect(() => lease(ipam)).toThrow(
      `no available IPv4 addresses on this network's address pools: netr (${NAMES.networkId})`,
    );
    expect(formatIp(ipam.requestAddress(6)!.address)).toBe('fd00::2');
    expect(network([{}]).requestAddress(6)).toBeNull();
  });

  it('a failure gives back what was taken', () => {
    const from = space();
    const bad: IpamConfig = { subnet: parseIpPrefix('198.51.100.0/24'), gateway: parseIp('198.51.100.0') };
    expect(() => network([{ subnet: parseIpPrefix('192.0.2.0/24') }, bad], from)).toThrow(
      'failed to allocate gateway (198.51.100.0): Address already in use',
    );
    const aux: IpamConfig = {
      subnet: parseIpPrefix('198.51.100.0/24'),
      auxAddresses: new Map([['x', parseIp('10.0.0.1')]]),
    };
    expect(() => network([aux], from)).toThrow(
      'auxilairy address: (x:10.0.0.1) must belong to the master pool: 198.51.100.0/24',
    );
    const both = network(
      [{ subnet: parseIpPrefix('192.0.2.0/24') }, { subnet: parseIpPrefix('198.51.100.0/24') }],
      from,
    );
    both.release();
    expect(formatIp(network([{ subnet: parseIpPrefix('192.0.2.0/24') }], from).subnets[0]!.gateway!)).toBe(
      '192.0.2.1',
    );
  });

  it('a swarm network allocates serially', () => {
    const ipam = new NetworkIpam(new AddressSpace('global'), [{}], { ...NAMES, serial: true });
    const first = lease(ipam);
    expect([text(first), text(lease(ipam))]).toEqual(['10.0.0.2', '10.0.0.3']);
    ipam.releaseAddress(first);
    expect(text(lease(ipam))).toBe('10.0.0.4');
  });
});

describe('--ip before it is allocated', () => {
  const check = (release: string, configs: readonly IpamConfig[], address: string) => (): void =>
    network(configs, space(release)).checkPreferredAddress(parseIp(address));
  const named: IpamConfig[] = [{ subnet: parseIpPrefix('172.28.0.0/16') }];

  it('needs a subnet that the user named, up to 28', () => {
    const text =
      'user specified IP address is supported only when connecting to networks with user configured subnets';
    expect(check('20.10', [{}], '172.17.0.77')).toThrow(text);
    expect(check('28.5', [{}], '172.17.0.77')).toThrow(text);
    expect(check('29.0', [{}], '172.17.0.77')).not.toThrow();
    expect(check('20.10', named, '172.28.9.9')).not.toThrow();
  });

  it('lies in a subnet', () => {
    expect(check('20.10', named, '10.1.1.1')).not.toThrow();
    expect(check('25.0', named, '10.1.1.1')).toThrow(
      'no configured subnet or ip-range contain the IP address 10.1.1.1',
    );
    expect(check('29.0', named, '10.1.1.1')).toThrow(
      'invalid endpoint settings:\nno configured subnet contains IP address 10.1.1.1',
    );
  });
});

describe('options of network create', () => {
  const consolidate = (
    given: Partial<Record<'subnets' | 'ipRanges' | 'gateways' | 'aux', string[]>>,
  ): IpamConfig[] => {
    const options: IpamOptions = {
      subnets: (given.subnets ?? []).map(parseIpPrefix),
      ipRanges: (given.ipRanges ?? []).map(parseIpPrefix),
      gateways: (given.gateways ?? []).map(parseIp),
      auxAddresses: new Map((given.aux ?? []).map((each, i) => [`x${i}`, parseIp(each)])),
    };
    return consolidateIpamOptions(options);
  };

  it('go to the subnet they lie in', () => {
    const [first, second] = consolidate({
      subnets: ['10.1.0.0/16', 'fd00::/64'],
      gateways: ['fd00::9', '10.1.0.9'],
      ipRanges: ['10.1.2.0/24'],
      aux: ['10.1.0.1'],
    });
    expect(formatIp(first!.gateway!)).toBe('10.1.0.9');
    expect(formatIp(second!.gateway!)).toBe('fd00::9');
    expect([first!.ipRange, second!.ipRange]).toEqual([parseIpPrefix('10.1.2.0/24'), undefined]);
    expect(first!.auxAddresses!.get('x0')).toBe(parseIp('10.1.0.1'));
  });

  it.each([
    [{ gateways: ['10.1.0.1'] }, 'every ip-range or gateway must have a corresponding subnet'],
    [
      { subnets: ['10.1.0.0/16', '10.1.2.0/24'] },
      'multiple overlapping subnet configuration is not supported',
    ],
    [{ subnets: ['10.1.0.0/16'], ipRanges: ['10.2.0.0/24'] }, 'no matching subnet for range 10.2.0.0/24'],
    [{ subnets: ['10.1.0.0/16'], gateways: ['10.2.0.1'] }, 'no matching subnet for gateway 10.2.0.1'],
    [{ subnets: ['10.1.0.0/16'], aux: ['10.2.0.1'] }, 'no matching subnet for aux-address 10.2.0.1'],
    [
      { subnets: ['10.1.0.0/16', '10.2.0.0/16'], gateways: ['10.1.0.1', '10.1.0.2'] },
      'cannot configure multiple gateways (10.1.0.2, 10.1.0.1) for the same subnet (10.1.0.0/16)',
    ],
  ])('%o is refused', (given, message) => {
    expect(() => consolidate(given)).toThrow(message);
  });
});
