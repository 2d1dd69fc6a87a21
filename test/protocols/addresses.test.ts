import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatIp, ipPrefixContains, parseIp, parseIpPrefix, sameIp } from '../../protocols/ip-address.ts';
import {
  broadcastAddress,
  formatIpv4,
  maskLength,
  networkAddress,
  parseCidr,
  parseIpv4,
  prefixContains,
  prefixesOverlap,
  prefixMask,
} from '../../protocols/ipv4-address.ts';
import { formatIpv6, Ipv6Address, linkLocalFromMac, parseIpv6 } from '../../protocols/ipv6-address.ts';
import {
  formatMac,
  isBroadcastMac,
  isLinkLocalMac,
  isMulticastMac,
  macFromKey,
  macHigh16,
  macKeyOf,
  macLow32,
  parseMac,
  putIpv4MulticastMac,
} from '../../protocols/mac-address.ts';

const word = fc.integer({ min: 0, max: 0xffffffff });
// Words that are often zero or small, so that runs of zeroes come up.
const sparseWord = fc.oneof(
  fc.constant(0),
  fc.integer({ min: 0, max: 0xffff }),
  word,
  word.map((w) => (w & 0xffff0000) >>> 0),
);
const ipv6 = fc.tuple(sparseWord, sparseWord, sparseWord, sparseWord).map((w) => new Ipv6Address(...w));

describe('IPv4 addresses', () => {
  it('text and number', () => {
    expect(parseIpv4('172.17.0.2')).toBe(0xac110002);
    expect(formatIpv4(0xffffffff)).toBe('255.255.255.255');
    fc.assert(fc.property(word, (address) => parseIpv4(formatIpv4(address)) === address));
  });

  it.each(['', '1.2.3', '1.2.3.4.5', '1.2.3.256', '01.2.3.4', '1.2.3.4 ', '0x1.2.3.4', '1.2.3.-4', '::1'])(
    'refuses "%s"',
    (text) => {
      expect(() => parseIpv4(text)).toThrow('invalid IPv4 address');
    },
  );

  it('prefixes', () => {
    const prefix = parseCidr('172.18.0.5/16');
    expect(prefix).toEqual({ address: 0xac120005, length: 16 });
    expect(formatIpv4(networkAddress(prefix))).toBe('172.18.0.0');
    expect(formatIpv4(broadcastAddress(prefix))).toBe('172.18.255.255');
    expect(prefixContains(prefix, parseIpv4('172.18.77.1'))).toBe(true);
    expect(prefixContains(prefix, parseIpv4('172.19.0.5'))).toBe(false);
    expect(prefixContains(parseCidr('0.0.0.0/0'), 0xffffffff)).toBe(true);
    expect(prefixesOverlap(parseCidr('10.0.0.0/8'), parseCidr('10.1.2.0/24'))).toBe(true);
    expect(prefixesOverlap(parseCidr('10.0.0.0/16'), parseCidr('10.1.0.0/16'))).toBe(false);
    for (const text of ['1.2.3.4', '1.2.3.4/33', '1.2.3.4/', '1.2.3.4/-1', '1.2.3/24']) {
      expect(() => parseCidr(text)).toThrow(/invalid IPv4/);
    }
  });

  it('masks', () => {
    expect([0, 1, 20, 31, 32].map(prefixMask)).toEqual([0, 0x80000000, 0xfffff000, 0xfffffffe, 0xffffffff]);
    for (let length = 0; length <= 32; length++) expect(maskLength(prefixMask(length))).toBe(length);
    expect(maskLength(0xff00ff00)).toBe(-1);
  });
});

