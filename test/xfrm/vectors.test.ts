import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readCapture } from '../../core/capture/pcap-reader.ts';
import { espTransform } from '../../core/xfrm/esp-transform.ts';
import { AEAD_GCM, type XfrmAlgorithms } from '../../core/xfrm/esp-algorithms.ts';
import { overlaySpi } from '../../drivers/overlay/spi.ts';
import { get32, put32 } from '../../protocols/bytes.ts';
import { espNextHeader, espPayloadLength } from '../../protocols/esp.ts';
import { isUdpChecksumValid } from '../../protocols/udp.ts';
import { ipv4Destination, ipv4Source } from '../../protocols/ipv4.ts';
import { parseIpv4 } from '../../protocols/ipv4-address.ts';
import { nodeCiphers } from '../../scenarios/run/node-ciphers.ts';
import { hex, toHex } from './bytes.ts';

const here = (name: string) => new URL(name, import.meta.url);
const salt = new Uint8Array(8);
const gcm = (key: Uint8Array, icvBits: number): XfrmAlgorithms => ({
  aead: { name: AEAD_GCM, key, icvBits },
  encryption: null,
  authentication: null,
});

/** An ESP packet from a vector: SPI, low sequence number, IV, text, tag. */
function espPacket(aad: Uint8Array, iv: Uint8Array, text: Uint8Array, tag: Uint8Array): Uint8Array {
  return Uint8Array.of(...aad.subarray(0, 4), ...aad.subarray(aad.length - 4), ...iv, ...text, ...tag);
}

describe('draft-mcgrew-gcm-test-01', () => {
  const cases = readFileSync(here('vectors/mcgrew-gcm-test.txt'), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(' ').map(hex));

  it.each(cases.map((fields, index) => [index + 1, fields] as const))('case %i', (_index, fields) => {
    const [key, nonce, aad, plain, cipher, tag] = fields as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ];
    const extended = aad.length === 12;
    const high = extended ? get32(aad, 4) : 0;
    const keyAndSalt = Uint8Array.of(...key, ...nonce.subarray(0, 4));
    const iv = nonce.subarray(4);
    const transform = espTransform(gcm(keyAndSalt, 128), extended, salt, nodeCiphers);
    const packet = espPacket(aad, iv, plain, new Uint8Array(16));
    transform.seal(packet, 0, packet.length, high);
    expect(toHex(packet)).toBe(toHex(espPacket(aad, iv, cipher, tag)));
    const forged = packet.slice();
    forged[forged.length - 1]! ^= 1;
    expect(transform.open(forged, 0, forged.length, high)).toBe(false);
    if (extended) expect(transform.open(packet.slice(), 0, packet.length, high + 1)).toBe(false);
    expect(transform.open(packet, 0, packet.length, high)).toBe(true);
    expect(toHex(packet.subarray(16, packet.length - 16))).toBe(toHex(plain));
  });

  it('has all its fourteen cases', () => {
    expect(cases.length).toBe(14);
  });
});

describe('Wycheproof aes_gcm', () => {
  interface Vector {
    tcId: number;
    key: string;
    iv: string;
    aad: string;
    msg: string;
    ct: string;
    tag: string;
    result: 'valid' | 'invalid';
  }
  const { tests } = JSON.parse(readFileSync(here('vectors/wycheproof-aes-gcm.json'), 'utf8')) as {
    tests: Vector[];
  };

  it.each(tests.map((vector) => [vector.tcId, vector.result, vector] as const))(
    '%i is %s',
    (_id, result, vector) => {
      const [input, tag] = [hex(vector.ct), hex(vector.tag)];
      const out = new Uint8Array(input.length);
      const request = {
        key: hex(vector.key),
        nonce: hex(vector.iv),
        aad: hex(vector.aad),
        input: Uint8Array.of(...input, ...tag),
        inputOffset: 0,
        length: input.length,
        out,
        outOffset: 0,
        tagLength: 16,
      };
      expect(nodeCiphers.gcmOpen(request)).toBe(result === 'valid');
      if (result === 'valid') expect(toHex(out)).toBe(vector.msg);
    },
  );
});

describe('recorded ESP of an encrypted overlay', () => {
  const keys = new Map(
    readFileSync(here('recorded/esp_sa'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(`[${line}]`) as string[])
      .map((fields) => [Number(fields[3]), hex(fields[5]!)]),
  );
  const packets = readCapture(readFileSync(here('recorded/sizes-host1-eth0.pcap')))
    .packets.map(({ buf, offset, length }) => buf.subarray(offset, offset + length))
    .filter((bytes) => bytes[23] === 50);

  it('opens, carries sound VXLAN, and seals to the same bytes again', () => {
    expect(packets.length).toBeGreaterThan(60);
    for (const data of packets) {
      const frame = data.slice();
      const total = (frame[16]! << 8) | frame[17]!;
      const length = total - 20;
      const transform = espTransform(gcm(keys.get(get32(frame, 34))!, 64), false, salt, nodeCiphers);
      expect(transform.open(frame, 34, length, 0)).toBe(true);
      const textLength = length - 24;
      expect(espNextHeader(frame, 50, textLength)).toBe(17);
      const payload = espPayloadLength(frame, 50, textLength);
      expect(length).toBe(24 + ((payload + 5) & ~3));
      expect(isUdpChecksumValid(frame, 50, payload, ipv4Source(frame, 14), ipv4Destination(frame, 14))).toBe(
        true,
      );
      transform.seal(frame, 34, length, 0);
      expect(toHex(frame)).toBe(toHex(data));
    }
  });

  it('has IVs that are the sequence number in a salt of the association', () => {
    const salts = new Map<number, string>();
    for (const data of packets) {
      const own = data.slice(42, 50);
      const transform = espTransform(gcm(keys.get(get32(data, 34))!, 64), false, own, nodeCiphers);
      const found = new Uint8Array(8);
      transform.writeIv(found, 0, get32(data, 38));
      const spi = get32(data, 34);
      expect(salts.get(spi) ?? toHex(found)).toBe(toHex(found));
      salts.set(spi, toHex(found));
    }
    expect(salts.size).toBe(2);
  });
});

describe('SPIs of an overlay', () => {
  it.each([
    ['192.168.0.1', '192.168.0.2', 1, 0x63863c4b, 0x9d865657],
    ['192.168.0.1', '192.168.0.2', 2, 0x3a82e2da, 0x9a95846e],
    ['10.0.0.11', '10.0.0.12', 7, 0x64f808c5, 0x81b0427d],
  ])('%s to %s with tag %i', (from, to, tag, forward, reverse) => {
    expect(overlaySpi(parseIpv4(from), parseIpv4(to), tag)).toBe(forward);
    expect(overlaySpi(parseIpv4(to), parseIpv4(from), tag)).toBe(reverse);
  });

  it('write as they hash: unsigned', () => {
    const buf = new Uint8Array(4);
    put32(buf, 0, overlaySpi(parseIpv4('192.168.0.2'), parseIpv4('192.168.0.1'), 1));
    expect(get32(buf, 0)).toBe(0x9d865657);
  });
});
