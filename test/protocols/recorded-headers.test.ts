import { describe, expect, it } from 'vitest';
import {
  ARP,
  ARP_LENGTH,
  isEthernetIpv4Arp,
  arpOperation,
  arpSenderAddress,
  arpTargetAddress,
  writeArp,
} from '../../protocols/arp.ts';
import { get16, get32 } from '../../protocols/bytes.ts';
import { espPacketLength, espSequence } from '../../protocols/esp.ts';
import {
  ETHERNET,
  ETHERNET_HEADER_LENGTH,
  ETHERTYPE,
  etherType,
  writeEthernetHeader,
} from '../../protocols/ethernet.ts';
import {
  ICMP,
  ICMP_TYPE,
  isIcmpChecksumValid,
  isIcmpError,
  writeIcmpEcho,
  writeIcmpError,
} from '../../protocols/icmp.ts';
import { ICMPV6_TYPE, isIcmpv6ChecksumValid, setIcmpv6Checksum } from '../../protocols/icmpv6.ts';
import {
  IPV4,
  IPV4_HEADER_ERROR,
  ipv4Destination,
  ipv4HeaderError,
  ipv4HeaderLength,
  ipv4Source,
  ipv4TotalLength,
  PROTO,
  writeIpv4Header,
} from '../../protocols/ipv4.ts';
import {
  IPV6,
  IPV6_HEADER_LENGTH,
  ipv6FlowLabel,
  ipv6PayloadLength,
  ipv6TrafficClass,
  isIpv6HeaderValid,
  walkedOffset,
  walkedProtocol,
  walkIpv6Headers,
  writeIpv6Header,
} from '../../protocols/ipv6.ts';
import { Ipv6Address, linkLocalFromMac } from '../../protocols/ipv6-address.ts';
import {
  MLDV2_RECORD_TYPE,
  MLDV2_REPORT,
  MLDV2_RECORD,
  MLDV2_RECORD_LENGTH,
  writeMldHopByHop,
  writeMldv2Report,
} from '../../protocols/mldv2.ts';
import {
  areNdOptionsValid,
  findNdOption,
  ND_NEIGHBOUR,
  ND_OPTION,
  writeNeighbourSolicitation,
  writeRouterSolicitation,
} from '../../protocols/neighbour-discovery.ts';
import {
  isUdpChecksumValid,
  setUdpChecksum,
  UDP,
  UDP_HEADER_LENGTH,
  udpLength,
  writeUdpHeader,
} from '../../protocols/udp.ts';
import {
  hasUnknownVxlanBits,
  VXLAN_HEADER_LENGTH,
  vxlanVni,
  writeVxlanHeader,
} from '../../protocols/vxlan.ts';
import { recordedFrames } from './recorded-frames.ts';

const L3 = ETHERNET_HEADER_LENGTH;

function framesOf(name: string, type: number): Uint8Array[] {
  return recordedFrames(name).filter((frame) => etherType(frame, 0) === type);
}

/** The frame with its Ethernet header written anew over zeroes, the rest kept. */
function rewrittenEthernet(frame: Uint8Array): Uint8Array {
  const out = Uint8Array.from(frame).fill(0, 0, L3);
  writeEthernetHeader(
    out,
    0,
    frame.slice(ETHERNET.DESTINATION, 6),
    frame.slice(ETHERNET.SOURCE, 12),
    etherType(frame, 0),
  );
  return out;
}

function rewriteIpv4(out: Uint8Array, frame: Uint8Array): void {
  out.fill(0, L3, L3 + 20);
  writeIpv4Header(
    out,
    L3,
    frame[L3 + IPV4.TOS]!,
    ipv4TotalLength(frame, L3),
    get16(frame, L3 + IPV4.ID),
    get16(frame, L3 + IPV4.FLAGS_FRAGMENT),
    frame[L3 + IPV4.TTL]!,
    frame[L3 + IPV4.PROTOCOL]!,
    ipv4Source(frame, L3),
    ipv4Destination(frame, L3),
  );
}

