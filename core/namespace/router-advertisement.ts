import { get16, get32 } from '../../protocols/bytes.ts';
import { IPV6, IPV6_MIN_MTU } from '../../protocols/ipv6.ts';
import { Ipv6Address, linkLocalFromMac } from '../../protocols/ipv6-address.ts';
import {
  areNdOptionsValid,
  findNdOption,
  ND_OPTION,
  ND_PREFIX,
  ND_PREFIX_FLAG,
  ND_PREFIX_LENGTH,
  ND_ROUTER_ADVERTISEMENT,
} from '../../protocols/neighbour-discovery.ts';
import type { NetDevice } from '../device/net-device.ts';
import { DropReason } from '../packet/drop-reason.ts';
import type { Packet } from '../packet/packet.ts';
import type { InterfaceAddress6 } from './ipv6-interface-address.ts';
import { IFA_F_MANAGETEMPADDR } from './ipv6-interface-address.ts';
import { RTN_UNICAST, RT_TABLE_MAIN } from './ipv4-route.ts';
import { IP6_RT_PRIO_USER, RTPROT_RA } from './ipv6-route.ts';
import type { Ipv6Stack } from './ipv6-stack.ts';
import { linkAddressAt } from './ndisc-receive.ts';
import { NUD_STALE } from './neighbour.ts';

const NS_PER_S = 1e9;
const INFINITE_S = 0xffffffff;
/** Two hours: an advertisement may not cut a longer lifetime below it (RFC 4862 section 5.5.3 e). */
const MIN_VALID_NS = 7_200 * NS_PER_S;

/**
 * ndisc_router_discovery (RFC 4861 section 6.3.4, RFC 4862 section 5.5): default route, hop limit, timers, MTU,
 * on-link prefixes and addresses. Returns 0 or the reason of a drop.
 * Not modelled: route information (RFC 4191), DNS options, router preference.
 */
export function receiveRouterAdvertisement(stack: Ipv6Stack, dev: NetDevice, packet: Packet): number {
  const { buf, transportOffset: at, tail } = packet;
  if (tail - at < ND_ROUTER_ADVERTISEMENT.OPTIONS) return DropReason.PKT_TOO_SMALL;
  const router = Ipv6Address.read(buf, packet.networkOffset + IPV6.SOURCE);
  if (!router.isLinkLocal()) return DropReason.ICMP_INVALID;
  const options = at + ND_ROUTER_ADVERTISEMENT.OPTIONS;
  if (!areNdOptionsValid(buf, options, tail)) return DropReason.IPV6_NDISC_BAD_OPTIONS;
  const config = dev.ipv6!;
  if (!stack.acceptsAdvertisements(dev)) return 0;
  if (!config.ready || config.find(router) !== null) return 0;
  config.routerSeen = true;
  config.routerSolicitation.stop();
  if (config.acceptRaDefrtr !== 0) {
    learnDefaultRoute(stack, dev, router, get16(buf, at + ND_ROUTER_ADVERTISEMENT.ROUTER_LIFETIME));
  }
  learnTimers(stack, dev, buf, at);
  const mac = linkAddressAt(packet, options, ND_OPTION.SOURCE_LINK_ADDRESS);
  if (mac >= 0) {
    const neighbour = stack.ndisc.neighbour(dev, router);
    neighbour.update(buf, mac, NUD_STALE, true);
    neighbour.isRouter = true;
  }
  if (config.acceptRaMtu !== 0) learnMtu(dev, buf, findNdOption(buf, options, tail, ND_OPTION.MTU));
  if (config.acceptRaPinfo === 0) return 0;
  let option = findNdOption(buf, options, tail, ND_OPTION.PREFIX_INFORMATION);
  while (option >= 0) {
    if (buf[option + 1]! << 3 === ND_PREFIX_LENGTH) learnPrefix(stack, dev, buf, option);
    const next = option + (buf[option + 1]! << 3);
    option = findNdOption(buf, next, tail, ND_OPTION.PREFIX_INFORMATION);
  }
  return 0;
}

function learnDefaultRoute(stack: Ipv6Stack, dev: NetDevice, router: Ipv6Address, lifetimeS: number): void {
  stack.forgetRouter(dev, router);
  if (lifetimeS === 0) return;
  stack.fib.add({
    type: RTN_UNICAST,
    destination: Ipv6Address.UNSPECIFIED,
    prefixLength: 0,
    gateway: router,
    dev,
    prefSrc: null,
    protocol: RTPROT_RA,
    table: RT_TABLE_MAIN,
    metric: IP6_RT_PRIO_USER,
    mtu: 0,
    expiresNs: stack.netns.host.sim.nowNs + lifetimeS * NS_PER_S,
  });
}

