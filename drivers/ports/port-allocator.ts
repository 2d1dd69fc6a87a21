/** Which host ports Docker has given out (libnetwork portallocator/portallocator.go). */
import type { NetNamespace } from '../../core/namespace/net-namespace.ts';
import { formatIp, type IpAddress } from '../../protocols/ip-address.ts';
import { DockerError } from '../docker-error.ts';
import type { PortProtocol } from './port-request.ts';

/** The ports of one address and protocol. */
class PortMap {
  readonly taken = new Set<number>();
  /** The port of the range that was given out last. */
  last: number;

  constructor(end: number) {
    this.last = end;
  }
}

/**
 * The allocator looks at each address by itself: that 0.0.0.0:80 and 127.0.0.1:80 cannot both be had is found when
 * the second is bound.
 */
export class PortAllocator {
  private readonly netns: NetNamespace;
  private readonly maps = new Map<string, PortMap>();

  constructor(netns: NetNamespace) {
    this.netns = netns;
  }

  /** A port of `first` to `last`; with 0, of net.ipv4.ip_local_port_range, after the one given out last. */
  request(address: IpAddress, protocol: PortProtocol, first: number, last: number): number {
    const map = this.mapOf(address, protocol);
    if (first > 0 && first === last) {
      if (map.taken.has(first)) throw alreadyAllocated(address, first);
      map.taken.add(first);
      return first;
    }
    const port = first > 0 ? firstFree(map, first, last, first) : this.nextEphemeral(map);
    if (port === null) throw new DockerError('internal', 'all ports are allocated');
    map.taken.add(port);
    return port;
  }

  release(address: IpAddress, protocol: PortProtocol, port: number): void {
    this.mapOf(address, protocol).taken.delete(port);
  }

  private nextEphemeral(map: PortMap): number | null {
    const [begin, end] = this.netns.sysctl.ipLocalPortRange;
    const start = map.last >= begin && map.last < end ? map.last + 1 : begin;
    const port = firstFree(map, begin, end, start);
    if (port !== null) map.last = port;
    return port;
  }

  private mapOf(address: IpAddress, protocol: PortProtocol): PortMap {
    const key = `${formatIp(address)} ${protocol}`;
    let map = this.maps.get(key);
    if (map === undefined) {
      map = new PortMap(this.netns.sysctl.ipLocalPortRange[1]);
      this.maps.set(key, map);
    }
    return map;
  }
}

function firstFree(map: PortMap, begin: number, end: number, start: number): number | null {
  const count = end - begin + 1;
  for (let i = 0; i < count; i++) {
    const port = begin + ((start - begin + i) % count);
    if (!map.taken.has(port)) return port;
  }
  return null;
}

function alreadyAllocated(address: IpAddress, port: number): DockerError {
  return new DockerError(
    'internal',
    `Bind for ${formatHostPort(address, port)} failed: port is already allocated`,
  );
}

/** `0.0.0.0:80` or `[::]:80`. The message of 20.10 has no brackets around IPv6; `:::80` is what it shows. */
export function formatHostPort(address: IpAddress, port: number): string {
  return `${formatIp(address)}:${port}`;
}