describe('headers written anew equal those that a Linux kernel wrote', () => {
  it.each(['dns-a1-eth0', 'icmperr-docker0'])('Ethernet and ARP in %s', (name) => {
    const frames = framesOf(name, ETHERTYPE.ARP);
    expect(frames.length).toBeGreaterThan(0);
    for (const frame of frames) {
      expect(isEthernetIpv4Arp(frame, L3, frame.length - L3)).toBe(true);
      const out = rewrittenEthernet(frame);
      out.fill(0xaa, L3, L3 + ARP_LENGTH);
      const targetMac = frame.slice(L3 + ARP.THA, L3 + ARP.THA + 6);
      const isRequest = arpOperation(frame, L3) === 1;
      const isUnknown = isRequest && targetMac.every((byte) => byte === 0);
      const senderMac = frame.slice(L3 + ARP.SHA, L3 + ARP.SHA + 6);
      writeArp(
        out,
        L3,
        arpOperation(frame, L3),
        senderMac,
        arpSenderAddress(frame, L3),
        isUnknown ? null : targetMac,
        arpTargetAddress(frame, L3),
      );
      expect(out).toEqual(frame);
    }
  });

  it.each([
    'dns-a1-eth0',
    'dns-a1-lo',
    'vxlan-host1-eth0',
    'esp-host1-eth0',
    'icmperr-docker0',
    'basic-host-eth0',
  ])('IPv4 in %s', (name) => {
    const frames = framesOf(name, ETHERTYPE.IPV4);
    expect(frames.length).toBeGreaterThan(0);
    for (const frame of frames) {
      expect(ipv4HeaderError(frame, L3, frame.length - L3)).toBe(IPV4_HEADER_ERROR.NONE);
      expect(ipv4HeaderLength(frame, L3)).toBe(20);
      const out = Uint8Array.from(frame);
      rewriteIpv4(out, frame);
      expect(out).toEqual(frame);
    }
  });

  it.each(['dns-a1-eth0', 'vxlan-host1-eth0', 'basic-host-eth0'])('UDP in %s', (name) => {
    const frames = framesOf(name, ETHERTYPE.IPV4).filter((frame) => frame[L3 + IPV4.PROTOCOL] === PROTO.UDP);
    expect(frames.length).toBeGreaterThan(0);
    for (const frame of frames) {
      const at = L3 + 20;
      const length = udpLength(frame, at, ipv4TotalLength(frame, L3) - 20);
      const [source, destination] = [ipv4Source(frame, L3), ipv4Destination(frame, L3)];
      expect(isUdpChecksumValid(frame, at, length, source, destination)).toBe(true);
      const out = Uint8Array.from(frame).fill(0xaa, at, at + UDP_HEADER_LENGTH);
      writeUdpHeader(
        out,
        at,
        get16(frame, at + UDP.SOURCE_PORT),
        get16(frame, at + UDP.DESTINATION_PORT),
        length,
      );
      setUdpChecksum(out, at, length, source, destination);
      expect(out).toEqual(frame);
    }
  });

  it.each(['dns-a1-eth0', 'icmperr-docker0'])('ICMP in %s', (name) => {
    const frames = framesOf(name, ETHERTYPE.IPV4).filter((frame) => frame[L3 + IPV4.PROTOCOL] === PROTO.ICMP);
    expect(frames.length).toBeGreaterThan(0);
    for (const frame of frames) {
      const at = L3 + 20;
      const length = ipv4TotalLength(frame, L3) - 20;
      expect(isIcmpChecksumValid(frame, at, length)).toBe(true);
      const out = Uint8Array.from(frame).fill(0xaa, at, at + 8);
      const type = frame[at]!;
      if (isIcmpError(type))
        writeIcmpError(out, at, length, type, frame[at + 1]!, get32(frame, at + ICMP.REST));
      else writeIcmpEcho(out, at, length, type, get16(frame, at + ICMP.ID), get16(frame, at + ICMP.SEQUENCE));
      expect(out).toEqual(frame);
    }
  });

  it('holds ICMP errors as well as echoes', () => {
    const types = framesOf('icmperr-docker0', ETHERTYPE.IPV4).map((frame) => frame[L3 + 20]);
    expect(types).toContain(ICMP_TYPE.TIME_EXCEEDED);
    expect(types).toContain(ICMP_TYPE.DEST_UNREACH);
    expect(types).toContain(ICMP_TYPE.ECHO);
  });

  it('VXLAN, with the VNI of the first overlay network', () => {
    const frames = framesOf('vxlan-host1-eth0', ETHERTYPE.IPV4);
    for (const frame of frames) {
      const at = L3 + 28;
      expect(vxlanVni(frame, at, frame.length - at)).toBe(4097);
      expect(hasUnknownVxlanBits(frame, at)).toBe(false);
      const out = Uint8Array.from(frame).fill(0xaa, at, at + VXLAN_HEADER_LENGTH);
      writeVxlanHeader(out, at, 4097);
      expect(out).toEqual(frame);
    }
  });

  it('ESP lengths follow from the frames that went into the tunnel', () => {
    const espLengths = framesOf('esp-host1-eth0', ETHERTYPE.IPV4)
      .filter((frame) => frame[L3 + IPV4.PROTOCOL] === PROTO.ESP)
      .map((frame) => ipv4TotalLength(frame, L3) - 20);
    const inner = recordedFrames('esp-host1-vxlan0').filter(
      (frame) => etherType(frame, 0) === ETHERTYPE.IPV4,
    );
    expect(espLengths.length).toBeGreaterThan(0);
    expect(espLengths).toEqual(inner.map((frame) => espPacketLength(frame.length + 16, 8)));
  });

  it('ESP sequence numbers rise by one a packet and direction', () => {
    const bySource = new Map<number, number[]>();
    for (const frame of framesOf('esp-host1-eth0', ETHERTYPE.IPV4)) {
      if (frame[L3 + IPV4.PROTOCOL] !== PROTO.ESP) continue;
      const source = ipv4Source(frame, L3);
      bySource.set(source, [...(bySource.get(source) ?? []), espSequence(frame, L3 + 20)]);
    }
    expect(bySource.size).toBe(2);
    for (const numbers of bySource.values()) expect(numbers).toEqual(numbers.map((_, i) => numbers[0]! + i));
  });
});