function learnTimers(stack: Ipv6Stack, dev: NetDevice, buf: Uint8Array, at: number): void {
  const hopLimit = buf[at + ND_ROUTER_ADVERTISEMENT.CUR_HOP_LIMIT]!;
  if (hopLimit !== 0) dev.ipv6!.hopLimit = hopLimit;
  const parameters = dev.ipv6!.neighbourParameters;
  const retransMs = get32(buf, at + ND_ROUTER_ADVERTISEMENT.RETRANS_TIMER);
  if (retransMs !== 0) parameters.retransTimeNs = Math.max(retransMs, 4) * 1e6;
  const reachableMs = get32(buf, at + ND_ROUTER_ADVERTISEMENT.REACHABLE_TIME);
  if (reachableMs === 0 || reachableMs > 3_600_000) return;
  if (parameters.baseReachableTimeNs === reachableMs * 1e6) return;
  parameters.baseReachableTimeNs = reachableMs * 1e6;
  stack.ndisc.drawReachableTime(parameters);
}

function learnMtu(dev: NetDevice, buf: Uint8Array, option: number): void {
  if (option < 0) return;
  const mtu = get32(buf, option + 4);
  if (mtu >= IPV6_MIN_MTU && mtu <= dev.mtu) dev.ipv6!.advertisedMtu = mtu;
}

/** addrconf_prefix_rcv. */
function learnPrefix(stack: Ipv6Stack, dev: NetDevice, buf: Uint8Array, option: number): void {
  const length = buf[option + ND_PREFIX.PREFIX_LENGTH]!;
  const flags = buf[option + ND_PREFIX.FLAGS]!;
  const validS = get32(buf, option + ND_PREFIX.VALID_LIFETIME);
  const preferredS = get32(buf, option + ND_PREFIX.PREFERRED_LIFETIME);
  const prefix = Ipv6Address.read(buf, option + ND_PREFIX.PREFIX);
  if (length > 128 || prefix.isMulticast() || prefix.isLinkLocal() || preferredS > validS) return;
  const validNs = lifetimeNs(validS);
  if ((flags & ND_PREFIX_FLAG.ON_LINK) !== 0) learnOnLink(stack, dev, prefix, length, validNs);
  const makesAddress = (flags & ND_PREFIX_FLAG.AUTONOMOUS) !== 0 && dev.ipv6!.autoconf !== 0;
  if (!makesAddress || length !== 64) return;
  const token = linkLocalFromMac(dev.mac, 0, dev.deviceId);
  const address = new Ipv6Address(prefix.w0, prefix.w1, token.w2, token.w3);
  const known = dev.ipv6!.find(address);
  if (known !== null) {
    refresh(known, lifetimeNs(preferredS), validNs);
    return;
  }
  if (validS === 0) return;
  stack.addAddress(dev, address, 64, {
    flags: IFA_F_MANAGETEMPADDR,
    origin: 'kernel_ra',
    prefixRoute: false,
    preferredNs: lifetimeNs(preferredS),
    validNs,
  });
}

function learnOnLink(
  stack: Ipv6Stack,
  dev: NetDevice,
  prefix: Ipv6Address,
  length: number,
  validNs: number,
): void {
  if (validNs === 0) {
    stack.fib.removeWhere(
      (route) =>
        route.dev === dev &&
        route.type === RTN_UNICAST &&
        route.gateway === null &&
        route.prefixLength === length &&
        route.expiresNs !== Infinity &&
        route.destination.equals(prefix.masked(length)),
    );
    return;
  }
  stack.fib.addPrefix(dev, prefix, length, stack.netns.host.sim.nowNs + validNs);
}

/** RFC 4862 section 5.5.3 e: a lifetime is not shortened below two hours by one advertisement. */
function refresh(address: InterfaceAddress6, preferredNs: number, validNs: number): void {
  const leftNs = address.validUntilNs - address.dev.host.sim.nowNs;
  const mayTake = validNs > MIN_VALID_NS || validNs > leftNs;
  const valid = mayTake ? validNs : Math.min(leftNs, MIN_VALID_NS);
  address.setLifetimes(Math.min(preferredNs, valid), valid);
}

function lifetimeNs(seconds: number): number {
  return seconds === INFINITE_S ? Infinity : seconds * NS_PER_S;
}
