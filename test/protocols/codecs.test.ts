import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { get16, put16 } from '../../protocols/bytes.ts';
import { checksum, checksumAdd, checksumFold } from '../../protocols/checksum.ts';
import {
  espCiphertextLength,
  espNextHeader,
  espPacketLength,
  espPadLength,
  espPayloadLength,
  writeEspTrailer,
} from '../../protocols/esp.ts';
import { IGMP_TYPE, IGMPV3_RECORD_TYPE, writeIgmp, writeIgmpv3Report } from '../../protocols/igmp.ts';
import {
  decreaseIpv4Ttl,
  IPV4,
  IPV4_HEADER_ERROR,
  IPV4_OPTIONS_START,
  ipv4HeaderError,
  ipv4OptionLength,
  nextIpv4Option,
  PROTO,
  setIpv4Checksum,
  writeIpv4Header,
} from '../../protocols/ipv4.ts';
import {
  findIpv6FragmentHeader,
  walkedOffset,
  walkedProtocol,
  walkIpv6Headers,
  writeIpv6FragmentHeader,
  writeIpv6Header,
} from '../../protocols/ipv6.ts';
import { Ipv6Address } from '../../protocols/ipv6-address.ts';
import { areNdOptionsValid, findNdOption } from '../../protocols/neighbour-discovery.ts';
import {
  isUdpChecksumValid,
  isUdpChecksumValid6,
  setUdpChecksum,
  setUdpChecksum6,
  UDP,
  udpLength,
  writeUdpHeader,
} from '../../protocols/udp.ts';
import { hasVlanTag, popVlanTag, pushVlanTag, vlanId, vlanPriority } from '../../protocols/vlan.ts';
import { hasUnknownVxlanBits, vxlanVni, writeVxlanHeader } from '../../protocols/vxlan.ts';

const bytes = (max: number) => fc.uint8Array({ maxLength: max });

describe('Internet checksum', () => {
  it('RFC 1071 section 3: the sum of 00 01 f2 03 f4 f5 f6 f7 is ddf2', () => {
    const data = Uint8Array.of(0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7);
    expect(checksumFold(checksumAdd(0, data, 0, 8))).toBe(0xddf2);
    expect(checksum(data, 0, 8)).toBe(0x220d);
  });
});

describe('IPv4', () => {
  it('lowering the TTL keeps the checksum right', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 255 }), fc.nat(0xffff), fc.nat(0xffffffff), (ttl, id, source) => {
        const buf = new Uint8Array(24);
        writeIpv4Header(buf, 2, 0, 20, id, 0x4000, ttl, PROTO.UDP, source, 0x0a000001);
        expect(decreaseIpv4Ttl(buf, 2)).toBe(ttl - 1);
        expect(buf[2 + IPV4.TTL]).toBe(ttl - 1);
        expect(ipv4HeaderError(buf, 2, 20)).toBe(IPV4_HEADER_ERROR.NONE);
      }),
    );
  });

  it('names what is wrong with a header', () => {
    const good = new Uint8Array(28);
    writeIpv4Header(good, 0, 0, 28, 1, 0, 64, PROTO.UDP, 1, 2);
    const broken = (change: (buf: Uint8Array) => void, length = 28): number => {
      const buf = Uint8Array.from(good);
      change(buf);
      return ipv4HeaderError(buf, 0, length);
    };
    const { HEADER, CHECKSUM, TRUNCATED, NONE } = IPV4_HEADER_ERROR;
    expect(broken(() => {})).toBe(NONE);
    expect(broken(() => {}, 19)).toBe(HEADER);
    expect(broken((buf) => (buf[0] = 0x65))).toBe(HEADER);
    expect(broken((buf) => (buf[0] = 0x44))).toBe(HEADER);
    expect(broken((buf) => (buf[0] = 0x4f))).toBe(HEADER);
    expect(broken((buf) => (buf[8] = 63))).toBe(CHECKSUM);
    expect(broken(() => {}, 27)).toBe(TRUNCATED);
    expect(broken((buf) => (put16(buf, 2, 19), setIpv4Checksum(buf, 0)))).toBe(HEADER);
  });

  it('walks options, and stops at malformed ones', () => {
    const walk = (options: number[]): number[] => {
      const buf = new Uint8Array(20 + options.length);
      buf[0] = 0x40 | (buf.length >>> 2);
      buf.set(options, 20);
      const found: number[] = [];
      let at = nextIpv4Option(buf, 0, IPV4_OPTIONS_START);
      while (at > 0) {
        found.push(buf[at]!);
        at = nextIpv4Option(buf, 0, at + ipv4OptionLength(buf, 0, at));
      }
      return at < 0 ? [...found, -1] : found;
    };
    expect(walk([148, 4, 0, 0])).toEqual([148]);
    expect(walk([1, 7, 3, 4, 1, 148, 4, 0, 0, 0, 0, 0])).toEqual([7, 148]);
    expect(walk([148, 4, 0, 0, 7, 1, 0, 0])).toEqual([148, -1]);
    expect(walk([7, 9, 0, 0])).toEqual([-1]);
    expect(walk([1, 1, 1, 7])).toEqual([-1]);
  });
});

