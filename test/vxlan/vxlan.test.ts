import { describe, expect, it } from 'vitest';
import { VxlanRemote } from '../../core/device/vxlan/vxlan-fdb.ts';
import { Vxlan, VXLAN_OVERHEAD } from '../../core/device/vxlan/vxlan.ts';
import { vxlanConfig } from '../../core/device/vxlan/vxlan-config.ts';
import { NUD_REACHABLE } from '../../core/namespace/neighbour.ts';
import { CHECKSUM_NONE } from '../../core/packet/packet.ts';
import { IP_PMTUDISC_DO, UdpSocket } from '../../core/socket/udp-socket.ts';
import { EMSGSIZE } from '../../core/socket/errno.ts';
import { get16, get32, put16 } from '../../protocols/bytes.ts';
import { ETHERTYPE, etherType, writeEthernetHeader } from '../../protocols/ethernet.ts';
import { ICMP_TYPE, ICMP_UNREACH } from '../../protocols/icmp.ts';
import {
  IPV4_HEADER_ERROR,
  hasIpv4DontFragment,
  ipv4Destination,
  ipv4HeaderError,
  ipv4Source,
  writeIpv4Header,
} from '../../protocols/ipv4.ts';
import { isUdpChecksumValid } from '../../protocols/udp.ts';
import { OverlayLab, ip, mac, openUdp, watch, type SeenFrame } from './overlay-lab.ts';

const isVxlan = (frame: SeenFrame) =>
  etherType(frame.bytes, 0) === ETHERTYPE.IPV4 && frame.bytes[23] === 17 && get16(frame.bytes, 36) === 4789;
const sourcePort = (frame: SeenFrame) => get16(frame.bytes, 34);
const isOuterChecksumValid = ({ bytes }: SeenFrame) =>
  get16(bytes, 40) !== 0 &&
  isUdpChecksumValid(bytes, 34, bytes.length - 34, ipv4Source(bytes, 14), ipv4Destination(bytes, 14));

/** A frame as the peer's VTEP would send it, handed to the node's card. */
function injectVxlan(
  lab: OverlayLab,
  vni: number,
  innerSource: Uint8Array,
  from = '192.168.99.110',
  outerTos = 0,
  innerTos = 0,
) {
  const node = lab.nodes[0];
  const payload = new Uint8Array(4);
  const inner = 14 + 20 + 8 + payload.length;
  const packet = lab.pool.alloc(14 + 20 + 8 + 8 + inner);
  const { buf, head } = packet;
  buf.fill(0, head, packet.tail);
  writeEthernetHeader(buf, head, node.nic.mac, lab.nodes[1].nic.mac, ETHERTYPE.IPV4);
  writeIpv4Header(buf, head + 14, outerTos, 36 + inner, 1, 0, 64, 17, ip(from), node.underlayAddress);
  put16(buf, head + 34, 40000);
  put16(buf, head + 36, 4789);
  put16(buf, head + 38, 16 + inner);
  buf[head + 42] = 0x08;
  put16(buf, head + 46, vni >>> 8);
  put16(buf, head + 48, (vni & 0xff) << 8);
  const at = head + 50;
  writeEthernetHeader(buf, at, node.containerMac, innerSource, ETHERTYPE.IPV4);
  writeIpv4Header(buf, at + 14, innerTos, 32, 7, 0, 64, 17, ip('10.0.1.3'), node.containerAddress);
  put16(buf, at + 34, 5000);
  put16(buf, at + 36, 7000);
  put16(buf, at + 38, 12);
  packet.ipSummed = CHECKSUM_NONE;
  return { packet, send: () => node.nic.receiveFrame(packet) };
}