describe('IPv6 addresses', () => {
  // RFC 5952 sections 1 and 4: many spellings, one text.
  it.each([
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:0db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:db8::1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['2001:db8:0:0:0:0:2:1', '2001:db8::2:1'],
    ['2001:DB8::ABCD', '2001:db8::abcd'],
    ['0:0:0:0:0:0:0:0', '::'],
    ['0:0:0:0:0:0:0:1', '::1'],
    ['fe80:0:0:0:42:b6ff:fe5e:6d42', 'fe80::42:b6ff:fe5e:6d42'],
    ['::ffff:192.0.2.1', '::ffff:192.0.2.1'],
    ['1:0:0:0:0:0:0:0', '1::'],
  ])('%s is %s', (text, canonical) => {
    expect(formatIpv6(parseIpv6(text))).toBe(canonical);
  });

  it.each(['', ':', '1::2::3', 'fe80::1%eth0', '12345::', 'g::', '1.2.3.4', '1:2:3:4:5:6:7:8:9'])(
    'refuses "%s"',
    (text) => {
      expect(() => parseIpv6(text)).toThrow('invalid IPv6 address');
    },
  );

  it('text round trip, bytes round trip', () => {
    fc.assert(
      fc.property(ipv6, (address) => {
        const buf = new Uint8Array(20);
        address.write(buf, 3);
        expect(Ipv6Address.read(buf, 3).equals(address)).toBe(true);
        expect(address.equalsBytes(buf, 3)).toBe(true);
        expect(parseIpv6(formatIpv6(address)).equals(address)).toBe(true);
      }),
    );
  });

  it('a prefix match is a match of masked addresses', () => {
    fc.assert(
      fc.property(ipv6, ipv6, fc.integer({ min: 0, max: 128 }), (a, b, length) => {
        expect(a.matchesPrefix(b, length)).toBe(a.masked(length).equals(b.masked(length)));
        expect(a.matchesPrefix(a.masked(length), length)).toBe(true);
      }),
    );
    expect(parseIpv6('2001:db8::1').matchesPrefix(parseIpv6('2001:db8:0:0:8000::'), 64)).toBe(true);
    expect(parseIpv6('2001:db8::1').matchesPrefix(parseIpv6('2001:db8:0:0:8000::'), 65)).toBe(false);
  });

  it('kinds and derived addresses', () => {
    expect(parseIpv6('febf::1').isLinkLocal()).toBe(true);
    expect(parseIpv6('fec0::1').isLinkLocal()).toBe(false);
    expect(parseIpv6('ff05::2').isMulticast()).toBe(true);
    expect(parseIpv6('ff05::2').multicastScope()).toBe(5);
    expect(Ipv6Address.UNSPECIFIED.isUnspecified()).toBe(true);
    // RFC 4291 section 2.7.1's own example.
    expect(parseIpv6('4037::01:800:200e:8c6c').solicitedNodeGroup().toString()).toBe('ff02::1:ff0e:8c6c');
    // RFC 2464 section 4's own example.
    expect(linkLocalFromMac(parseMac('34:56:78:9a:bc:de')).toString()).toBe('fe80::3656:78ff:fe9a:bcde');
    expect(parseIpv6('fd00::ffff:ffff').plus(1).toString()).toBe('fd00::1:0:0');
  });
});

describe('addresses of either family', () => {
  it('parse, format, compare', () => {
    expect(parseIp('10.0.0.1')).toBe(0x0a000001);
    expect(formatIp(parseIp('FD00::1'))).toBe('fd00::1');
    expect(sameIp(parseIp('fd00::1'), parseIp('fd00:0::1'))).toBe(true);
    expect(sameIp(1, parseIp('::1'))).toBe(false);
    expect(() => parseIp('web')).toThrow('invalid IP address "web"');
    expect(ipPrefixContains(parseIpPrefix('fd00::/8'), parseIp('fdff::1'))).toBe(true);
    expect(ipPrefixContains(parseIpPrefix('fd00::/8'), parseIp('10.0.0.1'))).toBe(false);
  });
});

describe('MAC addresses', () => {
  it('text, key and bytes', () => {
    const mac = parseMac('02:42:AC:11:00:02');
    expect(formatMac(mac)).toBe('02:42:ac:11:00:02');
    expect(macKeyOf(mac, 0)).toBe(0x0242ac110002);
    expect(macHigh16(mac, 0) * 2 ** 32 + macLow32(mac, 0)).toBe(macKeyOf(mac, 0));
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 6, maxLength: 6 }), (bytes) => {
        expect(macFromKey(macKeyOf(bytes, 0))).toEqual(bytes);
        expect(parseMac(formatMac(bytes))).toEqual(bytes);
      }),
    );
    for (const text of [
      '',
      '02:42:ac:11:00',
      '02:42:ac:11:00:0g',
      '02:42:ac-11-00-02',
      '0242ac110002',
      '02:42:ac:11:00:02:03',
    ]) {
      expect(() => parseMac(text)).toThrow('invalid MAC address');
    }
  });

  it('kinds', () => {
    expect(isBroadcastMac(parseMac('ff:ff:ff:ff:ff:ff'))).toBe(true);
    expect(isBroadcastMac(parseMac('ff:ff:ff:ff:ff:fe'))).toBe(false);
    expect(isMulticastMac(parseMac('33:33:00:00:00:16'))).toBe(true);
    expect(isMulticastMac(parseMac('02:42:ac:11:00:02'))).toBe(false);
    expect(isLinkLocalMac(parseMac('01:80:c2:00:00:0e'))).toBe(true);
    expect(isLinkLocalMac(parseMac('01:80:c2:00:00:10'))).toBe(false);
    const group = new Uint8Array(6);
    putIpv4MulticastMac(group, 0, parseIpv4('239.129.1.2'));
    expect(formatMac(group)).toBe('01:00:5e:01:01:02');
  });
});
