import type { NetDevice } from '../../core/device/net-device.ts';
import { NetlinkError } from '../../core/namespace/netlink-error.ts';
import type { Neighbour } from '../../core/namespace/neighbour.ts';
import { NUD_VALID } from '../../core/namespace/neighbour.ts';
import type { Ipv6Address } from '../../protocols/ipv6-address.ts';
import type { IpCommand } from './ip-command.ts';

/** What is asked of one IPv6 neighbour entry. */
export interface NeighbourRequest6 {
  dev: NetDevice;
  address: Ipv6Address;
  lladdr: Uint8Array | null;
  state: number;
  router: boolean;
}

/** neigh_add for IPv6. */
export function changeNeighbour6(
  command: IpCommand,
  { dev, address, lladdr, state, router }: NeighbourRequest6,
  change: { create: boolean; replace: boolean },
): number {
  command.requireAdmin();
  const stack = command.ipv6Stack();
  if (dev.ipv6 === null) throw new NetlinkError('Operation not supported');
  const known = dev.ipv6.neighbours.get(address);
  if (known !== undefined && !change.replace) throw new NetlinkError('File exists');
  if (known === undefined && !change.create) throw new NetlinkError('No such file or directory');
  if (lladdr === null && (state & NUD_VALID) !== 0 && known === undefined)
    throw new NetlinkError('Invalid argument');
  const entry = stack.ndisc.neighbour(dev, address);
  entry.update(lladdr, 0, state, true);
  entry.isRouter = router;
  return 0;
}

export function deleteNeighbour6(command: IpCommand, { dev, address }: NeighbourRequest6): number {
  command.requireAdmin();
  if (dev.ipv6?.neighbours.get(address) === undefined) throw new NetlinkError('No such file or directory');
  command.ipv6Stack().ndisc.flush(dev, (entry) => (entry.address as Ipv6Address).equals(address));
  return 0;
}

/** All IPv6 entries of a device. */
export function neighbours6(dev: NetDevice): Neighbour[] {
  return dev.ipv6?.neighbours.values() ?? [];
}
