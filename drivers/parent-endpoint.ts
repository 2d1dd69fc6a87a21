/** A container's place on a macvlan or ipvlan network. */
import type { NetDevice } from '../core/device/net-device.ts';
import { vethName } from './bridge/endpoint.ts';
import { DockerError } from './docker-error.ts';
import type { DriverContext, EndpointInfo } from './driver.ts';
import { addLink } from './parent-link.ts';
import { systemErrorText } from './system-error.ts';

export abstract class ParentEndpoint {
  readonly info: EndpointInfo;
  private readonly kind: 'macvlan' | 'ipvlan';
  /** Made when the container joins. */
  private device: NetDevice | null = null;

  constructor(kind: 'macvlan' | 'ipvlan', info: EndpointInfo) {
    this.kind = kind;
    this.info = info;
  }

  /** Makes the interface, in the host's namespace and with a name of its own until the container has it. */
  createDevice(context: DriverContext): NetDevice {
    const netns = context.host.initNamespace;
    const lower = netns.device(this.parent());
    if (lower === undefined) {
      throw new DockerError(
        'internal',
        `the requested parent interface ${this.parent()} was not found on the Docker host`,
      );
    }
    const name = vethName(context.random('interface-names'), (taken) => netns.device(taken) !== undefined);
    try {
      this.device = addLink(netns, this.kind, name, lower, this.linkOptions());
    } catch (error) {
      throw new DockerError('internal', `failed to create the ${this.kind} port: ${systemErrorText(error)}`);
    }
    return this.device;
  }

  remove(): void {
    this.device?.netns.destroyDevice(this.device);
    this.device = null;
  }

  protected abstract parent(): string;
  /** What `ip link add` would be told of the interface's kind. */
  protected abstract linkOptions(): ReadonlyMap<string, string>;
}
