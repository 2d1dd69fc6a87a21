/**
 * The namespace of one overlay network on one node (libnetwork drivers/overlay/ov_network.go initSandbox,
 * setupSubnetSandbox): for each subnet in use a bridge with the gateway's address and a VXLAN device in it.
 */
import { Bridge } from '../../core/device/bridge/bridge.ts';
import type { NetDevice } from '../../core/device/net-device.ts';
import { VxlanRemote } from '../../core/device/vxlan/vxlan-fdb.ts';
import { Vxlan } from '../../core/device/vxlan/vxlan.ts';
import { NamespaceFile } from '../../core/host/namespace-file.ts';
import { NUD_PERMANENT } from '../../core/namespace/neighbour.ts';
import type { NetNamespace } from '../../core/namespace/net-namespace.ts';
import { broadcastAddress } from '../../protocols/ipv4-address.ts';
import { macHigh16, macLow32 } from '../../protocols/mac-address.ts';
import type { DriverContext } from '../driver.ts';
import type { IpamSubnet } from '../ipam/network-ipam.ts';
import { randomKernelMac } from '../mac-address.ts';
import { addLink } from '../parent-link.ts';
import { writeSysctl } from '../sysctl.ts';
import type { OverlayPeer } from './agent.ts';

/** The devices of one subnet. */
interface SubnetDevices {
  readonly bridge: Bridge;
  readonly vxlan: Vxlan;
}

export interface OverlaySubnet {
  readonly subnet: IpamSubnet;
  readonly vni: number;
}

export class OverlaySandbox {
  readonly netns: NetNamespace;
  private readonly context: DriverContext;
  private readonly networkId: string;
  private readonly mtu: number;
  private readonly key: string;
  private readonly devices = new Map<IpamSubnet, SubnetDevices>();
  private nextVeth = 0;

  /** `epoch` counts the namespaces that the network has had on this node. */
  constructor(context: DriverContext, networkId: string, epoch: number, mtu: number) {
    this.context = context;
    this.networkId = networkId;
    this.mtu = mtu;
    const { host } = context;
    this.netns = host.createNamespace('');
    this.key = `/var/run/docker/netns/${epoch}-${networkId.slice(0, 10)}`;
    host.fileSystem.define(this.key, new NamespaceFile(this.netns));
    writeSysctl(this.netns, 'net/ipv6/conf/all/disable_ipv6', '1');
    writeSysctl(this.netns, 'net/ipv6/conf/default/disable_ipv6', '1');
    this.netns.ipv4.setUp(this.netns.loopback);
  }

  hasSubnet(subnet: IpamSubnet): boolean {
    return this.devices.has(subnet);
  }

  /** Makes the bridge and the VXLAN device of a subnet. */
  addSubnet({ subnet, vni }: OverlaySubnet, port: number): void {
    const number = this.devices.size;
    const bridge = this.makeBridge(`br${number}`, subnet);
    const vxlan = this.makeVxlan(vni, port);
    this.netns.moveDeviceHere(vxlan, `vxlan${number}`);
    bridge.addPort(vxlan);
    this.netns.ipv4.setUp(vxlan);
    this.devices.set(subnet, { bridge, vxlan });
  }

  /** Takes the outer end of a container's pair in, as vethN, and makes it a port of the subnet's bridge. */
  takePort(subnet: IpamSubnet, dev: NetDevice): void {
    this.netns.moveDeviceHere(dev, `veth${this.nextVeth++}`);
    this.devices.get(subnet)!.bridge.addPort(dev);
    this.netns.ipv4.setUp(dev);
  }

  /** AddNeighbor, twice: the peer's ARP entry, and where frames for its MAC are sent. */
  addPeer(subnet: IpamSubnet, peer: OverlayPeer): void {
    const { vxlan } = this.devices.get(subnet)!;
    this.netns.ipv4.arp.neighbour(vxlan, peer.address).update(peer.mac, 0, NUD_PERMANENT, true);
    vxlan.changeFdb('replace', peer.mac, new VxlanRemote(peer.vtep, 0, -1, ''));
  }

  /** DeleteNeighbor; what the bridge learned of the MAC goes too. */
  removePeer(subnet: IpamSubnet, peer: OverlayPeer): void {
    const found = this.devices.get(subnet);
    if (found === undefined) return;
    const { bridge, vxlan } = found;
    this.netns.ipv4.arp.flush(vxlan, ({ address }) => address === peer.address);
    vxlan.removeFdb(peer.mac, null);
    const learned = bridge.fdb.find(macHigh16(peer.mac, 0), macLow32(peer.mac, 0));
    if (learned !== null && !learned.isLocal) bridge.fdb.remove(learned);
  }

  destroy(): void {
    const { host } = this.context;
    host.fileSystem.remove(this.key);
    host.destroyNamespace(this.netns);
  }

  private makeBridge(name: string, subnet: IpamSubnet): Bridge {
    const { host } = this.context;
    const mac = randomKernelMac(this.context.random('overlay-macs'));
    const bridge = new Bridge(name, host, this.netns, mac, false);
    bridge.txQueueLen = 0;
    bridge.vlanDefaultPvid = 0;
    this.netns.addDevice(bridge);
    const local = subnet.gateway as number;
    const { length } = subnet.pool.subnet;
    this.netns.ipv4.addAddress(bridge, local, length, {
      broadcast: broadcastAddress({ address: local, length }),
    });
    this.netns.ipv4.setUp(bridge);
    return bridge;
  }

  /** Made in the host's namespace, where its UDP socket stays (createVxlan). */
  private makeVxlan(vni: number, port: number): Vxlan {
    const { initNamespace } = this.context.host;
    const name = `vx-${vni.toString(16).padStart(6, '0')}-${this.networkId.slice(0, 5)}`;
    const options = new Map([
      ['id', String(vni)],
      ['dstport', String(port)],
      ['learning', ''],
      ['proxy', ''],
      ['l2miss', ''],
      ['l3miss', ''],
    ]);
    const dev = addLink(initNamespace, 'vxlan', name, null, options) as Vxlan;
    dev.mtu = this.mtu;
    return dev;
  }
}
