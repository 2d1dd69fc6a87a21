/** A container's place on an overlay network: a veth pair, one end of it a port in the network's namespace. */
import type { NetDevice } from '../../core/device/net-device.ts';
import { Veth } from '../../core/device/veth.ts';
import { vethName } from '../bridge/endpoint.ts';
import type { DriverContext, EndpointInfo } from '../driver.ts';
import { macFromIpv4, randomKernelMac } from '../mac-address.ts';

export class OverlayEndpoint {
  readonly info: EndpointInfo;
  readonly mac: Uint8Array;
  /** While joined: the end that goes into the container. */
  containerEnd: NetDevice | null = null;
  private readonly context: DriverContext;
  private readonly mtu: number;

  constructor(context: DriverContext, info: EndpointInfo, mtu: number) {
    this.context = context;
    this.info = info;
    this.mtu = mtu;
    this.mac = info.requestedMac ?? macFromIpv4(info.lease4!.address as number);
  }

  /** Makes the pair in the host's namespace; the end for the network's namespace is returned. */
  createPair(): NetDevice {
    const { host } = this.context;
    const netns = host.initNamespace;
    const names = this.context.random('veth-names');
    const macs = this.context.random('veth-macs');
    const end = (name: string) => ({ name, netns, mac: randomKernelMac(macs) });
    const outerName = vethName(names, (name) => netns.device(name) !== undefined);
    const innerName = vethName(names, (name) => name === outerName || netns.device(name) !== undefined);
    const pair = Veth.pair(host, end(innerName), end(outerName));
    for (const dev of pair) {
      dev.txQueueLen = 0;
      dev.mtu = this.mtu;
      netns.addDevice(dev);
    }
    this.containerEnd = pair[0];
    return pair[1];
  }

  remove(): void {
    this.containerEnd?.netns.destroyDevice(this.containerEnd);
    this.containerEnd = null;
  }
}