describe('UDP', () => {
  it('a computed checksum of zero is sent as ffff, and zero is accepted over IPv4 only', () => {
    const buf = new Uint8Array(48);
    writeUdpHeader(buf, 40, 0, 0, 8);
    // Source chosen so that pseudo-header and header add up to ffff.
    const source = 0xffff - PROTO.UDP - 8 - 8;
    setUdpChecksum(buf, 40, 8, source, 0);
    expect(get16(buf, 40 + UDP.CHECKSUM)).toBe(0xffff);
    expect(isUdpChecksumValid(buf, 40, 8, source, 0)).toBe(true);
    put16(buf, 40 + UDP.CHECKSUM, 0);
    expect(isUdpChecksumValid(buf, 40, 8, source, 0)).toBe(true);
    expect(isUdpChecksumValid6(buf, 40, 8, 8, 24)).toBe(false);
  });

  it('every single-byte change breaks the checksum', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 40 }),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (data, where, flip) => {
          const buf = new Uint8Array(32 + 8 + data.length);
          const length = 8 + data.length;
          buf.set(data, 40);
          writeUdpHeader(buf, 32, 1234, 53, length);
          setUdpChecksum6(buf, 32, length, 0, 16);
          expect(isUdpChecksumValid6(buf, 32, length, 0, 16)).toBe(true);
          // 00 and ff in a word of their own are both zero in one's complement: flip within a byte that is neither.
          const at = 40 + (where % data.length);
          const before = get16(buf, at & ~1);
          buf[at] = buf[at]! ^ flip;
          const after = get16(buf, at & ~1);
          fc.pre(!((before === 0 && after === 0xffff) || (before === 0xffff && after === 0)));
          expect(isUdpChecksumValid6(buf, 32, length, 0, 16)).toBe(false);
        },
      ),
    );
  });

  it('checks the length it states', () => {
    const buf = new Uint8Array(12);
    writeUdpHeader(buf, 0, 1, 2, 12);
    expect([7, 8, 11, 12, 20].map((available) => udpLength(buf, 0, available))).toEqual([-1, -1, -1, 12, 12]);
    writeUdpHeader(buf, 0, 1, 2, 7);
    expect(udpLength(buf, 0, 12)).toBe(-1);
  });
});

describe('VLAN tags', () => {
  it('a pushed tag is popped again', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 14, maxLength: 64 }),
        fc.nat(4095),
        fc.nat(7),
        (frame, vid, priority) => {
          const buf = new Uint8Array(frame.length + 8);
          buf.set(frame, 8);
          const tagged = pushVlanTag(buf, 8, vid, priority);
          expect(hasVlanTag(buf, tagged, frame.length + 4)).toBe(true);
          expect([tagged, vlanId(buf, tagged), vlanPriority(buf, tagged)]).toEqual([4, vid, priority]);
          const plain = popVlanTag(buf, tagged);
          expect(buf.subarray(plain, plain + frame.length)).toEqual(frame);
        },
      ),
    );
  });
});

