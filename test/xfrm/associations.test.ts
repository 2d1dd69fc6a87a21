import { describe, expect, it } from 'vitest';
import { CHECKSUM_NONE } from '../../core/packet/packet.ts';
import { EPERM } from '../../core/socket/errno.ts';
import { noLimits } from '../../core/xfrm/xfrm-lifetime.ts';
import { xfrmOf } from '../../core/xfrm/xfrm-of.ts';
import type { XfrmAlgorithms } from '../../core/xfrm/esp-algorithms.ts';
import { ANY_SELECTOR } from '../../core/xfrm/xfrm-selector.ts';
import type { XfrmTemplate } from '../../core/xfrm/xfrm-policy.ts';
import { get16, get32 } from '../../protocols/bytes.ts';
import { openUdp, OverlayLab, watch, type OverlayNode } from '../vxlan/overlay-lab.ts';
import { EncryptedLab, overlayAlgorithms } from './encrypted-lab.ts';

const key = (length: number) => Uint8Array.from({ length }, (_, index) => index + 1);

function plainLab(): OverlayLab {
  const lab = new OverlayLab();
  const [one, two] = lab.nodes;
  one.host.initNamespace.ipv4.arp.neighbour(one.nic, two.underlayAddress).setPermanent(two.nic.mac);
  two.host.initNamespace.ipv4.arp.neighbour(two.nic, one.underlayAddress).setPermanent(one.nic.mac);
  return lab;
}

interface PairOptions {
  algorithms: XfrmAlgorithms;
  mode?: 'transport' | 'tunnel';
  esn?: boolean;
  window?: number;
}

/** ESP from the first host to the second for everything between them, with an `in` policy there. */
function protect(lab: OverlayLab, options: PairOptions): void {
  const [one, two] = lab.nodes;
  const mode = options.mode ?? 'transport';
  const settings = {
    source: one.underlayAddress,
    destination: two.underlayAddress,
    spi: 0x1001,
    protocol: 50,
    mode,
    reqid: 7,
    replayWindow: options.window ?? 32,
    extendedSequence: options.esn === true,
    algorithms: options.algorithms,
  };
  xfrmOf(one.host.initNamespace).addAssociation(settings);
  xfrmOf(two.host.initNamespace).addAssociation(settings);
  const template: XfrmTemplate = {
    source: mode === 'tunnel' ? one.underlayAddress : 0,
    destination: mode === 'tunnel' ? two.underlayAddress : 0,
    protocol: 50,
    spi: 0,
    reqid: 7,
    mode,
    optional: false,
  };
  const selector = {
    ...ANY_SELECTOR,
    source: one.underlayAddress,
    sourceLength: 32,
    destination: two.underlayAddress,
    destinationLength: 32,
    protocol: 17,
  };
  xfrmOf(one.host.initNamespace).addPolicy({ direction: 'out', selector, templates: [template] });
  xfrmOf(two.host.initNamespace).addPolicy({ direction: 'in', selector, templates: [template] });
}

const udp = (node: OverlayNode, port: number) => openUdp(node.host.initNamespace, port);
const gcm = (bits: number, length = 20): XfrmAlgorithms => ({
  aead: { name: 'rfc4106(gcm(aes))', key: key(length), icvBits: bits },
  encryption: null,
  authentication: null,
});
const cbc = (hash: string, truncBits: number): XfrmAlgorithms => ({
  aead: null,
  encryption: { name: 'cbc(aes)', key: key(16) },
  authentication: { name: hash, key: key(32), truncBits },
});
const nul = (hash: string, truncBits: number): XfrmAlgorithms => ({
  aead: null,
  encryption: { name: 'ecb(cipher_null)', key: key(0) },
  authentication: { name: hash, key: key(32), truncBits },
});

