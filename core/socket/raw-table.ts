import { ICMP_TYPE, ICMP_UNREACH } from '../../protocols/icmp.ts';
import { IPV4, PROTO, ipv4Destination, ipv4Source } from '../../protocols/ipv4.ts';
import { Stage } from '../host/cost-meter.ts';
import type { IcmpErrorReport } from '../namespace/icmp.ts';
import type { NetNamespace } from '../namespace/net-namespace.ts';
import type { Packet } from '../packet/packet.ts';
import { EMSGSIZE } from './errno.ts';
import type { RawSocket } from './raw-socket.ts';
import { icmpErrno } from './icmp-errno.ts';

/** The raw sockets of a namespace. */
export class RawTable {
  private readonly netns: NetNamespace;
  private readonly sockets: RawSocket[] = [];

  constructor(netns: NetNamespace) {
    this.netns = netns;
  }

  add(socket: RawSocket): void {
    this.sockets.push(socket);
  }

  remove(socket: RawSocket): void {
    const index = this.sockets.indexOf(socket);
    if (index >= 0) this.sockets.splice(index, 1);
  }

  list(): readonly RawSocket[] {
    return this.sockets;
  }

  /** raw_local_deliver: gives every socket that wants it a copy; true when at least one did. */
  deliver(packet: Packet, protocol: number): boolean {
    if (this.sockets.length === 0) return false;
    let taken = false;
    const buf = packet.buf;
    const source = ipv4Source(buf, packet.networkOffset);
    const destination = ipv4Destination(buf, packet.networkOffset);
    // A socket opened or closed by a reader runs later, so the list does not change underneath.
    for (const socket of this.sockets) {
      if (socket.protocol !== protocol) continue;
      if (socket.localAddress !== 0 && socket.localAddress !== destination) continue;
      if (socket.remoteAddress !== 0 && socket.remoteAddress !== source) continue;
      if (socket.boundDev !== null && socket.boundDev !== packet.dev) continue;
      if (protocol === PROTO.ICMP && this.filtered(socket, buf[packet.transportOffset] ?? 0)) continue;
      taken = true;
      const { cost } = this.netns.host;
      if (cost !== null) cost.charge(Stage.socketReceive, packet.tail - packet.transportOffset);
      const { tracer } = this.netns.host.env;
      if (tracer !== null)
        tracer.step(this.netns, packet, { kind: 'delivered', to: 'raw socket', owner: socket.owner });
      packet.seal();
      const data = buf.slice(packet.networkOffset, packet.tail);
      socket.enqueue({ source, data, receivedNs: this.netns.host.nowNs() });
    }
    return taken;
  }

  /** raw_icmp_error. */
  icmpError(report: IcmpErrorReport): void {
    const buf = report.packet.buf;
    const protocol = buf[report.innerOffset + IPV4.PROTOCOL]!;
    for (const socket of this.sockets) {
      if (socket.protocol !== protocol || !socket.recvErr) continue;
      const remote = ipv4Destination(buf, report.innerOffset);
      const local = ipv4Source(buf, report.innerOffset);
      if (socket.localAddress !== 0 && socket.localAddress !== local) continue;
      if (socket.remoteAddress !== 0 && socket.remoteAddress !== remote) continue;
      const needsFragmenting =
        report.type === ICMP_TYPE.DEST_UNREACH && report.code === ICMP_UNREACH.FRAG_NEEDED;
      socket.reportError({
        errno: needsFragmenting ? EMSGSIZE : icmpErrno(report.type, report.code).errno,
        type: report.type,
        code: report.code,
        info: report.mtuBytes,
        offender: report.reporter,
        local: false,
        data: buf.slice(report.innerTransportOffset, report.packet.tail),
      });
    }
  }

  destroy(): void {
    this.sockets.length = 0;
  }

  private filtered(socket: RawSocket, type: number): boolean {
    return type < 32 && (socket.icmpFilter & (1 << type)) !== 0;
  }
}