describe('IPv6 extension headers', () => {
  /** A packet of hop-by-hop (16 bytes), fragment and UDP headers. */
  function fragmentPacket(fragmentOffset: number): Uint8Array {
    const buf = new Uint8Array(40 + 16 + 8 + 8);
    writeIpv6Header(
      buf,
      0,
      0,
      0,
      buf.length - 40,
      PROTO.HOPOPTS,
      64,
      Ipv6Address.LOOPBACK,
      Ipv6Address.LOOPBACK,
    );
    buf[40] = PROTO.FRAGMENT;
    buf[41] = 1;
    writeIpv6FragmentHeader(buf, 56, PROTO.UDP, fragmentOffset, true, 0xdeadbeef);
    return buf;
  }

  it('are walked to the upper layer, but not past a later fragment', () => {
    const first = fragmentPacket(0);
    const walk = walkIpv6Headers(first, 0, first.length);
    expect([walkedProtocol(walk), walkedOffset(walk)]).toEqual([PROTO.UDP, 64]);
    expect(findIpv6FragmentHeader(first, 0, first.length)).toBe(56);
    const later = fragmentPacket(1232);
    const stopped = walkIpv6Headers(later, 0, later.length);
    expect([walkedProtocol(stopped), walkedOffset(stopped)]).toEqual([PROTO.FRAGMENT, 56]);
    expect(walkIpv6Headers(first, 0, 55)).toBe(-1);
  });
});

describe('ESP arithmetic', () => {
  it.each([
    // inner packet length, pad, ciphertext, ESP packet: RFC 4303 section 2.4 with 4-byte alignment, ICV 8.
    [28, 0, 60, 84],
    [84, 0, 116, 140],
    [1423, 1, 1456, 1480],
    [1424, 0, 1456, 1480],
    [1425, 3, 1460, 1484],
    [1450, 2, 1484, 1508],
  ])('of an inner packet of %i bytes', (inner, pad, ciphertext, packet) => {
    const payload = inner + 30;
    expect([espPadLength(payload), espCiphertextLength(payload), espPacketLength(payload, 8)]).toEqual([
      pad,
      ciphertext,
      packet,
    ]);
  });

  it('a trailer that was written is read back', () => {
    fc.assert(
      fc.property(fc.nat(300), fc.nat(255), (payloadLength, nextHeader) => {
        const buf = new Uint8Array(payloadLength + 8);
        const length = payloadLength + writeEspTrailer(buf, payloadLength, payloadLength, nextHeader);
        expect(length).toBe(espCiphertextLength(payloadLength));
        expect(espPayloadLength(buf, 0, length)).toBe(payloadLength);
        expect(espNextHeader(buf, 0, length)).toBe(nextHeader);
      }),
    );
    expect(espPayloadLength(Uint8Array.of(9, 17), 0, 2)).toBe(-1);
  });
});

describe('VXLAN and IGMP', () => {
  it('VNI', () => {
    const buf = new Uint8Array(8);
    writeVxlanHeader(buf, 0, 0xfffffe);
    expect(vxlanVni(buf, 0, 8)).toBe(0xfffffe);
    expect(vxlanVni(buf, 0, 7)).toBe(-1);
    buf[7] = 1;
    expect(hasUnknownVxlanBits(buf, 0)).toBe(true);
    buf[0] = 0;
    expect(vxlanVni(buf, 0, 8)).toBe(-1);
  });

  it('reports carry a valid checksum', () => {
    const buf = new Uint8Array(40);
    writeIgmp(buf, 0, IGMP_TYPE.V2_MEMBERSHIP_REPORT, 0xe0000001);
    expect(checksum(buf, 0, 8)).toBe(0);
    const length = writeIgmpv3Report(buf, 0, [0xe0000005, 0xe0000006], IGMPV3_RECORD_TYPE.CHANGE_TO_EXCLUDE);
    expect(length).toBe(24);
    expect(checksum(buf, 0, length)).toBe(0);
  });
});

describe('hostile bytes', () => {
  it('do not make readers throw, hang or read on', () => {
    fc.assert(
      fc.property(bytes(120), (data) => {
        ipv4HeaderError(data, 0, data.length);
        if (data.length >= 40) {
          const walk = walkIpv6Headers(data, 0, data.length);
          if (walk !== -1) expect(walkedOffset(walk)).toBeLessThanOrEqual(data.length);
          findIpv6FragmentHeader(data, 0, data.length);
        }
        const found = findNdOption(data, 0, data.length, 1);
        if (found !== -1) expect(found + 8).toBeLessThanOrEqual(data.length);
        areNdOptionsValid(data, 0, data.length);
        vxlanVni(data, 0, data.length);
        udpLength(data, 0, data.length);
        espPayloadLength(data, 0, data.length);
      }),
      { numRuns: 2000 },
    );
  });
});
