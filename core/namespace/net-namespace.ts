import type { NetDevice } from '../device/net-device.ts';
import { Loopback } from '../device/loopback.ts';
import type { Host } from '../host/host.ts';
import type { IpvsState } from '../ipvs/ipvs-state.ts';
import { HookTable } from '../netfilter/hook.ts';
import type { NetfilterState } from '../netfilter/netfilter-state.ts';
import type { XfrmState } from '../xfrm/xfrm-state.ts';
import { Ipv4Stack } from './ipv4-stack.ts';
import type { Ipv6Stack } from './ipv6-stack.ts';
import { NamespaceSysctls } from './namespace-sysctls.ts';
import { PeerNamespaceIds } from './peer-namespace-ids.ts';
import type { SysctlEntry } from './sysctl-entry.ts';
import { SocketTables } from '../socket/socket-tables.ts';

/** Hears of devices that come, go and change, as a netdevice notifier does. */
export interface DeviceListener {
  deviceAdded?(dev: NetDevice): void;
  deviceRemoved?(dev: NetDevice): void;
  /** IFF_UP, the carrier or an address changed. */
  deviceChanged?(dev: NetDevice): void;
}

/**
 * A network namespace: devices, an IPv4 and perhaps an IPv6 stack, sockets, netfilter hooks, and the optional
 * machinery that attaches to it (iptables and conntrack, IPVS, xfrm), each null until it is first used.
 */
export class NetNamespace {
  readonly host: Host;
  readonly id: number;
  /** The name under /var/run/netns, or ''. */
  name: string;
  readonly devices: NetDevice[] = [];
  readonly loopback: Loopback;
  readonly sysctl = new NamespaceSysctls();
  readonly ipv4: Ipv4Stack;
  ipv6: Ipv6Stack | null = null;
  readonly sockets: SocketTables;
  /** Hook functions of NFPROTO_IPV4 and NFPROTO_IPV6. */
  readonly hooks4 = new HookTable();
  readonly hooks6 = new HookTable();
  netfilter: NetfilterState | null = null;
  ipvs: IpvsState | null = null;
  xfrm: XfrmState | null = null;
  readonly listeners: DeviceListener[] = [];
  /** The numbers of other namespaces that links here lead to. */
  readonly peerIds = new PeerNamespaceIds();
  /** Settings that modules add to this namespace, by path (`net/netfilter/nf_conntrack_max`). */
  readonly sysctlEntries = new Map<string, SysctlEntry>();
  /** false once the namespace was destroyed: frames that still reach it are dropped. */
  alive = true;
  private nextIfindex = 1;
  private readonly byName = new Map<string, NetDevice>();

  constructor(host: Host, id: number, name: string) {
    this.host = host;
    this.id = id;
    this.name = name;
    this.inheritDeviceConf(host.namespaces[0]);
    this.ipv4 = new Ipv4Stack(this);
    this.sockets = new SocketTables(this);
    this.loopback = new Loopback(host, this);
    this.addDevice(this.loopback);
  }

  /** devinet_init_net: net.ipv4.conf.all and default of a new namespace are those of the machine's first one. */
  private inheritDeviceConf(initial: NetNamespace | undefined): void {
    if (initial === undefined) return;
    Object.assign(this.sysctl.confAll, initial.sysctl.confAll);
    Object.assign(this.sysctl.confDefault, initial.sysctl.confDefault);
    this.sysctl.ipForward = initial.sysctl.ipForward;
  }

  /** Registers a device, by default under the namespace's next free ifindex. */
  addDevice(dev: NetDevice, ifindex = this.takeIfindex()): void {
    if (this.byName.has(dev.name)) throw new Error(`File exists: ${dev.name}`);
    dev.netns = this;
    dev.ifindex = ifindex;
    this.devices.push(dev);
    this.byName.set(dev.name, dev);
    dev.namespaceChanged();
    this.ipv4.deviceAdded(dev);
    this.ipv6?.deviceAdded(dev);
    for (const listener of this.listeners) listener.deviceAdded?.(dev);
  }

  /** Takes a device out without destroying it (a move to another namespace). Its addresses and routes go. */
  removeDevice(dev: NetDevice): void {
    const index = this.devices.indexOf(dev);
    if (index < 0) return;
    dev.master?.releasePort(dev);
    this.ipv4.deviceRemoved(dev);
    this.ipv6?.deviceRemoved(dev);
    this.devices.splice(index, 1);
    this.byName.delete(dev.name);
    for (const listener of this.listeners) listener.deviceRemoved?.(dev);
  }

  /** Moves a device here from its namespace, keeping its ifindex when it is free (dev_change_net_namespace). */
  moveDeviceHere(dev: NetDevice, name = dev.name): void {
    const wanted = dev.ifindex;
    dev.netns.peerIds.idOf(this);
    dev.netns.removeDevice(dev);
    dev.name = name;
    const taken = this.devices.some((other) => other.ifindex === wanted);
    this.addDevice(dev, taken ? this.takeIfindex() : wanted);
  }

  /** Destroys a device: the driver lets go of peers, ports and sub-interfaces. */
  destroyDevice(dev: NetDevice): void {
    if (!this.devices.includes(dev)) return;
    for (const upper of dev.uppers.slice()) upper.netns.destroyDevice(upper);
    this.removeDevice(dev);
    dev.destroyed();
  }

  renameDevice(dev: NetDevice, name: string): void {
    this.byName.delete(dev.name);
    dev.name = name;
    this.byName.set(name, dev);
  }

  device(name: string): NetDevice | undefined {
    return this.byName.get(name);
  }

  deviceByIndex(ifindex: number): NetDevice | undefined {
    return this.devices.find((dev) => dev.ifindex === ifindex);
  }

  /** The next free ifindex; each namespace counts for itself (dev_new_index). */
  takeIfindex(): number {
    while (this.devices.some((dev) => dev.ifindex === this.nextIfindex)) this.nextIfindex++;
    return this.nextIfindex++;
  }

  /** Tells all that listen that a device's state or addresses changed. */
  notifyChanged(dev: NetDevice): void {
    dev.changed();
    for (const upper of dev.uppers.slice()) upper.lowerChanged();
    for (const listener of this.listeners) listener.deviceChanged?.(dev);
  }

  destroy(): void {
    for (const dev of this.devices.slice().reverse()) this.destroyDevice(dev);
    this.alive = false;
    this.ipv4.destroy();
    this.xfrm?.destroy();
    this.ipvs?.destroy();
    this.ipv6?.destroy();
    this.sockets.destroy();
  }
}