describe('two hosts on an overlay', () => {
  it('carries a datagram and its answer, with the outer headers the kernel writes', () => {
    const lab = new OverlayLab();
    const [one, two] = lab.nodes;
    const wire = watch(one.nic);
    const server = openUdp(two.container, 7000);
    const client = openUdp(one.container, 40000);
    expect(client.sendTo(Uint8Array.of(1, 2, 3), two.containerAddress, 7000)).toBe(0);
    lab.run(1);
    const got = server.receive()!;
    expect(got).toMatchObject({ source: one.containerAddress, sourcePort: 40000, ttl: 64 });
    expect([...got.data]).toEqual([1, 2, 3]);
    server.sendTo(got.data, got.source, got.sourcePort);
    lab.run(1);
    expect([...client.receive()!.data]).toEqual([1, 2, 3]);

    const tunnelled = wire.filter(isVxlan);
    expect(tunnelled.map((frame) => frame.out)).toEqual([true, false]);
    for (const frame of tunnelled) {
      const { bytes } = frame;
      expect(ipv4HeaderError(bytes, 14, bytes.length - 14)).toBe(IPV4_HEADER_ERROR.NONE);
      expect(hasIpv4DontFragment(bytes, 14)).toBe(false);
      expect(bytes[22]).toBe(64);
      expect(bytes[15]).toBe(0);
      expect(isOuterChecksumValid(frame)).toBe(true);
      expect(get32(bytes, 42)).toBe(0x08000000);
      expect(get32(bytes, 46)).toBe(0x00100100);
      expect(sourcePort(frame)).toBeGreaterThanOrEqual(32768);
      expect(sourcePort(frame)).toBeLessThan(60999);
      expect(bytes.length).toBe(14 + VXLAN_OVERHEAD + 31);
    }
    expect(lab.inFlight).toBe(0);
  });

  it('answers ARP for a known peer on the spot: none crosses the underlay', () => {
    const lab = new OverlayLab();
    const [one, two] = lab.nodes;
    const wire = watch(one.nic);
    const tunnel = watch(one.vxlan);
    openUdp(two.container, 7000);
    openUdp(one.container, 1).sendTo(Uint8Array.of(1), two.containerAddress, 7000);
    lab.run(1);
    const arp = tunnel.filter((frame) => etherType(frame.bytes, 0) === ETHERTYPE.ARP);
    expect(arp.map((frame) => [frame.out, get16(frame.bytes, 20)])).toEqual([
      [true, 1],
      [false, 2],
    ]);
    expect([...arp[1]!.bytes.subarray(6, 12)]).toEqual([...two.containerMac]);
    expect(
      wire.filter((frame) => etherType(frame.bytes, 0) === ETHERTYPE.ARP && frame.bytes.length !== 42),
    ).toEqual([]);
    expect(wire.filter((frame) => isVxlan(frame) && etherType(frame.bytes, 50) === ETHERTYPE.ARP)).toEqual(
      [],
    );
    expect(one.bridge.fdb.list().some((entry) => entry.port?.dev === one.vxlan && !entry.isLocal)).toBe(true);
  });

  it('lets ARP for an unknown address die at vxlan0', () => {
    const lab = new OverlayLab();
    const one = lab.nodes[0];
    const wire = watch(one.nic);
    openUdp(one.container, 1).sendTo(Uint8Array.of(1), ip('10.0.1.99'), 7000);
    lab.run(5);
    expect(wire).toEqual([]);
    expect(one.vxlan.l3Misses).toBe(3);
    expect(one.host.dropsOf('ARP_PROXY_MISS')).toBe(3);
    expect(lab.inFlight).toBe(0);
  });

  it('drops what goes to a MAC it does not know, counting the miss', () => {
    const lab = new OverlayLab();
    const [one, two] = lab.nodes;
    one.vxlan.removeFdb(two.containerMac, null);
    // The groups that the bridge reports when it comes up go nowhere, either.
    lab.run(2);
    const { l2Misses } = one.vxlan;
    const { txDropped } = one.vxlan.stats;
    const dropped = one.host.dropsOf('VXLAN_NO_REMOTE');
    openUdp(one.container, 1).sendTo(Uint8Array.of(1), two.containerAddress, 7000);
    lab.run(1);
    expect(one.vxlan.l2Misses).toBe(l2Misses + 1);
    expect(one.vxlan.stats.txDropped).toBe(txDropped + 1);
    expect(one.vxlan.stats.txPackets).toBe(0);
    expect(one.host.dropsOf('VXLAN_NO_REMOTE')).toBe(dropped + 1);
  });
});

