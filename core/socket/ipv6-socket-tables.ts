import type { NetNamespace } from '../namespace/net-namespace.ts';
import type { RandomStream } from '../sim/random-streams.ts';
import { Raw6Table } from './raw6-table.ts';
import { Tcp6Table } from './tcp6-table.ts';
import { Udp6Table } from './udp6-table.ts';

/** The IPv6 sockets of a namespace, by protocol. */
export class Ipv6SocketTables {
  readonly udp: Udp6Table;
  readonly raw: Raw6Table;
  readonly tcp: Tcp6Table;

  constructor(netns: NetNamespace, random: RandomStream) {
    this.udp = new Udp6Table(netns, random);
    this.raw = new Raw6Table(netns);
    this.tcp = new Tcp6Table(netns);
  }

  destroy(): void {
    this.udp.destroy();
    this.raw.destroy();
    this.tcp.destroy();
  }
}
