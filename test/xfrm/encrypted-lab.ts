import { AEAD_GCM, type XfrmAlgorithms } from '../../core/xfrm/esp-algorithms.ts';
import type { SecurityAssociation } from '../../core/xfrm/security-association.ts';
import type { AssociationSettings } from '../../core/xfrm/security-association.ts';
import { xfrmOf } from '../../core/xfrm/xfrm-of.ts';
import { ANY_SELECTOR } from '../../core/xfrm/xfrm-selector.ts';
import { NF_ACCEPT, NF_INET_LOCAL_OUT, NF_IP_PRI_MANGLE } from '../../core/netfilter/hook.ts';
import { overlaySpi } from '../../drivers/overlay/spi.ts';
import { get16, get32 } from '../../protocols/bytes.ts';
import { OverlayLab, type OverlayNode, type OverlayOptions } from '../vxlan/overlay-lab.ts';

/** The mark and request id of an encrypted overlay. */
export const OVERLAY_MARK = 0xd0c4e3;

/** 16-byte key of a number, the same on both hosts. */
export function overlayKey(tag: number): Uint8Array {
  return Uint8Array.from({ length: 16 }, (_, index) => (tag * 31 + index * 7) & 0xff);
}

/** rfc4106(gcm(aes)) as the overlay driver sets it up: the salt is the SPI. */
export function overlayAlgorithms(tag: number, spi: number): XfrmAlgorithms {
  const salt = Uint8Array.of(spi >>> 24, spi >>> 16, spi >>> 8, spi);
  const key = Uint8Array.of(...overlayKey(tag), ...salt);
  return { aead: { name: AEAD_GCM, key, icvBits: 64 }, encryption: null, authentication: null };
}

export interface EncryptedOptions extends OverlayOptions {
  association?: Partial<AssociationSettings>;
  tag?: number;
  /** false: something else sets the mark (iptables). */
  marks?: boolean;
}

/** Two hosts whose overlay is encrypted as Docker does it: associations, a policy on a mark, and who sets the mark. */
export class EncryptedLab extends OverlayLab {
  readonly outgoing: [SecurityAssociation, SecurityAssociation];

  constructor(options: EncryptedOptions = {}) {
    super({ mtu: 1424, ...options });
    const [one, two] = this.nodes;
    this.outgoing = [this.encrypt(one, two, options), this.encrypt(two, one, options)];
  }

  private encrypt(node: OverlayNode, peer: OverlayNode, options: EncryptedOptions): SecurityAssociation {
    const xfrm = xfrmOf(node.host.initNamespace);
    const tag = options.tag ?? 1;
    const [self, remote] = [node.underlayAddress, peer.underlayAddress];
    const add = (source: number, destination: number) => {
      const spi = overlaySpi(source, destination, tag);
      return xfrm.addAssociation({
        source,
        destination,
        spi,
        protocol: 50,
        mode: 'transport',
        reqid: OVERLAY_MARK,
        algorithms: overlayAlgorithms(tag, spi),
        ...options.association,
      });
    };
    add(remote, self);
    const out = add(self, remote);
    xfrm.addPolicy({
      direction: 'out',
      selector: {
        ...ANY_SELECTOR,
        source: self,
        sourceLength: 32,
        destination: remote,
        destinationLength: 32,
        protocol: 17,
        destinationPort: 4789,
      },
      mark: { value: OVERLAY_MARK, mask: 0xffffffff },
      templates: [
        {
          source: self,
          destination: remote,
          protocol: 50,
          spi: out.spi,
          reqid: OVERLAY_MARK,
          mode: 'transport',
          optional: false,
        },
      ],
    });
    if (options.marks === false) return out;
    const netns = node.host.initNamespace;
    netns.hooks4.register(NF_INET_LOCAL_OUT, {
      priority: NF_IP_PRI_MANGLE,
      run(packet) {
        const { buf, networkOffset: ip } = packet;
        if (buf[ip + 9] !== 17 || get16(buf, ip + 22) !== 4789) return NF_ACCEPT;
        if (get32(buf, ip + 32) >>> 8 !== 4097) return NF_ACCEPT;
        packet.mark = OVERLAY_MARK;
        return netns.ipv4.routeMeHarder(packet) === 0 ? NF_ACCEPT : 0;
      },
    });
    return out;
  }
}
