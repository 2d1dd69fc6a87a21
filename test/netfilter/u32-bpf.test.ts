import { describe, expect, it } from 'vitest';
import { NF_INET_LOCAL_OUT } from '../../core/netfilter/hook.ts';
import { openTable } from '../../core/netfilter/tables/open-table.ts';
import { AF_INET } from '../../core/netfilter/conntrack/tuple.ts';
import { ClassicBpf, checkBpf, type BpfInstruction } from '../../core/netfilter/matches/classic-bpf.ts';
import { newNamespace, packetOf, run } from './lab.ts';

const VNI = 4098;
/** A VXLAN header: flags, and the VNI in the upper three bytes of the second word. */
const vxlan = (vni: number) => [8, 0, 0, 0, vni >> 16, (vni >> 8) & 0xff, vni & 0xff, 0];

/** The mark that a rule in mangle OUTPUT gives a VXLAN packet. */
function markOf(rule: string, vni: number, port = 4789): number {
  const netns = newNamespace();
  run(netns, `-t mangle -A OUTPUT ${rule} -j MARK --set-mark 13681891`);
  const packet = packetOf(netns, { destinationPort: port, payload: vxlan(vni) });
  openTable(netns, AF_INET, 'mangle')!.run(NF_INET_LOCAL_OUT, packet, null, netns.loopback);
  return packet.mark;
}

describe("the rules of Docker's encrypted overlays", () => {
  const u32 = `-p udp --dport 4789 -m u32 --u32 "0>>22&0x3C@12&0xFFFFFF00=${VNI << 8}"`;
  const bpf =
    '-p udp --dport 4789 -m bpf --bytecode ' +
    `"7,32 0 0 4294963252,7 0 0 0,64 0 0 4,116 0 0 8,21 1 0 ${VNI},6 0 0 0,6 0 0 4294967295"`;

  it('u32 finds the VNI behind an IP header of any length', () => {
    expect(markOf(u32, VNI)).toBe(0xd0c4e3);
    expect(markOf(u32, VNI + 1)).toBe(0);
    expect(markOf(u32, VNI, 4790)).toBe(0);
  });

  it('u32 is printed in hexadecimal', () => {
    const netns = newNamespace();
    run(netns, `-t mangle -A OUTPUT ${u32} -j MARK --set-mark 13681891`);
    expect(run(netns, '-t mangle -S OUTPUT')).toContain(
      '-m u32 --u32 "0x0>>0x16&0x3c@0xc&0xffffff00=0x100200" -j MARK --set-xmark 0xd0c4e3/0xffffffff',
    );
  });

  it('bpf finds it by the offset of the payload (SKF_AD_PAY_OFFSET)', () => {
    // 4294963252 is SKF_AD_OFF + SKF_AD_PAY_OFFSET: where the payload behind the transport header begins.
    expect(markOf(bpf, VNI)).toBe(0xd0c4e3);
    expect(markOf(bpf, VNI + 1)).toBe(0);
  });
});

describe('classic BPF', () => {
  const environment = { cpu: () => 3, random: () => 7 };
  const runBpf = (program: number[][]) => {
    const netns = newNamespace();
    const instructions = program.map(([code, jt, jf, k]) => ({ code, jt, jf, k })) as BpfInstruction[];
    expect(checkBpf(instructions)).toBe(null);
    return new ClassicBpf(instructions, environment).run(packetOf(netns, { destinationPort: 4789 }));
  };
  const LD_H_ABS = 0x28;
  const RET_A = 0x16;
  const RET_K = 0x06;

  it('reads from the network header, and by SKF_NET_OFF', () => {
    expect(
      runBpf([
        [LD_H_ABS, 0, 0, 22],
        [RET_A, 0, 0, 0],
      ]),
    ).toBe(4789);
    expect(
      runBpf([
        [LD_H_ABS, 0, 0, (-0x100000 + 22) >>> 0],
        [RET_A, 0, 0, 0],
      ]),
    ).toBe(4789);
  });

  it('ends with 0 when it reads past the packet', () => {
    expect(
      runBpf([
        [LD_H_ABS, 0, 0, 4000],
        [RET_K, 0, 0, 9],
      ]),
    ).toBe(0);
  });

  it('calculates with unsigned words', () => {
    // A = 0xffffffff / 16.
    expect(
      runBpf([
        [0x00, 0, 0, 0xffffffff],
        [0x34, 0, 0, 16],
        [RET_A, 0, 0, 0],
      ]),
    ).toBe(0x0fffffff);
    // X = 4 * header length nibble, A = word at X.
    expect(
      runBpf([
        [0xb1, 0, 0, 0],
        [0x48, 0, 0, 2],
        [RET_A, 0, 0, 0],
      ]),
    ).toBe(4789);
  });

  it('refuses programs that jump out, divide by zero or do not return', () => {
    expect(
      checkBpf([
        { code: 0x15, jt: 5, jf: 0, k: 0 },
        { code: 6, jt: 0, jf: 0, k: 0 },
      ]),
    ).not.toBe(null);
    expect(
      checkBpf([
        { code: 0x34, jt: 0, jf: 0, k: 0 },
        { code: 6, jt: 0, jf: 0, k: 0 },
      ]),
    ).not.toBe(null);
    expect(checkBpf([{ code: 0x28, jt: 0, jf: 0, k: 0 }])).not.toBe(null);
  });
});
