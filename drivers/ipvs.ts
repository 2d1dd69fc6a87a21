/**
 * The one place where the Docker layer sets up virtual servers: what dockerd asks of the kernel over netlink, asked of
 * ipvsadm of the Linux layer.
 */
import type { NetNamespace } from '../core/namespace/net-namespace.ts';
import { ipvsOf } from '../core/ipvs/ipvs-of.ts';
import { ipvsadm } from '../core/ipvs/text/ipvsadm.ts';
import { formatIpv4 } from '../protocols/ipv4-address.ts';
import { DockerError } from './docker-error.ts';

/** How packets get to the servers: by NAT, or as they are (`dsr`). */
export type IpvsForwarding = '-m' | '-g';

/** A virtual server that is found by a firewall mark, with its real servers in turn. */
export class MarkedIpvsService {
  private readonly netns: NetNamespace;
  private readonly mark: number;
  private readonly forwarding: IpvsForwarding;

  constructor(netns: NetNamespace, mark: number, forwarding: IpvsForwarding) {
    this.netns = netns;
    this.mark = mark;
    this.forwarding = forwarding;
  }

  get exists(): boolean {
    const key = { fwmark: this.mark, protocol: 0, address: 0, port: 0 };
    return ipvsOf(this.netns).services.find(key) !== null;
  }

  create(): void {
    this.run('-A', '-f', String(this.mark), '-s', 'rr');
  }

  remove(): void {
    this.run('-D', '-f', String(this.mark));
  }

  addServer(address: number): void {
    this.run('-a', ...this.server(address), this.forwarding, '-w', '1');
  }

  /** Weight 0: connections go on, new ones go elsewhere. */
  quiesceServer(address: number): void {
    this.run('-e', ...this.server(address), this.forwarding, '-w', '0');
  }

  /** Weight 1 again. */
  reviveServer(address: number): void {
    this.run('-e', ...this.server(address), this.forwarding, '-w', '1');
  }

  removeServer(address: number): void {
    this.run('-d', ...this.server(address));
  }

  private server(address: number): string[] {
    return ['-f', String(this.mark), '-r', formatIpv4(address)];
  }

  private run(...args: string[]): void {
    const { code, stderr } = ipvsadm(this.netns, args);
    if (code !== 0) throw new DockerError('internal', `ipvs: ${args.join(' ')}: ${stderr.trim()}`);
  }
}

/** Loads ip_vs in a namespace, so that its settings under net.ipv4.vs are there. */
export function loadIpvs(netns: NetNamespace): void {
  ipvsOf(netns);
}
