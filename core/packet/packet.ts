import type { NetDevice } from '../device/net-device.ts';
import type { ConntrackEntry } from '../netfilter/conntrack/entry.ts';
import type { BridgeNetfilterInfo } from '../device/bridge/bridge-netfilter-info.ts';
import type { SecurityAssociation } from '../xfrm/security-association.ts';
import type { Ipv4Route } from '../namespace/ipv4-route.ts';
import type { Ipv6Route } from '../namespace/ipv6-route.ts';
import type { PendingSeal } from './pending-seal.ts';
import type { XfrmBundle } from '../xfrm/xfrm-bundle.ts';

/** To whom a received frame is addressed, as in linux/if_packet.h. */
export const PACKET_HOST = 0;
export const PACKET_BROADCAST = 1;
export const PACKET_MULTICAST = 2;
export const PACKET_OTHERHOST = 3;
export const PACKET_OUTGOING = 4;
/** A multicast of this machine's own, seen by itself. */
export const PACKET_LOOPBACK = 5;

/** What is known of the transport checksum, as in linux/skbuff.h. */
export const CHECKSUM_NONE = 0;
/** The bytes are known to be right: made on this machine, or verified already. */
export const CHECKSUM_UNNECESSARY = 1;

/** How a packet stands to its connection, as in linux/netfilter/nf_conntrack_common.h. */
export const IP_CT_ESTABLISHED = 0;
export const IP_CT_RELATED = 1;
export const IP_CT_NEW = 2;
export const IP_CT_IS_REPLY = 3;
export const IP_CT_ESTABLISHED_REPLY = 3;
export const IP_CT_RELATED_REPLY = 4;
/** NOTRACK: `nfct` is null on purpose. */
export const IP_CT_UNTRACKED = 7;

/** States of an ESP payload; see Packet.sealState. */
export const SEAL_NONE = 0;
export const SEAL_PENDING = 1;
export const SEAL_KNOWN = 2;

/**
 * A packet: bytes with headroom and the few sk_buff fields that matter.
 *
 *     buf  [ headroom | data ........................ | tailroom ]
 *                      ^head                           ^tail
 *
 * `head` moves down to push a header and up to pull one. `macOffset`, `networkOffset` and `transportOffset` are
 * absolute indexes into `buf`, valid once the layer has been reached; −1 means not set.
 */
export class Packet {
  buf: Uint8Array;
  /** The same memory as 32-bit words in the machine's byte order, for checksums. */
  words: Int32Array;
  head = 0;
  tail = 0;
  macOffset = -1;
  networkOffset = -1;
  transportOffset = -1;
  /** EtherType of the network header (host order), set by the sender or by eth_type_trans. */
  protocol = 0;
  pktType = PACKET_HOST;
  ipSummed = CHECKSUM_NONE;
  /** The device the packet is on: where it came in, or where it leaves. */
  dev: NetDevice | null = null;
  /** ifindex of the device the packet first arrived on (skb_iif), 0 for local packets. */
  iif = 0;
  mark = 0;
  nfct: ConntrackEntry | null = null;
  ctInfo = IP_CT_NEW;
  nfBridge: BridgeNetfilterInfo | null = null;
  /** The SAs that this packet was decrypted with (sec_path), innermost last. */
  secPath: SecurityAssociation[] | null = null;
  /** The route chosen for the packet (skb_dst), if any. */
  route: Ipv4Route | null = null;
  /** The same of an IPv6 packet. */
  route6: Ipv6Route | null = null;
  /** The transforms that output shall apply (the xfrm part of skb_dst), or null. */
  xfrm: XfrmBundle | null = null;
  /** xfrm has been at work on it (IPSKB_XFRM_TRANSFORMED): it is not looked up again. */
  xfrmTransformed = false;
  /**
   * Whether the packet's ESP payload is what its bytes say: SEAL_NONE; SEAL_PENDING when they still hold the
   * plaintext, and `seal` must run before anyone reads them; SEAL_KNOWN when they hold the ciphertext and `plaintext`
   * what it was made of.
   */
  sealState = SEAL_NONE;
  /** Who encrypts it; meaningful while `sealState` is not SEAL_NONE. */
  sealer: PendingSeal | null = null;
  /** Bytes from the ESP header to `tail`. */
  sealedLength = 0;
  /** High half of the sequence number, 0 without ESN. */
  sealedSequenceHigh = 0;
  /** Memory for the plaintext of SEAL_KNOWN; kept when the packet is used again. */
  plaintext: Uint8Array | null = null;
  /** IPVS has handled the packet (ipvs_property): it is not scheduled again. */
  ipvsProperty = false;
  /** Already translated or delivered to taps by netfilter TRACE targets. */
  nfTrace = false;
  /** Size of the largest fragment this datagram was reassembled from (IPCB frag_max_size), 0 when whole. */
  fragMaxSize = 0;
  /** DF was set on one of the fragments it was reassembled from. */
  fragHadDf = false;
  /**
   * skb->dst_pending_confirm: the sender made progress, so who this packet is sent to next is alive. The bit stays with
   * the packet through veth pairs, so a container's progress confirms the entries of the machine that forwards for it.
   */
  dstPendingConfirm = false;
  /** Stable hash of the flow chosen by the sending socket (skb->hash); 0 means compute from the headers. */
  flowHash = 0;
  /** GSO: payload bytes a segment when this is a super-packet, else 0. */
  gsoSize = 0;
  /** Number given at creation; copies keep it, so one packet can be followed through every tap. */
  id = 0;
  /** When the packet was received, in simulated nanoseconds; set when a socket queues it. */
  timestampNs = 0;
  /** Free-list bookkeeping; see PacketPool. */
  inPool = false;

  constructor(buf: Uint8Array) {
    this.buf = buf;
    this.words = wordsOf(buf);
  }

  /** Puts other memory in place; offsets are the caller's to mend. */
  setBuffer(buf: Uint8Array): void {
    this.buf = buf;
    this.words = wordsOf(buf);
  }

  /** Puts the ciphertext in place if that has been put off: call before reading or copying bytes. */
  seal(): void {
    if (this.sealState === SEAL_PENDING) this.sealer!.seal(this);
  }

  /** The payload was changed: what it was encrypted from says nothing any more. */
  payloadChanged(): void {
    this.seal();
    this.sealState = SEAL_NONE;
    this.ipSummed = CHECKSUM_NONE;
  }

  /** Bytes of data from `head` to `tail`. */
  get length(): number {
    return this.tail - this.head;
  }
}

function wordsOf(buf: Uint8Array): Int32Array {
  return new Int32Array(buf.buffer, buf.byteOffset, buf.length >> 2);
}
