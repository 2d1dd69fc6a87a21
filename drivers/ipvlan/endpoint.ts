/** A container's place on an ipvlan network. Its MAC is the parent's, so it has none of its own. */
import type { NetDevice } from '../../core/device/net-device.ts';
import { vethName } from '../bridge/endpoint.ts';
import { DockerError } from '../docker-error.ts';
import type { DriverContext, EndpointInfo } from '../driver.ts';
import { addLink } from '../parent-link.ts';
import { systemErrorText } from '../system-error.ts';
import type { IpvlanNetwork } from './network.ts';

export class IpvlanEndpoint {
  readonly info: EndpointInfo;
  private readonly network: IpvlanNetwork;
  /** Made when the container joins. */
  private device: NetDevice | null = null;

  constructor(network: IpvlanNetwork, info: EndpointInfo) {
    if (info.requestedMac !== null) {
      throw new DockerError('internal', 'ipvlan interfaces do not support custom mac address assignment');
    }
    this.info = info;
    this.network = network;
  }

  /** Makes the interface, in the host's namespace and with a name of its own until the container has it. */
  createDevice(context: DriverContext): NetDevice {
    const netns = context.host.initNamespace;
    const { parent, mode, flag } = this.network.options;
    const lower = netns.device(parent);
    if (lower === undefined) {
      throw new DockerError(
        'internal',
        `the requested parent interface ${parent} was not found on the Docker host`,
      );
    }
    const name = vethName(context.random('interface-names'), (taken) => netns.device(taken) !== undefined);
    const options = new Map([
      ['mode', mode],
      [flag, ''],
    ]);
    try {
      this.device = addLink(netns, 'ipvlan', name, lower, options);
    } catch (error) {
      throw new DockerError('internal', `failed to create the ipvlan port: ${systemErrorText(error)}`);
    }
    return this.device;
  }

  remove(): void {
    this.device?.netns.destroyDevice(this.device);
    this.device = null;
  }
}