describe('source ports', () => {
  it('stay with a connected socket, fragmented or not, and leave the ports out of other fragments', () => {
    const lab = new OverlayLab();
    const [one, two] = lab.nodes;
    const wire = watch(one.nic);
    openUdp(two.container, 7000);
    const connected = new UdpSocket(one.container);
    connected.connect(two.containerAddress, 7000);
    connected.send(new Uint8Array(100));
    connected.send(new Uint8Array(3000));
    lab.run(1);
    expect(new Set(wire.filter(isVxlan).map(sourcePort)).size).toBe(1);
    wire.length = 0;
    const free = openUdp(one.container, 41000);
    free.sendTo(new Uint8Array(100), two.containerAddress, 7000);
    free.sendTo(new Uint8Array(3000), two.containerAddress, 7000);
    free.sendTo(new Uint8Array(100), two.containerAddress, 7000);
    lab.run(1);
    const ports = wire.filter(isVxlan).map(sourcePort);
    expect(ports).toHaveLength(5);
    expect(ports[0]).toBe(ports[4]);
    expect(new Set(ports.slice(1, 4)).size).toBe(1);
    expect(ports[1]).not.toBe(ports[0]);
  });

  it('keep the outer checksum right whatever the size and whether or not the inner one is known', () => {
    const lab = new OverlayLab();
    const [one, two] = lab.nodes;
    const wire = watch(one.nic);
    const socket = openUdp(one.container, 41000);
    for (let size = 0; size < 200; size++) {
      socket.sendTo(
        new Uint8Array(size).map((_, i) => i * 37 + size),
        two.containerAddress,
        7000 + size,
      );
    }
    socket.sendTo(new Uint8Array(3001).fill(9), two.containerAddress, 7000);
    lab.run(1);
    const sent = wire.filter((frame) => isVxlan(frame) && frame.out);
    expect(sent.length).toBe(203);
    expect(sent.every(isOuterChecksumValid)).toBe(true);
  });
});

describe('what comes out of the tunnel', () => {
  it('is dropped with a reason: unknown VNI, own MAC, a known MAC from another VTEP, group source', () => {
    const lab = new OverlayLab();
    const [one, two] = lab.nodes;
    injectVxlan(lab, 4099, two.containerMac).send();
    injectVxlan(lab, 4097, one.vxlan.mac).send();
    injectVxlan(lab, 4097, two.containerMac, '192.168.99.7').send();
    injectVxlan(lab, 4097, mac('01:00:5e:00:00:01')).send();
    const { packet, send } = injectVxlan(lab, 4097, two.containerMac);
    packet.buf[packet.head + 42] = 0x0c;
    send();
    for (const reason of [
      'VXLAN_VNI_NOT_FOUND',
      'VXLAN_LOCAL_MAC',
      'VXLAN_ENTRY_EXISTS',
      'VXLAN_MC_SOURCE',
      'VXLAN_INVALID_HDR',
    ] as const) {
      expect([reason, one.host.dropsOf(reason)]).toEqual([reason, 1]);
    }
    expect(lab.inFlight).toBe(0);
  });

  it('teaches where a new MAC is, follows it, and forgets it after 300 s', () => {
    const lab = new OverlayLab();
    const one = lab.nodes[0];
    const stranger = mac('02:42:0a:00:01:63');
    const server = openUdp(one.container, 7000);
    const learned = () => one.vxlan.fdb.list(lab.sim.nowNs).filter((entry) => entry.state === NUD_REACHABLE);
    injectVxlan(lab, 4097, stranger).send();
    expect(server.receive()).not.toBeNull();
    expect(learned().map((entry) => entry.remotes[0]!.address)).toEqual([ip('192.168.99.110')]);
    injectVxlan(lab, 4097, stranger, '192.168.99.7').send();
    expect(learned().map((entry) => entry.remotes[0]!.address)).toEqual([ip('192.168.99.7')]);
    lab.run(299);
    expect(learned()).toHaveLength(1);
    lab.run(2);
    expect(learned()).toHaveLength(0);
  });

  it('carries congestion marks inwards, and is dropped when it cannot', () => {
    const lab = new OverlayLab();
    const [one, two] = lab.nodes;
    const server = openUdp(one.container, 7000);
    injectVxlan(lab, 4097, two.containerMac, '192.168.99.110', 3, 2).send();
    expect(server.receive()!.tos).toBe(3);
    injectVxlan(lab, 4097, two.containerMac, '192.168.99.110', 1, 2).send();
    expect(server.receive()!.tos).toBe(1);
    injectVxlan(lab, 4097, two.containerMac, '192.168.99.110', 3, 0).send();
    expect(server.receive()).toBeNull();
    expect(one.host.dropsOf('VXLAN_ECN')).toBe(1);
  });
});

