import type { NetNamespace } from '../../core/namespace/net-namespace.ts';
import { DockerError } from '../docker-error.ts';
import type { PortProtocol } from './port-mapping.ts';

/**
 * The host ports that Docker has given out (libnetwork portallocator). A port taken on all addresses of a family is
 * taken on each of them, and the other way round.
 */
export class PortAllocator {
  private readonly netns: NetNamespace;
  /** By host IP and protocol: ports taken, and the last of the dynamic range given out. */
  private readonly pools = new Map<string, { taken: Set<number>; last: number }>();

  constructor(netns: NetNamespace) {
    this.netns = netns;
  }

  /**
   * Takes a port: the first free of a range, or with 0 the next one of net.ipv4.ip_local_port_range. Throws
   * Docker's "port is already allocated" when there is none.
   */
  allocate(hostIp: string, protocol: PortProtocol, from: number, to: number): number {
    if (from === 0) return this.allocateDynamic(hostIp, protocol);
    for (let port = from; port <= to; port++) {
      if (this.isTaken(hostIp, protocol, port)) continue;
      this.pool(hostIp, protocol).taken.add(port);
      return port;
    }
    const where = hostIp.includes(':') ? `[${hostIp}]` : hostIp;
    throw new DockerError('internal', `Bind for ${where}:${from} failed: port is already allocated`);
  }

  release(hostIp: string, protocol: PortProtocol, port: number): void {
    this.pool(hostIp, protocol).taken.delete(port);
  }

  private allocateDynamic(hostIp: string, protocol: PortProtocol): number {
    const [low, high] = this.netns.sysctl.ipLocalPortRange;
    const pool = this.pool(hostIp, protocol);
    for (let i = 0; i <= high - low; i++) {
      const port = pool.last >= high || pool.last < low ? low : pool.last + 1;
      pool.last = port;
      if (this.isTaken(hostIp, protocol, port)) continue;
      pool.taken.add(port);
      return port;
    }
    throw new DockerError('internal', 'all ports are allocated');
  }

  private isTaken(hostIp: string, protocol: PortProtocol, port: number): boolean {
    const isIpv6 = hostIp.includes(':');
    const any = isIpv6 ? '::' : '0.0.0.0';
    for (const [key, { taken }] of this.pools) {
      const [otherProtocol, otherIp] = [key.slice(0, key.indexOf('/')), key.slice(key.indexOf('/') + 1)];
      if (otherProtocol !== protocol || otherIp.includes(':') !== isIpv6) continue;
      if (otherIp !== hostIp && otherIp !== any && hostIp !== any) continue;
      if (taken.has(port)) return true;
    }
    return false;
  }

  private pool(hostIp: string, protocol: PortProtocol): { taken: Set<number>; last: number } {
    const key = `${protocol}/${hostIp}`;
    let pool = this.pools.get(key);
    if (pool === undefined) {
      pool = { taken: new Set(), last: 0 };
      this.pools.set(key, pool);
    }
    return pool;
  }
}
