import type { NetDevice } from '../device/net-device.ts';
import type { IcmpErrorReport } from '../namespace/icmp.ts';
import type { NetNamespace } from '../namespace/net-namespace.ts';
import { DropReason } from '../packet/drop-reason.ts';
import type { Packet } from '../packet/packet.ts';

/** The TCP sockets of a namespace. */
export class TcpTable {
  private readonly netns: NetNamespace;

  constructor(netns: NetNamespace) {
    this.netns = netns;
  }

  receive(dev: NetDevice, packet: Packet): void {
    this.netns.host.dropPacket(packet, DropReason.NO_SOCKET, dev);
  }

  icmpError(_report: IcmpErrorReport): void {}

  isPortInUse(_port: number, _address = 0): boolean {
    return false;
  }

  destroy(): void {}
}