describe('TOS, TTL and DF of the outer header', () => {
  it('copies ECN alone by default, all of TOS, TTL and DF when told to inherit', () => {
    for (const [config, tos, ttl, df] of [
      [{}, 2, 64, false],
      [{ tos: 'inherit', ttl: 'inherit', df: 'inherit' }, 0x2a, 33, true],
      [{ tos: 0x10, ttl: 9, df: 'set' }, 0x12, 9, true],
    ] as const) {
      const lab = new OverlayLab({ vxlan: config });
      const [one, two] = lab.nodes;
      const wire = watch(one.nic);
      const socket = openUdp(one.container, 40000);
      socket.tos = 0x2a;
      socket.ttl = 33;
      socket.sendTo(Uint8Array.of(1), two.containerAddress, 7000);
      lab.run(1);
      const { bytes } = wire.find(isVxlan)!;
      expect([bytes[15], bytes[22], hasIpv4DontFragment(bytes, 14)]).toEqual([tos, ttl, df]);
    }
  });
});

describe('sizes', () => {
  it('sends 1422 bytes whole and cuts 1423 to 1424 and the rest inside the tunnel', () => {
    const lab = new OverlayLab();
    const [one, two] = lab.nodes;
    const wire = watch(one.nic);
    const server = openUdp(two.container, 7000);
    const socket = openUdp(one.container, 40000);
    socket.sendTo(new Uint8Array(1422), two.containerAddress, 7000);
    socket.sendTo(new Uint8Array(1423), two.containerAddress, 7000);
    lab.run(1);
    expect(wire.filter(isVxlan).map((frame) => frame.bytes.length)).toEqual([1514, 1508, 91]);
    expect(server.receive()!.data.length).toBe(1422);
    expect(server.receive()!.data.length).toBe(1423);
  });

  it('tells a sender of DF packets when the underlay is too narrow, and cuts the outer packet of others', () => {
    const lab = new OverlayLab({ underlayMtu: 1400 });
    const [one, two] = lab.nodes;
    const inside = watch(one.containerDev);
    const wire = watch(one.nic);
    const server = openUdp(two.container, 7000);
    const socket = openUdp(one.container, 40000);
    socket.pmtuDiscover = IP_PMTUDISC_DO;
    socket.sendTo(new Uint8Array(1400), two.containerAddress, 7000);
    lab.run(1);
    const errors = inside.filter(
      (frame) => frame.bytes[23] === 1 && frame.bytes[34] === ICMP_TYPE.DEST_UNREACH,
    );
    expect(errors).toHaveLength(1);
    const { bytes } = errors[0]!;
    expect([bytes[35], get16(bytes, 40)]).toEqual([ICMP_UNREACH.FRAG_NEEDED, 1350]);
    expect(ipv4Source(bytes, 14)).toBe(two.containerAddress);
    expect(bytes.length).toBe(14 + 576);
    expect(socket.sendTo(new Uint8Array(1400), two.containerAddress, 7000)).toBe(EMSGSIZE);
    expect(wire.filter(isVxlan)).toEqual([]);

    const patient = openUdp(one.container, 40001);
    patient.pmtuDiscover = 0;
    one.container.ipv4.pathMtu.learn(two.containerAddress, 1450);
    patient.sendTo(new Uint8Array(1400), two.containerAddress, 7000);
    lab.run(1);
    expect(server.receive()!.data.length).toBe(1400);
    expect(
      wire.filter((frame) => frame.out && frame.bytes.length > 60).map((frame) => frame.bytes.length),
    ).toEqual([14 + 1396, 14 + 20 + 82]);
  });
});

