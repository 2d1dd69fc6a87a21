/** What a drawing of a scenario shows: plain data, in the order of the file and of creation. */
export interface Topology {
  readonly name: string;
  readonly hosts: readonly TopologyHost[];
  readonly links: readonly TopologyLink[];
  readonly networks: readonly TopologyNetwork[];
  readonly containers: readonly TopologyContainer[];
}

export interface TopologyHost {
  readonly name: string;
  /** Its network cards. */
  readonly interfaces: readonly TopologyInterface[];
}

export interface TopologyInterface {
  readonly name: string;
  /** With the length of the prefix: `192.168.99.109/24`. */
  readonly addresses: readonly string[];
}

/** A cable or a switch. */
export interface TopologyLink {
  readonly name: string;
  readonly kind: 'cable' | 'switch';
  readonly ends: readonly { readonly host: string; readonly interface: string }[];
  /** Rate, delay and loss, when all ends have the same; '' when there is nothing to say. */
  readonly quality: string;
}

export interface TopologyNetwork {
  /** Unlike that of any other network here. */
  readonly key: string;
  /** The host that has it; null for one that the swarm has. */
  readonly host: string | null;
  readonly name: string;
  readonly driver: string;
  /** The bridge, or the parent interface of macvlan and ipvlan; '' for others. */
  readonly device: string;
  readonly subnets: readonly string[];
  /** The host's own addresses on the bridge. */
  readonly gateways: readonly string[];
  readonly internal: boolean;
}

export interface TopologyContainer {
  readonly key: string;
  readonly host: string;
  readonly name: string;
  /** `host`, `none`, the name of the container whose network it shares, or '' for networks of its own. */
  readonly mode: string;
  /** `8080:80`, `127.0.0.1:5353:53/udp`. */
  readonly ports: readonly string[];
  readonly attachments: readonly TopologyAttachment[];
}

export interface TopologyAttachment {
  /** The key of the network. */
  readonly network: string;
  readonly interface: string;
  /** Without the length of the prefix. */
  readonly addresses: readonly string[];
}
