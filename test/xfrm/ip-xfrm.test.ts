import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { IpLab as Lab } from './ip-lab.ts';
import { installedAssociations, espSaLines } from '../../core/xfrm/esp-sa-lines.ts';
import { xfrmOf } from '../../core/xfrm/xfrm-of.ts';

const recorded = (name: string) => readFileSync(new URL(`recorded/${name}`, import.meta.url), 'utf8');

const runs = (lab: Lab, line: string) => lab.run(line);

const KEYS = {
  '0x6c9c0e35': '0xe706b81a0422a9445e6e38cbafd710166c9c0e35',
  '0xd1a229d1': '0xe706b81a0422a9445e6e38cbafd71016d1a229d1',
  '0xa7179ee4': '0xe681dd5c20a91dec6fbe4a392d82cf97a7179ee4',
  '0x270419ea': '0x1a218c48f693f95baea3882ae75cef31270419ea',
};

function addState(spi: keyof typeof KEYS, outgoing: boolean): string {
  const [from, to] = outgoing ? ['109', '110'] : ['110', '109'];
  return (
    `ip xfrm state add src 192.168.99.${from} dst 192.168.99.${to} proto esp spi ${spi} reqid 13681891 ` +
    `mode transport aead 'rfc4106(gcm(aes))' ${KEYS[spi]} 64`
  );
}

describe('ip xfrm of an encrypted overlay', () => {
  it('prints what a host printed', () => {
    const lab = new Lab();
    for (const spi of ['0x6c9c0e35', '0xd1a229d1', '0xa7179ee4', '0x270419ea'] as const) {
      expect(runs(lab, addState(spi, spi === '0xd1a229d1'))).toBe('');
    }
    const xfrm = xfrmOf(lab.host.initNamespace);
    xfrm.associations.list()[2]!.replay.outgoing = 0x27;
    expect(runs(lab, 'ip xfrm state')).toBe(recorded('ip-xfrm-state.txt'));
    runs(
      lab,
      'ip xfrm policy add src 192.168.99.109/32 dst 192.168.99.110/32 proto udp dport 4789 dir out priority 0 ' +
        'mark 0xd0c4e3 mask 0xffffffff tmpl src 192.168.99.109 dst 192.168.99.110 proto esp spi 0xd1a229d1 ' +
        'reqid 13681891 mode transport',
    );
    expect(runs(lab, 'ip xfrm policy')).toBe(recorded('ip-xfrm-policy.txt'));
    Object.assign(xfrm.associations.list()[2]!.usage, { bytes: 27403, packets: 39, usedNs: 0 });
    const dated = (text: string) => text.replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, 'DATE');
    expect(
      dated(runs(lab, 'ip -s xfrm state get src 192.168.99.109 dst 192.168.99.110 proto esp spi 0xd1a229d1')),
    ).toBe(dated(recorded('ip-s-xfrm-state.txt')));
    expect(runs(lab, 'ip xfrm state list nokeys reqid 13681891 src 192.168.99.109')).toContain(
      '<<Keys hidden>> 64',
    );
  });

  it('keeps the keys of associations that are gone for Wireshark', () => {
    const lab = new Lab();
    runs(lab, addState('0x6c9c0e35', false));
    runs(lab, addState('0xd1a229d1', true));
    expect(
      runs(lab, 'ip xfrm state delete src 192.168.99.110 dst 192.168.99.109 proto esp spi 0x6c9c0e35'),
    ).toBe('');
    expect(runs(lab, 'ip xfrm state flush')).toBe('');
    expect(xfrmOf(lab.host.initNamespace).associations.list()).toEqual([]);
    const lines = recorded('esp_sa').trim().split('\n');
    expect(espSaLines([lab.host]).sort()).toEqual(
      lines.filter((line) => /0x6c9c0e35|0xd1a229d1/.test(line)).sort(),
    );
    expect(installedAssociations(lab.host)).toHaveLength(2);
  });
});

describe('a conversation with a kernel', () => {
  const steps = recorded('policies-of-a-kernel.txt')
    .split(/^\$ /m)
    .slice(1)
    .map((step) => [step.slice(0, step.indexOf('\n')), step.slice(step.indexOf('\n') + 1)] as const);

  it('goes the same way here', () => {
    const lab = new Lab();
    for (const [line, answer] of steps) expect([line, runs(lab, line)]).toEqual([line, answer]);
    expect(steps.length).toBeGreaterThan(35);
  });
});

