/**
 * The rules of encrypted overlays on the host (libnetwork drivers/overlay/encryption.go programMangle, programInput,
 * bpf.go): packets of the network's VNI are marked for IPsec on their way out, and must have come through IPsec on
 * their way in. From release 25 no rule accepts them, that is the administrator's (moby#45280).
 */
import { isAtLeast, type EngineRelease } from '../engine-release.ts';
import { Iptables } from '../iptables.ts';

/** The mark of packets to be encrypted, which is the request id of the associations too. */
export const IPSEC_MARK = 0xd0c4e3;

export class EncryptionRules {
  private readonly iptables: Iptables;
  private readonly release: EngineRelease;

  constructor(iptables: Iptables, release: EngineRelease) {
    this.iptables = iptables;
    this.release = release;
  }

  add(vni: number, port: number): void {
    const { iptables } = this;
    iptables.append('mangle', 'OUTPUT', ...this.markRule(vni, port));
    if (!isAtLeast(this.release, 25)) {
      iptables.append('filter', 'INPUT', ...this.policyRule(vni, port, 'ipsec', 'ACCEPT'));
    }
    iptables.insert('filter', 'INPUT', ...this.policyRule(vni, port, 'none', 'DROP'));
  }

  remove(vni: number, port: number): void {
    const { iptables } = this;
    iptables.delete('mangle', 'OUTPUT', ...this.markRule(vni, port));
    iptables.delete('filter', 'INPUT', ...this.policyRule(vni, port, 'ipsec', 'ACCEPT'));
    iptables.delete('filter', 'INPUT', ...this.policyRule(vni, port, 'none', 'DROP'));
  }

  private markRule(vni: number, port: number): string[] {
    return [...this.vniMatch(vni, port), '-j', 'MARK', '--set-mark', String(IPSEC_MARK)];
  }

  private policyRule(vni: number, port: number, policy: string, target: string): string[] {
    return ['-m', 'policy', '--dir', 'in', '--pol', policy, ...this.vniMatch(vni, port), '-j', target];
  }

  /** VXLAN packets of one network: up to 20.10 by the u32 match, later by a classic BPF program. */
  private vniMatch(vni: number, port: number): string[] {
    const udp = ['-p', 'udp', '--dport', String(port)];
    if (!isAtLeast(this.release, 23)) {
      return [...udp, '-m', 'u32', '--u32', `0>>22&0x3C@12&0xFFFFFF00=${vni << 8}`];
    }
    return [...udp, '-m', 'bpf', '--bytecode', vniBytecode(vni)];
  }
}

/** Loads the VNI from behind the UDP header, as libnetwork's marshalXTBPF writes it. */
function vniBytecode(vni: number): string {
  const program = [
    '32 0 0 4294963252', // ld poff: the offset of the payload, behind the UDP header
    '7 0 0 0', // tax
    '64 0 0 4', // ld [x + 4]: the word of the VNI
    '116 0 0 8', // rsh #8
    `21 1 0 ${vni}`, // jeq #vni
    '6 0 0 0',
    '6 0 0 4294967295',
  ];
  return `${program.length},${program.join(',')}`;
}