describe('IPv6 messages written anew equal those that a Linux kernel wrote', () => {
  const frames = [...framesOf('startup-docker0', ETHERTYPE.IPV6), ...framesOf('dns-a1-eth0', ETHERTYPE.IPV6)];

  /** Writes the fixed header, hands over to `writeMessage`, sets the checksum, and compares. */
  function expectRewritten(
    frame: Uint8Array,
    hopByHop: boolean,
    writeMessage: (out: Uint8Array, at: number) => number,
  ): void {
    const out = new Uint8Array(frame.length);
    out.set(frame.subarray(0, L3));
    const at = L3 + IPV6_HEADER_LENGTH + (hopByHop ? 8 : 0);
    const nextHeader = hopByHop ? PROTO.HOPOPTS : PROTO.ICMPV6;
    const source = Ipv6Address.read(frame, L3 + IPV6.SOURCE);
    const destination = Ipv6Address.read(frame, L3 + IPV6.DESTINATION);
    writeIpv6Header(
      out,
      L3,
      ipv6TrafficClass(frame, L3),
      ipv6FlowLabel(frame, L3),
      ipv6PayloadLength(frame, L3),
      nextHeader,
      frame[L3 + IPV6.HOP_LIMIT]!,
      source,
      destination,
    );
    if (hopByHop) writeMldHopByHop(out, L3 + IPV6_HEADER_LENGTH, PROTO.ICMPV6);
    const length = writeMessage(out, at);
    setIcmpv6Checksum(out, at, length, L3 + IPV6.SOURCE, L3 + IPV6.DESTINATION);
    expect(out).toEqual(frame);
  }

  it('every frame: header, walk, checksum, message', () => {
    const seen = new Map<number, number>();
    for (const frame of frames) {
      expect(isIpv6HeaderValid(frame, L3, frame.length - L3)).toBe(true);
      const walk = walkIpv6Headers(frame, L3, frame.length - L3);
      expect(walkedProtocol(walk)).toBe(PROTO.ICMPV6);
      const at = L3 + walkedOffset(walk);
      const length = frame.length - at;
      expect(isIcmpv6ChecksumValid(frame, at, length, L3 + IPV6.SOURCE, L3 + IPV6.DESTINATION)).toBe(true);
      const type = frame[at]!;
      seen.set(type, (seen.get(type) ?? 0) + 1);
      if (type === ICMPV6_TYPE.MLD2_REPORT) {
        const groups = readGroups(frame, at);
        expectRewritten(frame, true, (out, to) =>
          writeMldv2Report(out, to, groups, MLDV2_RECORD_TYPE.CHANGE_TO_EXCLUDE),
        );
      }
      if (type === ICMPV6_TYPE.NEIGHBOUR_SOLICITATION) {
        const options = at + ND_NEIGHBOUR.OPTIONS;
        expect(areNdOptionsValid(frame, options, frame.length)).toBe(true);
        const nonce = findNdOption(frame, options, frame.length, ND_OPTION.NONCE);
        const target = Ipv6Address.read(frame, at + ND_NEIGHBOUR.TARGET);
        expect(Ipv6Address.read(frame, L3 + IPV6.DESTINATION)).toEqual(target.solicitedNodeGroup());
        const group = new Uint8Array(6);
        target.solicitedNodeGroup().writeMulticastMac(group, 0);
        expect(frame.slice(0, 6)).toEqual(group);
        expectRewritten(frame, false, (out, to) =>
          writeNeighbourSolicitation(out, to, target, null, frame.slice(nonce + 2, nonce + 8)),
        );
      }
      if (type === ICMPV6_TYPE.ROUTER_SOLICITATION) {
        const mac = frame.slice(6, 12);
        expect(Ipv6Address.read(frame, L3 + IPV6.SOURCE)).toEqual(linkLocalFromMac(mac));
        expectRewritten(frame, false, (out, to) => writeRouterSolicitation(out, to, mac));
      }
    }
    expect([...seen.keys()].sort()).toEqual([133, 135, 143]);
  });

  function readGroups(frame: Uint8Array, at: number): Ipv6Address[] {
    const count = get16(frame, at + MLDV2_REPORT.RECORD_COUNT);
    const offset = at + MLDV2_REPORT.RECORDS + MLDV2_RECORD.ADDRESS;
    return Array.from({ length: count }, (_, i) => Ipv6Address.read(frame, offset + i * MLDV2_RECORD_LENGTH));
  }
});
