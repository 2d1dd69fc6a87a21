/** A network driver from outside the package, without imports: each container has a cable to the host. */
class PairDriver {
  type = 'pair';
  scope = 'local';
  usesIpam = true;

  constructor(context, kit) {
    this.context = context;
    this.kit = kit;
    this.hostEnds = new Map();
  }

  createNetwork() {}

  deleteNetwork() {}

  createEndpoint(network, endpoint) {
    return { mac: this.kit.macFromIpv4(endpoint.lease4.address) };
  }

  deleteEndpoint(network, endpoint) {
    const hostEnd = this.hostEnds.get(endpoint.id);
    if (hostEnd !== undefined) hostEnd.netns.destroyDevice(hostEnd);
    this.hostEnds.delete(endpoint.id);
  }

  join(network, endpoint) {
    const { host } = this.context;
    const { Veth, randomKernelMac } = this.kit;
    const netns = host.initNamespace;
    const macs = this.context.random('pair-macs');
    const end = (name) => ({ name, netns, mac: randomKernelMac(macs) });
    const name = `pair${endpoint.id.slice(0, 7)}`;
    const [device, hostEnd] = Veth.pair(host, end(`${name}c`), end(name));
    netns.addDevice(device);
    netns.addDevice(hostEnd);
    const gateway = network.ipam.subnets[0].gateway;
    netns.ipv4.addAddress(hostEnd, gateway, 24);
    netns.ipv4.setUp(hostEnd);
    this.hostEnds.set(endpoint.id, hostEnd);
    return { device, interfacePrefix: 'pair', gateway, gateway6: null, staticRoutes: [] };
  }

  leave() {}
}

export const drivers = { pair: (context, kit) => new PairDriver(context, kit) };
