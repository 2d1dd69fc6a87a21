import { ICMPV6, ICMPV6_TYPE } from '../../protocols/icmpv6.ts';
import { IPV6 } from '../../protocols/ipv6.ts';
import { Ipv6Address } from '../../protocols/ipv6-address.ts';
import {
  areNdOptionsValid,
  findNdOption,
  ND_HOP_LIMIT,
  ND_LINK_ADDRESS_LENGTH,
  ND_LINK_ADDRESS_MAC,
  ND_NA_FLAG,
  ND_NEIGHBOUR,
  ND_OPTION,
} from '../../protocols/neighbour-discovery.ts';
import type { NetDevice } from '../device/net-device.ts';
import { DropReason } from '../packet/drop-reason.ts';
import { PACKET_LOOPBACK, type Packet } from '../packet/packet.ts';
import type { Ipv6Stack } from './ipv6-stack.ts';
import { NUD_FAILED, NUD_REACHABLE, NUD_STALE } from './neighbour.ts';
import { receiveRouterAdvertisement } from './router-advertisement.ts';

/** ndisc_rcv: the checks all messages share, then what each type means. The packet is taken. */
export function ndiscReceive(stack: Ipv6Stack, dev: NetDevice, packet: Packet): void {
  const { netns } = stack;
  const reason = process(stack, dev, packet);
  if (reason !== 0) {
    netns.host.dropPacket(packet, reason, dev);
    return;
  }
  const { tracer } = netns.host.env;
  if (tracer !== null)
    tracer.step(netns, packet, { kind: 'delivered', to: 'neighbour discovery', owner: null });
  netns.host.consumePacket(packet);
}

/** 0 when the message was acted on (or told nothing new), else why it is dropped. */
function process(stack: Ipv6Stack, dev: NetDevice, packet: Packet): number {
  const { buf, transportOffset: at, networkOffset } = packet;
  if (packet.fragMaxSize !== 0) return DropReason.IPV6_NDISC_FRAG;
  if (buf[networkOffset + IPV6.HOP_LIMIT] !== ND_HOP_LIMIT) return DropReason.IPV6_NDISC_HOP_LIMIT;
  if (buf[at + ICMPV6.CODE] !== 0) return DropReason.IPV6_NDISC_BAD_CODE;
  switch (buf[at + ICMPV6.TYPE]) {
    case ICMPV6_TYPE.NEIGHBOUR_SOLICITATION:
      return neighbourMessageError(packet) || receiveSolicitation(stack, dev, packet);
    case ICMPV6_TYPE.NEIGHBOUR_ADVERTISEMENT:
      return neighbourMessageError(packet) || receiveAdvertisement(stack, dev, packet);
    case ICMPV6_TYPE.ROUTER_ADVERTISEMENT:
      return receiveRouterAdvertisement(stack, dev, packet);
    default:
      // Router solicitations are answered by a daemon, and redirects are not acted on.
      return 0;
  }
}

/** What RFC 4861 sections 7.1.1 and 7.1.2 ask of both kinds. */
function neighbourMessageError(packet: Packet): number {
  const { buf, transportOffset: at, tail } = packet;
  if (tail - at < ND_NEIGHBOUR.OPTIONS) return DropReason.PKT_TOO_SMALL;
  if (buf[at + ND_NEIGHBOUR.TARGET] === 0xff) return DropReason.ICMP_INVALID;
  if (!areNdOptionsValid(buf, at + ND_NEIGHBOUR.OPTIONS, tail)) return DropReason.IPV6_NDISC_BAD_OPTIONS;
  return 0;
}

/** The MAC in a link-address option: its offset, −1 without one, −2 when it is of another length. */
export function linkAddressAt(packet: Packet, from: number, type: number): number {
  const option = findNdOption(packet.buf, from, packet.tail, type);
  if (option < 0) return -1;
  return packet.buf[option + 1]! << 3 === ND_LINK_ADDRESS_LENGTH ? option + ND_LINK_ADDRESS_MAC : -2;
}

