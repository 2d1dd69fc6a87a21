import { VXLAN_HEADER_LENGTH, hasUnknownVxlanBits, vxlanVni } from '../../../protocols/vxlan.ts';
import type { NetNamespace } from '../../namespace/net-namespace.ts';
import { NetlinkError } from '../../namespace/netlink-error.ts';
import { DropReason } from '../../packet/drop-reason.ts';
import type { Packet } from '../../packet/packet.ts';
import { UdpSocket, type UdpEncapReceiver } from '../../socket/udp-socket.ts';
import type { NetDevice } from '../net-device.ts';
import type { Vxlan } from './vxlan.ts';

/**
 * The UDP socket that the VXLAN devices of one port share (struct vxlan_sock). It lives in the namespace the
 * devices were made in, while they are up, wherever they were moved to.
 */
export class VxlanSocket implements UdpEncapReceiver {
  private readonly socket: UdpSocket;
  private readonly devices = new Map<number, Vxlan>();

  private constructor(socket: UdpSocket) {
    this.socket = socket;
    socket.encap = this;
  }

  /** vxlan_sock_add: joins the port's socket, or opens it. Throws when another program has the port. */
  static join(netns: NetNamespace, port: number, vni: number, dev: Vxlan): VxlanSocket {
    const shared = netns.sockets.udp
      .list()
      .find((socket) => socket.localPort === port && isVxlan(socket.encap));
    const joined = shared === undefined ? VxlanSocket.open(netns, port) : (shared.encap as VxlanSocket);
    joined.devices.set(vni, dev);
    return joined;
  }

  /** vxlan_sock_release: the last device closes it. */
  leave(vni: number): void {
    this.devices.delete(vni);
    if (this.devices.size === 0) this.socket.close();
  }

  /** The device of a VNI, if it is up. */
  device(vni: number): Vxlan | undefined {
    return this.devices.get(vni);
  }

  /** vxlan_rcv. `head` is past the UDP header. */
  receiveEncapsulated(dev: NetDevice, packet: Packet): void {
    const host = dev.host;
    const vni = vxlanVni(packet.buf, packet.head, packet.tail - packet.head);
    if (vni < 0) {
      host.dropPacket(packet, DropReason.VXLAN_INVALID_HDR, dev);
      return;
    }
    const vxlan = this.devices.get(vni);
    if (vxlan === undefined) {
      host.dropPacket(packet, DropReason.VXLAN_VNI_NOT_FOUND, dev);
      return;
    }
    if (hasUnknownVxlanBits(packet.buf, packet.head)) {
      host.dropPacket(packet, DropReason.VXLAN_INVALID_HDR, dev);
      return;
    }
    packet.head += VXLAN_HEADER_LENGTH;
    vxlan.receiveDecapsulated(packet);
  }

  private static open(netns: NetNamespace, port: number): VxlanSocket {
    const socket = new UdpSocket(netns);
    if (socket.bind(0, port) !== 0) throw new NetlinkError('Address already in use');
    return new VxlanSocket(socket);
  }
}

function isVxlan(receiver: UdpEncapReceiver | null): boolean {
  return receiver instanceof VxlanSocket;
}
