/** A container's place on a bridge network: a veth pair with one end in the bridge. */
import { Veth } from '../../core/device/veth.ts';
import { formatIp } from '../../protocols/ip-address.ts';
import type { DriverContext, EndpointInfo } from '../driver.ts';
import { containerMac, randomKernelMac } from '../mac-address.ts';
import type { PortMapping } from '../ports/port-mapping.ts';
import type { BridgeNetwork } from './network.ts';

export class BridgeEndpoint {
  readonly info: EndpointInfo;
  readonly mac: Uint8Array;
  /** The end that goes into the container. */
  readonly containerEnd: Veth;
  readonly hostEnd: Veth;
  portMappings: PortMapping[] = [];
  private readonly network: BridgeNetwork;

  constructor(context: DriverContext, network: BridgeNetwork, info: EndpointInfo) {
    this.info = info;
    this.network = network;
    const address = info.lease4 === null ? null : (info.lease4.address as number);
    this.mac = info.requestedMac ?? containerMac(address, context.random('endpoint-macs'), context.release);
    [this.containerEnd, this.hostEnd] = this.makePair(context);
    const port = network.device.addPort(this.hostEnd);
    if (!context.config.userlandProxy) port.hairpinMode = true;
    context.host.initNamespace.ipv4.setUp(this.hostEnd);
  }

  /** The container's IPv4 address as text; null when it has none. */
  get address4(): string | null {
    return this.info.lease4 === null ? null : formatIp(this.info.lease4.address);
  }

  /** The same of IPv6. */
  get address6(): string | null {
    return this.info.lease6 === null ? null : formatIp(this.info.lease6.address);
  }

  remove(): void {
    this.hostEnd.netns.destroyDevice(this.hostEnd);
  }

  /** Both ends begin in the host's namespace; the kernel registers the peer, the container's end, first. */
  private makePair(context: DriverContext): [Veth, Veth] {
    const { host } = context;
    const netns = host.initNamespace;
    const names = context.random('veth-names');
    const macs = context.random('veth-macs');
    const end = (name: string) => ({ name, netns, mac: randomKernelMac(macs) });
    const hostName = vethName(names, (name) => netns.device(name) !== undefined);
    const containerName = vethName(names, (name) => name === hostName || netns.device(name) !== undefined);
    const pair = Veth.pair(host, end(containerName), end(hostName));
    for (const dev of pair) {
      dev.txQueueLen = 0;
      if (this.network.options.mtu > 0) dev.mtu = this.network.options.mtu;
      netns.addDevice(dev);
    }
    return pair;
  }
}

/** `veth` and seven hexadecimal digits (netutils.GenerateIfaceName). */
export function vethName(random: { hex(count: number): string }, isTaken: (name: string) => boolean): string {
  for (;;) {
    const name = `veth${random.hex(7)}`;
    if (!isTaken(name)) return name;
  }
}
