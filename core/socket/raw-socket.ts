import { Stage } from '../host/cost-meter.ts';
import type { Process } from '../host/process.ts';
import type { NetDevice } from '../device/net-device.ts';
import { isMulticastAddress } from '../namespace/ipv4-address-class.ts';
import { selectSourceAddress } from '../namespace/ipv4-fib.ts';
import { ipSend, routeError } from '../namespace/ipv4-output.ts';
import { RTN_BROADCAST } from '../namespace/ipv4-route.ts';
import type { NetNamespace } from '../namespace/net-namespace.ts';
import { CHECKSUM_NONE } from '../packet/packet.ts';
import { EACCES, EMSGSIZE, ENETUNREACH } from './errno.ts';
import { RawSocketQueue } from './raw-socket-queue.ts';
import { IP_PMTUDISC_DO, IP_PMTUDISC_DONT, IP_PMTUDISC_WANT } from './udp-socket.ts';

/** A received packet, IP header included. */
export interface RawDatagram {
  source: number;
  /** The packet from its IP header on. */
  data: Uint8Array;
  receivedNs: number;
}

/** A raw IPv4 socket of one protocol (net/ipv4/raw.c), as ping uses it. Calls return 0 or a positive error number. */
export class RawSocket extends RawSocketQueue<number, RawDatagram> {
  localAddress = 0;
  remoteAddress = 0;
  boundDev: NetDevice | null = null;
  broadcast = false;
  ttl = 0;
  tos = 0;
  mark = 0;
  pmtuDiscover = IP_PMTUDISC_WANT;
  /** ICMP_FILTER: types that are not received, one bit each. */
  icmpFilter = 0;

  constructor(netns: NetNamespace, protocol: number, owner: Process | null) {
    super(netns, protocol, owner);
    netns.sockets.raw.add(this);
  }

  /** sendto(2): `data` is the IP payload. `confirm` tells the neighbour layer that the peer answers (MSG_CONFIRM). */
  sendTo(data: Uint8Array, address: number, confirm = false): number {
    if (this.softError !== 0) return this.takeError();
    const netns = this.netns;
    const route = netns.ipv4.fib.lookup(address, this.boundDev, this.localAddress, null, this.mark, this.tos);
    if (route === null) return ENETUNREACH;
    const unusable = routeError(route);
    if (unusable !== 0) return unusable;
    if (route.type === RTN_BROADCAST && !this.broadcast) return EACCES;
    const hop = route.gateway !== 0 ? route.gateway : address;
    const from =
      this.localAddress !== 0
        ? this.localAddress
        : route.prefSrc !== 0
          ? route.prefSrc
          : selectSourceAddress(netns, route.dev!, hop);
    const mtu = netns.ipv4.pathMtu.mtu(route, address);
    const fits = data.length + 20 <= mtu;
    if (!fits && this.pmtuDiscover >= IP_PMTUDISC_DO) {
      this.queueLocalMtuError(address, mtu, data);
      return EMSGSIZE;
    }
    if (data.length + 20 > 65535) return EMSGSIZE;
    if (netns.host.cost !== null) {
      netns.host.cost.chargeSystemCall(data.length);
      netns.host.cost.charge(Stage.socketSend, data.length);
    }
    const packet = netns.host.pool.from(data);
    // What the program wrote may be wrong: the receiver looks.
    packet.ipSummed = CHECKSUM_NONE;
    packet.mark = this.mark;
    packet.dstPendingConfirm = confirm;
    const dontFragment = fits && this.pmtuDiscover !== IP_PMTUDISC_DONT;
    const needsId = !(dontFragment && this.pmtuDiscover >= IP_PMTUDISC_DO);
    const id = needsId ? netns.ipv4.identification.next(from, address, this.protocol) : 0;
    const ttl = this.ttl !== 0 ? this.ttl : isMulticastAddress(address) ? 1 : netns.sysctl.ipDefaultTtl;
    return ipSend(netns, packet, route, from, address, this.protocol, ttl, this.tos, id, dontFragment);
  }

  protected override leaveTable(): void {
    this.netns.sockets.raw.remove(this);
  }
}
