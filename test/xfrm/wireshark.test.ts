import { describe, expect, it } from 'vitest';
import { MemorySink } from '../../core/capture/byte-sink.ts';
import { PcapWriter } from '../../core/capture/pcap-writer.ts';
import { CaptureTap } from '../../core/capture/tap.ts';
import type { XfrmAlgorithms } from '../../core/xfrm/esp-algorithms.ts';
import { espSaLines } from '../../core/xfrm/esp-sa-lines.ts';
import { hasWireshark, runOn } from '../capture/wireshark.ts';
import { openUdp } from '../vxlan/overlay-lab.ts';
import { EncryptedLab } from './encrypted-lab.ts';

const key = (length: number) => Uint8Array.from({ length }, (_, index) => 3 * index + 1);
const hashed = (name: string, length: number, hash: string, truncBits: number): XfrmAlgorithms => ({
  aead: null,
  encryption: { name, key: key(length) },
  authentication: { name: hash, key: key(32), truncBits },
});
const gcm = (icvBits: number, length: number): XfrmAlgorithms => ({
  aead: { name: 'rfc4106(gcm(aes))', key: key(length), icvBits },
  encryption: null,
  authentication: null,
});

describe.skipIf(!hasWireshark)('tshark with the lines of esp_sa', () => {
  it.each([
    ['an overlay as Docker encrypts it', null],
    ['GCM, 12 octets, 192 bits', gcm(96, 28)],
    ['GCM, 16 octets, 256 bits', gcm(128, 36)],
    ['CBC and SHA-1', hashed('cbc(aes)', 16, 'hmac(sha1)', 96)],
    ['CBC and SHA-256-128', hashed('cbc(aes)', 32, 'hmac(sha256)', 128)],
    ['CBC and SHA-256-96', hashed('cbc(aes)', 16, 'hmac(sha256)', 96)],
    ['NULL and SHA-256-128', hashed('ecb(cipher_null)', 0, 'hmac(sha256)', 128)],
  ] as const)('opens every packet: %s', (_name, algorithms) => {
    const lab = new EncryptedLab({
      mtu: 1400,
      ...(algorithms === null ? {} : { association: { algorithms } }),
    });
    const [one, two] = lab.nodes;
    const sink = new MemorySink();
    const writer = new PcapWriter(sink);
    one.nic.addTap(new CaptureTap(writer));
    const server = openUdp(two.container, 7000);
    const client = openUdp(one.container, 40000);
    let sent = 0;
    for (let size = 0; size <= 1372; size += 49, sent++) {
      client.sendTo(new Uint8Array(size).fill(0x41), two.containerAddress, 7000);
      lab.run(0.01);
      const got = server.receive()!;
      server.sendTo(got.data, got.source, got.sourcePort);
      lab.run(0.01);
    }
    writer.close();
    const preferences = [
      'esp.enable_encryption_decode:TRUE',
      'udp.check_checksum:TRUE',
      'ip.check_checksum:TRUE',
    ];
    for (const line of espSaLines([one.host, two.host])) preferences.push(`uat:esp_sa:${line}`);
    const fields = [
      'frame.number',
      'ip.proto',
      'vxlan.vni',
      'udp.dstport',
      'udp.checksum.status',
      '_ws.expert.message',
    ];
    const text = runOn(sink.bytes(), 'tshark', (file) => [
      '-r',
      file,
      ...preferences.flatMap((preference) => ['-o', preference]),
      '-Y',
      'esp',
      '-T',
      'fields',
      ...fields.flatMap((field) => ['-e', field]),
    ]);
    const lines = text.trimEnd().split('\n');
    expect(lines).toHaveLength(2 * sent);
    for (const [index, line] of lines.entries()) {
      const [, protocols, vni, ports, checksums, expert = ''] = line.split('\t');
      const port = index % 2 === 0 ? '7000' : '40000';
      expect([protocols, vni, ports, checksums, expert]).toEqual([
        '50,17',
        '4097',
        `4789,${port}`,
        '1,1',
        '',
      ]);
    }
  });
});
