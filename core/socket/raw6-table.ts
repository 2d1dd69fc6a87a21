import { PROTO } from '../../protocols/ipv4.ts';
import { IPV6 } from '../../protocols/ipv6.ts';
import { Ipv6Address } from '../../protocols/ipv6-address.ts';
import { Stage } from '../host/cost-meter.ts';
import type { Icmpv6ErrorReport } from '../namespace/icmpv6.ts';
import type { NetNamespace } from '../namespace/net-namespace.ts';
import type { Packet } from '../packet/packet.ts';
import { icmpv6Errno } from './icmpv6-errno.ts';
import type { Raw6Socket } from './raw6-socket.ts';

/** The raw IPv6 sockets of a namespace. */
export class Raw6Table {
  private readonly netns: NetNamespace;
  private readonly sockets: Raw6Socket[] = [];

  constructor(netns: NetNamespace) {
    this.netns = netns;
  }

  add(socket: Raw6Socket): void {
    this.sockets.push(socket);
  }

  remove(socket: Raw6Socket): void {
    const index = this.sockets.indexOf(socket);
    if (index >= 0) this.sockets.splice(index, 1);
  }

  list(): readonly Raw6Socket[] {
    return this.sockets;
  }

  /** raw6_local_deliver: gives every socket that wants it a copy; true when at least one did. */
  deliver(packet: Packet, protocol: number): boolean {
    if (this.sockets.length === 0) return false;
    let taken = false;
    const { buf, networkOffset: at, transportOffset } = packet;
    for (const socket of this.sockets) {
      if (socket.protocol !== protocol || !this.matches(socket, packet)) continue;
      const isFiltered = protocol === PROTO.ICMPV6 && socket.blockedTypes[buf[transportOffset] ?? 0] !== 0;
      if (isFiltered) continue;
      taken = true;
      const { cost } = this.netns.host;
      if (cost !== null) cost.charge(Stage.socketReceive, packet.tail - packet.transportOffset);
      const { tracer } = this.netns.host.env;
      if (tracer !== null)
        tracer.step(this.netns, packet, { kind: 'delivered', to: 'raw socket', owner: socket.owner });
      packet.seal();
      socket.enqueue({
        source: Ipv6Address.read(buf, at + IPV6.SOURCE),
        destination: Ipv6Address.read(buf, at + IPV6.DESTINATION),
        dev: packet.dev!,
        hopLimit: buf[at + IPV6.HOP_LIMIT]!,
        data: buf.slice(transportOffset, packet.tail),
        receivedNs: this.netns.host.nowNs(),
      });
    }
    return taken;
  }

  /** rawv6_err. */
  icmpError(report: Icmpv6ErrorReport): void {
    const { packet, innerOffset, type, code } = report;
    const buf = packet.buf;
    for (const socket of this.sockets) {
      if (socket.protocol !== report.innerProtocol || !socket.recvErr) continue;
      const { localAddress, remoteAddress } = socket;
      const isLocal = localAddress.equalsBytes(buf, innerOffset + IPV6.SOURCE);
      if (!localAddress.isUnspecified() && !isLocal) continue;
      const isRemote = remoteAddress.equalsBytes(buf, innerOffset + IPV6.DESTINATION);
      if (!remoteAddress.isUnspecified() && !isRemote) continue;
      socket.reportError({
        errno: icmpv6Errno(type, code).errno,
        type,
        code,
        info: report.mtuBytes,
        offender: report.reporter,
        local: false,
        data: buf.slice(report.innerTransportOffset, packet.tail),
      });
    }
  }

  destroy(): void {
    this.sockets.length = 0;
  }

  private matches(socket: Raw6Socket, packet: Packet): boolean {
    const { buf, networkOffset: at } = packet;
    const { localAddress, remoteAddress, boundDev } = socket;
    const isGroup = buf[at + IPV6.DESTINATION] === 0xff;
    if (!isGroup && !localAddress.isUnspecified() && !localAddress.equalsBytes(buf, at + IPV6.DESTINATION)) {
      return false;
    }
    if (!remoteAddress.isUnspecified() && !remoteAddress.equalsBytes(buf, at + IPV6.SOURCE)) return false;
    return boundDev === null || boundDev === packet.dev;
  }
}
