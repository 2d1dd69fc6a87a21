/** A container's place on a macvlan network. */
import type { NetDevice } from '../../core/device/net-device.ts';
import { vethName } from '../bridge/endpoint.ts';
import { DockerError } from '../docker-error.ts';
import type { DriverContext, EndpointInfo } from '../driver.ts';
import { containerMac } from '../mac-address.ts';
import { addLink } from '../parent-link.ts';
import { systemErrorText } from '../system-error.ts';
import type { MacvlanNetwork } from './network.ts';

export class MacvlanEndpoint {
  readonly info: EndpointInfo;
  readonly mac: Uint8Array;
  private readonly network: MacvlanNetwork;
  /** Made when the container joins. */
  private device: NetDevice | null = null;

  constructor(context: DriverContext, network: MacvlanNetwork, info: EndpointInfo) {
    this.info = info;
    this.network = network;
    const address = info.lease4 === null ? null : (info.lease4.address as number);
    this.mac = info.requestedMac ?? containerMac(address, context.random('endpoint-macs'), context.release);
  }

  /** Makes the interface, in the host's namespace and with a name of its own until the container has it. */
  createDevice(context: DriverContext): NetDevice {
    const netns = context.host.initNamespace;
    const { parent, mode } = this.network.options;
    const lower = netns.device(parent);
    if (lower === undefined) {
      throw new DockerError(
        'internal',
        `the requested parent interface ${parent} was not found on the Docker host`,
      );
    }
    const name = vethName(context.random('interface-names'), (taken) => netns.device(taken) !== undefined);
    try {
      this.device = addLink(netns, 'macvlan', name, lower, new Map([['mode', mode]]));
    } catch (error) {
      throw new DockerError('internal', `failed to create the macvlan port: ${systemErrorText(error)}`);
    }
    return this.device;
  }

  remove(): void {
    this.device?.netns.destroyDevice(this.device);
    this.device = null;
  }
}
