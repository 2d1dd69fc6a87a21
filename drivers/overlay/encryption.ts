/**
 * IPsec between this node and the others that have endpoints of encrypted overlays (libnetwork
 * drivers/overlay/encryption.go): per node an association in for each key, one out for the first key, and a policy
 * that sends marked VXLAN through it. Errors of the kernel because something is there already are passed over, as
 * Docker does.
 */
import type { SecurityAssociation } from '../../core/xfrm/security-association.ts';
import type { XfrmSelector } from '../../core/xfrm/xfrm-selector.ts';
import { xfrmOf } from '../../core/xfrm/xfrm-of.ts';
import { NetlinkError } from '../../core/namespace/netlink-error.ts';
import type { NetNamespace } from '../../core/namespace/net-namespace.ts';
import { put32 } from '../../protocols/bytes.ts';
import { PROTO } from '../../protocols/ipv4.ts';
import { isAtLeast, type EngineRelease } from '../engine-release.ts';
import type { OverlayAgent } from './agent.ts';
import { IPSEC_MARK } from './encryption-rules.ts';
import type { IpsecKey } from './ipsec-key.ts';
import { overlaySpi } from './spi.ts';

const ICV_BITS = 64;
const DEFAULT_VXLAN_PORT = 4789;
const MARK = { value: IPSEC_MARK, mask: 0xffffffff };

/** The SPIs of one key with one node. */
interface SpiPair {
  readonly forward: number;
  readonly reverse: number;
}

export class OverlayEncryption {
  private readonly netns: NetNamespace;
  private readonly agent: OverlayAgent;
  private readonly release: EngineRelease;
  /** Index 0 is the key that is sent with. */
  private keys: IpsecKey[];
  /** By the other node's VTEP, in the order of `keys`. */
  private readonly nodes = new Map<number, SpiPair[]>();

  constructor(netns: NetNamespace, agent: OverlayAgent, release: EngineRelease) {
    this.netns = netns;
    this.release = release;
    this.agent = agent;
    this.keys = [...agent.ipsecKeys];
  }

  /** setupEncryption. */
  addNode(remote: number): void {
    if (this.nodes.has(remote)) return;
    const pairs = this.keys.map((key) => this.spis(remote, key));
    for (const [index, key] of this.keys.entries()) {
      const pair = pairs[index]!;
      this.addAssociation(remote, this.local, pair.reverse, key);
      if (index !== 0) continue;
      this.addAssociation(this.local, remote, pair.forward, key);
      this.setPolicy(remote, pair.forward, false);
    }
    this.nodes.set(remote, pairs);
  }

  /** removeEncryption. */
  removeNode(remote: number): void {
    const pairs = this.nodes.get(remote);
    if (pairs === undefined) return;
    this.nodes.delete(remote);
    for (const [index, pair] of pairs.entries()) {
      this.deleteAssociation(this.local, pair.reverse);
      if (index !== 0) continue;
      this.deleteAssociation(remote, pair.forward);
      this.deletePolicy(remote);
    }
  }

  /** updateKeys: one key more, the one to send with from now on, and one less. */
  rotate(added: IpsecKey, primaryTag: number, prunedTag: number): void {
    const keys = [...this.keys, added];
    const primary = keys.findIndex(({ tag }) => tag === primaryTag);
    const pruned = keys.findIndex(({ tag }) => tag === prunedTag);
    for (const [remote, pairs] of this.nodes) {
      pairs.push(this.spis(remote, added));
      this.rotateNode(remote, pairs, keys, primary, pruned);
      rearrange(pairs, primary, pruned);
    }
    rearrange(keys, primary, pruned);
    this.keys = keys;
  }

  private get local(): number {
    return this.agent.bindAddress;
  }

  /** Up to 23.0.6 the policy is for 4789 whatever port the swarm's data takes (moby pull request 45636). */
  private get port(): number {
    return isAtLeast(this.release, 24) ? this.agent.dataPathPort : DEFAULT_VXLAN_PORT;
  }

  /** updateNodeKey. */
  private rotateNode(
    remote: number,
    pairs: readonly SpiPair[],
    keys: readonly IpsecKey[],
    primary: number,
    pruned: number,
  ): void {
    if (pruned >= 0) this.deleteAssociation(this.local, pairs[pruned]!.reverse);
    const newest = keys.length - 1;
    this.addAssociation(remote, this.local, pairs[newest]!.reverse, keys[newest]!);
    if (primary <= 0) return;
    this.addAssociation(this.local, remote, pairs[primary]!.forward, keys[primary]!);
    this.setPolicy(remote, pairs[primary]!.forward, true);
    this.deleteAssociation(remote, pairs[0]!.forward);
  }

  private spis(remote: number, { tag }: IpsecKey): SpiPair {
    const { dataPathAddress } = this.agent;
    return {
      forward: overlaySpi(dataPathAddress, remote, tag),
      reverse: overlaySpi(remote, dataPathAddress, tag),
    };
  }

  private addAssociation(source: number, destination: number, spi: number, key: IpsecKey): void {
    const keyAndSalt = new Uint8Array(20);
    keyAndSalt.set(key.value);
    put32(keyAndSalt, 16, spi);
    ignoringExisting(() =>
      xfrmOf(this.netns).addAssociation({
        source,
        destination,
        spi,
        protocol: PROTO.ESP,
        mode: 'transport',
        reqid: IPSEC_MARK,
        algorithms: {
          aead: { name: 'rfc4106(gcm(aes))', key: keyAndSalt, icvBits: ICV_BITS },
          encryption: null,
          authentication: null,
        },
      }),
    );
  }

  private deleteAssociation(destination: number, spi: number): void {
    const xfrm = xfrmOf(this.netns);
    const found: SecurityAssociation | undefined = xfrm.associations.find(destination, spi, PROTO.ESP, {
      value: 0,
      mask: 0,
    });
    if (found !== undefined) xfrm.deleteAssociation(found);
  }

  private selector(remote: number): XfrmSelector {
    return {
      source: this.local,
      sourceLength: 32,
      destination: remote,
      destinationLength: 32,
      protocol: PROTO.UDP,
      sourcePort: -1,
      destinationPort: this.port,
      ifindex: 0,
    };
  }

  private setPolicy(remote: number, spi: number, update: boolean): void {
    ignoringExisting(() =>
      xfrmOf(this.netns).addPolicy(
        {
          direction: 'out',
          selector: this.selector(remote),
          mark: MARK,
          templates: [
            {
              source: this.local,
              destination: remote,
              protocol: PROTO.ESP,
              spi,
              reqid: IPSEC_MARK,
              mode: 'transport',
              optional: false,
            },
          ],
        },
        update,
      ),
    );
  }

  private deletePolicy(remote: number): void {
    const xfrm = xfrmOf(this.netns);
    const policy = xfrm.policies.find('out', this.selector(remote), MARK);
    if (policy !== undefined) xfrm.deletePolicy(policy);
  }
}

/** The primary comes to the front, the one it changes places with is the one to go when that was at the front. */
function rearrange<T>(list: T[], primary: number, pruned: number): void {
  if (primary > 0) [list[0], list[primary]] = [list[primary]!, list[0]!];
  if (pruned >= 0) list.splice(pruned === 0 ? primary : pruned, 1);
}

function ignoringExisting(action: () => unknown): void {
  try {
    action();
  } catch (error) {
    if (!(error instanceof NetlinkError) || error.errorText !== 'File exists') throw error;
  }
}