describe('ip xfrm state', () => {
  const base = 'ip xfrm state add src 10.0.0.1 dst 10.0.0.2 proto esp';
  const key = (bytes: number) => `0x${'01'.repeat(bytes)}`;

  it('takes the algorithms there are, and refuses others as the kernel does', () => {
    const lab = new Lab();
    for (const [index, algorithm] of [
      `aead 'rfc4106(gcm(aes))' ${key(36)} 128`,
      `enc 'cbc(aes)' ${key(16)} auth 'hmac(sha1)' ${key(20)}`,
      `enc 'cbc(aes)' ${key(32)} auth-trunc 'hmac(sha256)' ${key(32)} 128`,
      `enc 'ecb(cipher_null)' '' auth 'hmac(sha256)' ${key(32)}`,
      "enc 'ecb(cipher_null)' '' auth digest_null ''",
    ].entries()) {
      expect(runs(lab, `${base} spi ${index + 1} mode transport ${algorithm}`)).toBe('');
    }
    expect(runs(lab, `${base} spi 1 mode transport aead 'rfc4106(gcm(aes))' ${key(20)} 64`)).toBe(
      'RTNETLINK answers: File exists\n',
    );
    expect(runs(lab, `${base} spi 9 mode transport aead 'rfc4106(gcm(aes))' ${key(16)} 64`)).toBe(
      'RTNETLINK answers: Invalid argument\n',
    );
    expect(runs(lab, `${base} spi 9 mode transport enc 'cbc(camellia)' ${key(16)}`)).toBe(
      'RTNETLINK answers: Function not implemented\n',
    );
    expect(runs(lab, 'ip xfrm state get dst 10.0.0.2 proto esp spi 3')).toContain(
      `\tauth-trunc hmac(sha256) ${key(32)} 128\n\tenc cbc(aes) ${key(32)}\n`,
    );
    expect(espSaLines([lab.host]).map((line) => line.split(',').slice(4).join(','))).toEqual([
      `"AES-GCM with 16 octet ICV [RFC4106]","${key(36)}","NULL",""`,
      `"AES-CBC [RFC3602]","${key(16)}","HMAC-SHA-1-96 [RFC2404]","${key(20)}"`,
      `"AES-CBC [RFC3602]","${key(32)}","HMAC-SHA-256-128 [RFC4868]","${key(32)}"`,
      `"NULL","","HMAC-SHA-256-96 [draft-ietf-ipsec-ciph-sha-256-00]","${key(32)}"`,
      '"NULL","","NULL",""',
    ]);
  });

  it('shows ESN, limits and what runs out', () => {
    const lab = new Lab();
    const watcher = lab.start('ip xfrm monitor expire');
    runs(
      lab,
      `${base} spi 1 mode tunnel reqid 7 replay-window 64 flag esn noecn limit time-soft 5 limit time-hard 9 ` +
        `aead 'rfc4106(gcm(aes))' ${key(20)} 96`,
    );
    const text = runs(lab, 'ip xfrm state');
    expect(text).toContain('\treplay-window 0 flag noecn esn\n');
    expect(text).toContain(
      '\tanti-replay esn context:\n\t seq-hi 0x0, seq 0x0, oseq-hi 0x0, oseq 0x0\n' +
        '\t replay_window 64, bitmap-length 2\n\t 00000000 00000000 \n',
    );
    lab.wait(6);
    expect(watcher.output.text).toContain('\thard 0\n');
    lab.wait(6);
    expect(watcher.output.text).toContain('\thard 1\n');
    expect(runs(lab, 'ip xfrm state')).toBe('');
    watcher.process.kill();
  });

  it('says what it cannot do', () => {
    const lab = new Lab();
    expect(runs(lab, 'ip xfrm state allocspi src 10.0.0.1')).toBe(
      'ip: not modelled: ip xfrm state allocspi\n',
    );
    expect(runs(lab, 'ip xfrm state add src fe80::1 dst fe80::2 proto esp spi 1')).toContain('not modelled');
    expect(
      runs(lab, `ip xfrm state add src 10.0.0.1 dst 10.0.0.2 proto ah spi 1 mode transport auth x 1`),
    ).toContain('not modelled');
  });
});