describe.each([
  ['GCM, 8-octet ICV', gcm(64), 4, 8, 8],
  ['GCM, 12-octet ICV', gcm(96, 28), 4, 8, 12],
  ['GCM, 16-octet ICV, 256-bit key', gcm(128, 36), 4, 8, 16],
  ['CBC and SHA-1', cbc('hmac(sha1)', 96), 16, 16, 12],
  ['CBC and SHA-256-128', cbc('hmac(sha256)', 128), 16, 16, 16],
  ['NULL and SHA-256', nul('hmac(sha256)', 96), 4, 0, 12],
  ['NULL and nothing', nul('digest_null', 0), 4, 0, 0],
] as const)('%s', (_name, algorithms, block, iv, icv) => {
  it.each([
    ['transport', false, true],
    ['transport', false, false],
    ['transport', true, true],
    ['tunnel', false, true],
    ['tunnel', true, false],
  ] as const)('%s mode, ESN %s, watched %s', (mode, esn, watched) => {
    const lab = plainLab();
    protect(lab, { algorithms, mode, esn });
    const [one, two] = lab.nodes;
    const wire = watched ? watch(one.nic) : [];
    const server = udp(two, 5000);
    const client = udp(one, 5001);
    for (const size of [0, 1, 2, 3, 100, 1300]) {
      wire.length = 0;
      expect(client.sendTo(new Uint8Array(size).fill(7), two.underlayAddress, 5000)).toBe(0);
      lab.run(0.01);
      const got = server.receive()!;
      expect([...new Set(got.data)]).toEqual(size === 0 ? [] : [7]);
      expect(got.data.length).toBe(size);
      if (!watched) continue;
      const inner = 8 + size + (mode === 'tunnel' ? 20 : 0);
      const text = Math.ceil((inner + 2) / block) * block;
      expect(wire.map((frame) => frame.bytes.length)).toEqual([14 + 20 + 8 + iv + text + icv]);
      expect(wire[0]!.bytes[23]).toBe(50);
    }
    expect(lab.inFlight).toBe(0);
  });
});

describe('policies', () => {
  it('refuse clear packets where ESP is asked for, and let nothing out that is blocked', () => {
    const lab = plainLab();
    protect(lab, { algorithms: gcm(64) });
    const [one, two] = lab.nodes;
    const server = udp(two, 5000);
    const sender = xfrmOf(one.host.initNamespace);
    sender.deletePolicy(sender.policies.list()[0]!);
    udp(one, 5001).sendTo(Uint8Array.of(1), two.underlayAddress, 5000);
    lab.run(0.01);
    expect(server.receive()).toBeNull();
    expect(two.host.dropsOf('XFRM_POLICY')).toBe(1);
    expect(xfrmOf(two.host.initNamespace).statistics.of('XfrmInTmplMismatch')).toBe(1);
    sender.addPolicy({ direction: 'out', selector: ANY_SELECTOR, action: 'block', priority: 5 });
    expect(udp(one, 5002).sendTo(Uint8Array.of(1), two.underlayAddress, 5000)).toBe(EPERM);
    expect(one.host.dropsOf('XFRM_OUT_POL_BLOCK')).toBe(1);
    sender.addPolicy({ direction: 'out', selector: { ...ANY_SELECTOR, protocol: 17 }, priority: 4 });
    expect(udp(one, 5003).sendTo(Uint8Array.of(1), two.underlayAddress, 5000)).toBe(0);
  });

  it('want one for what comes out of a tunnel', () => {
    const lab = plainLab();
    protect(lab, { algorithms: gcm(64), mode: 'tunnel' });
    const [one, two] = lab.nodes;
    const receiver = xfrmOf(two.host.initNamespace);
    receiver.deletePolicy(receiver.policies.list()[0]!);
    const server = udp(two, 5000);
    udp(one, 5001).sendTo(Uint8Array.of(1), two.underlayAddress, 5000);
    lab.run(0.01);
    expect(server.receive()).toBeNull();
    expect(receiver.statistics.of('XfrmInNoPols')).toBe(1);
  });
});

