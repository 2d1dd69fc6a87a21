import type { NetNamespace } from '../namespace/net-namespace.ts';
import { RawTable } from './raw-table.ts';
import { TcpTable } from './tcp-table.ts';
import { UdpTable } from './udp-table.ts';

/** The sockets of a namespace, by protocol. */
export class SocketTables {
  readonly udp: UdpTable;
  readonly raw: RawTable;
  readonly tcp: TcpTable;

  constructor(netns: NetNamespace) {
    this.udp = new UdpTable(netns);
    this.raw = new RawTable(netns);
    this.tcp = new TcpTable(netns);
  }

  destroy(): void {
    this.udp.destroy();
    this.raw.destroy();
    this.tcp.destroy();
  }
}