describe('the device', () => {
  it('keeps its socket where it was made, opens it when up, and refuses a port that is taken', () => {
    const lab = new OverlayLab();
    const { host, vxlan, overlay } = lab.nodes[0];
    expect(vxlan.linkNamespace).toBe(host.initNamespace);
    expect(vxlan.linkIfindex).toBe(vxlan.ifindex);
    expect(host.initNamespace.sockets.udp.isPortInUse(4789)).toBe(true);
    overlay.ipv4.setDown(vxlan);
    expect(host.initNamespace.sockets.udp.isPortInUse(4789)).toBe(false);
    openUdp(host.initNamespace, 4789);
    expect(() => overlay.ipv4.setUp(vxlan)).toThrow('Address already in use');
    expect(vxlan.isUp).toBe(false);
    expect(Vxlan.inUse(host.initNamespace, 4097, 4789)).toBe(vxlan);
    expect(Vxlan.inUse(overlay, 4097, 4789)).toBeUndefined();
  });

  it('sends to its default remote and to every remote of a group MAC', () => {
    const lab = new OverlayLab({ vxlan: { proxy: false } });
    const [one, two] = lab.nodes;
    one.container.ipv4.arp.flush(one.containerDev);
    one.vxlan.changeFdb('append', new Uint8Array(6), new VxlanRemote(two.underlayAddress, 0, -1, ''));
    one.vxlan.changeFdb('append', new Uint8Array(6), new VxlanRemote(ip('192.168.99.7'), 0, -1, ''));
    two.vxlan.changeFdb('add', new Uint8Array(6), new VxlanRemote(one.underlayAddress, 0, -1, ''));
    const tunnel = watch(one.nic);
    const server = openUdp(two.container, 7000);
    openUdp(one.container, 1).sendTo(Uint8Array.of(1), two.containerAddress, 7000);
    lab.run(1);
    expect(server.receive()).not.toBeNull();
    expect(
      tunnel.filter((frame) => isVxlan(frame) && frame.out && etherType(frame.bytes, 50) === ETHERTYPE.ARP),
    ).toHaveLength(1);
    expect(one.nic.arpTable.get(ip('192.168.99.7'))).toBeDefined();
  });

  it('refuses what cannot be', () => {
    const lab = new OverlayLab();
    const { vxlan } = lab.nodes[0];
    const remote = () => new VxlanRemote(ip('192.168.99.1'), 0, -1, '');
    vxlan.changeFdb('add', mac('02:00:00:00:00:09'), remote());
    expect(() => vxlan.changeFdb('add', mac('02:00:00:00:00:09'), remote())).toThrow('File exists');
    expect(vxlan.removeFdb(mac('02:00:00:00:00:0a'), null)).toBe(false);
    expect(() => vxlanConfig({ vni: 1 << 24 })).toThrow('Numerical result out of range');
    expect(() => vxlanConfig({ vni: 1, remote: ip('239.1.1.1') })).toThrow('not modelled');
  });
});
