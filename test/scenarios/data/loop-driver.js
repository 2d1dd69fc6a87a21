/** A network driver from outside the package: containers get a dummy device, and see only themselves. */
import { Dummy } from '../../../core/device/dummy.ts';

class LoopDriver {
  type = 'loop';
  scope = 'local';
  usesIpam = true;

  constructor(context) {
    this.context = context;
  }

  createNetwork() {}

  deleteNetwork() {}

  createEndpoint(network, endpoint) {
    return { mac: Uint8Array.of(2, 0, 0, 0, 0, endpoint.lease4.address & 255) };
  }

  deleteEndpoint() {}

  join(network, endpoint) {
    const { host } = this.context;
    const netns = host.initNamespace;
    const device = new Dummy(`loop${endpoint.id.slice(0, 7)}`, host, netns, Uint8Array.of(2, 0, 0, 0, 0, 1));
    netns.addDevice(device);
    return { device, interfacePrefix: 'loop', gateway: 0, gateway6: null, staticRoutes: [] };
  }

  leave() {}
}

export const drivers = { loop: (context) => new LoopDriver(context) };