/** ndisc_recv_ns. */
function receiveSolicitation(stack: Ipv6Stack, dev: NetDevice, packet: Packet): number {
  const { buf, transportOffset: at, networkOffset } = packet;
  const source = Ipv6Address.read(buf, networkOffset + IPV6.SOURCE);
  const destination = Ipv6Address.read(buf, networkOffset + IPV6.DESTINATION);
  const target = Ipv6Address.read(buf, at + ND_NEIGHBOUR.TARGET);
  const isDad = source.isUnspecified();
  if (isDad && !isSolicitedNode(destination)) return DropReason.ICMP_INVALID;
  const mac = linkAddressAt(packet, at + ND_NEIGHBOUR.OPTIONS, ND_OPTION.SOURCE_LINK_ADDRESS);
  if (mac === -2 || (isDad && mac >= 0)) return DropReason.IPV6_NDISC_BAD_OPTIONS;
  const own = dev.ipv6!.find(target);
  if (own === null) return DropReason.IPV6_NDISC_NOT_FOR_US;
  if (own.tentative) {
    // Somebody else detects for the same address, unless it is our own question that came back.
    if (isDad && !isOwnNonce(packet, own.dadNonce)) own.dadFailed();
    return 0;
  }
  if (isDad) {
    stack.ndisc.sendAdvertisement(dev, Ipv6Address.ALL_NODES, target, false, true, true);
    return 0;
  }
  const wasMulticast = destination.isMulticast();
  if (mac >= 0) stack.ndisc.neighbour(dev, source).update(buf, mac, NUD_STALE, true);
  else if (wasMulticast && dev.ipv6!.neighbours.get(source) === undefined && stack.resolves(dev)) return 0;
  stack.ndisc.sendAdvertisement(dev, source, target, true, wasMulticast, wasMulticast);
  return 0;
}

function isSolicitedNode(address: Ipv6Address): boolean {
  return address.equals(address.solicitedNodeGroup());
}

function isOwnNonce(packet: Packet, nonce: Uint8Array | null): boolean {
  if (nonce === null) return false;
  const from = packet.transportOffset + ND_NEIGHBOUR.OPTIONS;
  const option = findNdOption(packet.buf, from, packet.tail, ND_OPTION.NONCE);
  if (option < 0 || packet.buf[option + 1] !== 1) return false;
  return nonce.every((byte, i) => packet.buf[option + 2 + i] === byte);
}

/** ndisc_recv_na. */
function receiveAdvertisement(stack: Ipv6Stack, dev: NetDevice, packet: Packet): number {
  const { buf, transportOffset: at, networkOffset } = packet;
  const flags = buf[at + ND_NEIGHBOUR.FLAGS]!;
  const solicited = (flags & ND_NA_FLAG.SOLICITED) !== 0;
  const override = (flags & ND_NA_FLAG.OVERRIDE) !== 0;
  if (buf[networkOffset + IPV6.DESTINATION] === 0xff && solicited) return DropReason.ICMP_INVALID;
  const mac = linkAddressAt(packet, at + ND_NEIGHBOUR.OPTIONS, ND_OPTION.TARGET_LINK_ADDRESS);
  if (mac === -2) return DropReason.IPV6_NDISC_BAD_OPTIONS;
  const target = Ipv6Address.read(buf, at + ND_NEIGHBOUR.TARGET);
  const own = dev.ipv6!.find(target);
  if (own !== null) {
    if (own.tentative && packet.pktType !== PACKET_LOOPBACK) own.dadFailed();
    return 0;
  }
  // An advertisement nobody here waited for makes no entry (RFC 4861 section 7.2.5).
  const neighbour = dev.ipv6!.neighbours.get(target);
  if (neighbour === undefined) return DropReason.IPV6_NDISC_NOT_FOR_US;
  if ((neighbour.state & NUD_FAILED) !== 0 || (mac < 0 && !neighbour.isValid)) return 0;
  const state = solicited ? NUD_REACHABLE : NUD_STALE;
  const differs = mac >= 0 && neighbour.isValid && !sameBytes(buf, mac, neighbour.lladdr);
  neighbour.update(mac >= 0 ? buf : null, Math.max(mac, 0), state, override);
  if (differs && !override) return 0;
  const wasRouter = neighbour.isRouter;
  neighbour.isRouter = (flags & ND_NA_FLAG.ROUTER) !== 0;
  if (wasRouter && !neighbour.isRouter) stack.forgetRouter(dev, target);
  return 0;
}

function sameBytes(buf: Uint8Array, offset: number, mac: Uint8Array): boolean {
  return mac.every((byte, i) => buf[offset + i] === byte);
}