describe('associations', () => {
  it('refuse a packet that comes twice, and count it', () => {
    const lab = plainLab();
    protect(lab, { algorithms: gcm(64) });
    const [one, two] = lab.nodes;
    const wire = watch(two.nic);
    const server = udp(two, 5000);
    udp(one, 5001).sendTo(Uint8Array.of(1), two.underlayAddress, 5000);
    lab.run(0.01);
    expect(server.receive()).not.toBeNull();
    const again = lab.pool.from(wire[0]!.bytes);
    again.ipSummed = CHECKSUM_NONE;
    two.nic.receiveFrame(again);
    expect(server.receive()).toBeNull();
    expect(two.host.dropsOf('XFRM_IN_STATE_SEQ_ERROR')).toBe(1);
    expect(xfrmOf(two.host.initNamespace).associations.list()[0]!.stats.replay).toBe(1);
  });

  it('open real ciphertext that was never theirs to seal, and refuse a changed one', () => {
    const lab = plainLab();
    protect(lab, { algorithms: gcm(64), window: 0 });
    const [one, two] = lab.nodes;
    const wire = watch(two.nic);
    const server = udp(two, 5000);
    udp(one, 5001).sendTo(Uint8Array.of(9, 8, 7), two.underlayAddress, 5000);
    lab.run(0.01);
    server.receive();
    const frame = wire[0]!.bytes;
    expect([get16(frame, 12), frame[23], get32(frame, 34)]).toEqual([0x0800, 50, 0x1001]);
    two.nic.receiveFrame(lab.pool.from(frame));
    expect([...server.receive()!.data]).toEqual([9, 8, 7]);
    for (const at of [34 + 4, 34 + 8, 34 + 16, frame.length - 1]) {
      const changed = frame.slice();
      changed[at]! ^= 0x80;
      two.nic.receiveFrame(lab.pool.from(changed));
    }
    expect(server.receive()).toBeNull();
    const xfrm = xfrmOf(two.host.initNamespace);
    expect(xfrm.statistics.of('XfrmInStateProtoError')).toBe(4);
    expect(xfrm.associations.list()[0]!.stats.integrityFailed).toBe(4);
  });

  it('end at their limits of packets and of seconds', () => {
    const limits = { ...noLimits(), softPackets: 2, hardPackets: 3 };
    const lab = new EncryptedLab({ association: { limits } });
    const [one, two] = lab.nodes;
    const events: string[] = [];
    xfrmOf(one.host.initNamespace).listeners.push({
      associationExpired: (_association, hard) => events.push(hard ? 'hard' : 'soft'),
    });
    const server = openUdp(two.container, 7000);
    const client = openUdp(one.container, 1);
    for (let i = 0; i < 6; i++) {
      client.sendTo(Uint8Array.of(i), two.containerAddress, 7000);
      lab.run(0.01);
    }
    let got = 0;
    while (server.receive() !== null) got++;
    expect(got).toBe(3);
    expect(events).toEqual(['soft', 'hard']);
    expect(one.host.dropsOf('XFRM_OUT_STATE_EXPIRED')).toBe(1);
    expect(one.host.dropsOf('XFRM_OUT_NO_STATES') + one.host.dropsOf('NETFILTER_DROP')).toBe(2);
    expect(xfrmOf(one.host.initNamespace).statistics.of('XfrmOutStateExpired')).toBe(1);
    expect(lab.inFlight).toBe(0);
  });

  it('give way to the key that the policy is turned to', () => {
    const lab = new EncryptedLab();
    const [one, two] = lab.nodes;
    const server = openUdp(two.container, 7000);
    const client = openUdp(one.container, 1);
    const settings = {
      source: one.underlayAddress,
      destination: two.underlayAddress,
      protocol: 50,
      reqid: 0xd0c4e3,
    };
    for (const node of lab.nodes) {
      xfrmOf(node.host.initNamespace).addAssociation({
        ...settings,
        spi: 0x77,
        mode: 'transport',
        algorithms: overlayAlgorithms(2, 0x77),
      });
    }
    const xfrm = xfrmOf(one.host.initNamespace);
    const [policy] = xfrm.policies.list();
    const templates = policy!.templates.map((template) => ({ ...template, spi: 0x77 }));
    xfrm.addPolicy({ direction: 'out', selector: policy!.selector, mark: policy!.mark, templates }, true);
    xfrm.deleteAssociation(lab.outgoing[0]);
    const wire = watch(one.nic);
    client.sendTo(Uint8Array.of(1), two.containerAddress, 7000);
    lab.run(0.01);
    expect(server.receive()).not.toBeNull();
    expect(wire.filter((frame) => frame.bytes[23] === 50).map((frame) => get32(frame.bytes, 34))).toEqual([
      0x77,
    ]);
    expect(xfrm.policies.list()[0]!.index).toBe(1);
  });
});
