/** The parent interfaces of macvlan and ipvlan networks (libnetwork drivers/macvlan/macvlan_setup.go and its twin). */
import { LINK_KINDS } from '../core/device/link-kinds.ts';
import type { NetDevice } from '../core/device/net-device.ts';
import type { NetNamespace } from '../core/namespace/net-namespace.ts';
import { DockerError } from './docker-error.ts';
import { shortId } from './identifiers.ts';
import { systemErrorText } from './system-error.ts';

/** `dm-` or `di-` and the network's short id: the dummy that stands in for a parent that was not named. */
export function dummyParentName(prefix: 'dm-' | 'di-', networkId: string): string {
  return `${prefix}${shortId(networkId)}`;
}

/** Makes a parent that is not there yet: a dummy of the given name, else the 802.1Q sub-interface it names. */
export function createParent(netns: NetNamespace, parent: string, dummyName: string, driver: string): void {
  if (parent === dummyName) {
    bringUp(addLink(netns, 'dummy', parent, null, new Map()), parent, driver);
    return;
  }
  if (!parent.includes('.')) {
    throw fail(`invalid subinterface vlan name ${parent}, example formatting is eth0.10`);
  }
  const { lower, id } = parseVlanName(netns, parent, driver);
  let vlan: NetDevice;
  try {
    vlan = addLink(netns, 'vlan', parent, lower, new Map([['id', String(id)]]));
  } catch (error) {
    throw fail(`failed to create ${parent} vlan link: ${systemErrorText(error)}`);
  }
  bringUp(vlan, parent, driver);
}

/** Adds a link as the daemon's netlink calls do: with a queue length of 0. */
export function addLink(
  netns: NetNamespace,
  kind: string,
  name: string,
  lower: NetDevice | null,
  options: ReadonlyMap<string, string>,
): NetDevice {
  const make = LINK_KINDS.get(kind)!;
  const dev = make({ netns, name, mac: null, lower, options, peer: null });
  dev.txQueueLen = 0;
  return dev;
}

/** `eth0.50`: a device and a VLAN id. */
function parseVlanName(netns: NetNamespace, name: string, driver: string): { lower: NetDevice; id: number } {
  const parts = name.split('.');
  if (parts.length !== 2) {
    throw fail(
      `required interface name format is: name.vlan_id, ex. eth0.10 for vlan 10, instead received ${name}`,
    );
  }
  const [parent = '', idText = ''] = parts;
  if (!/^[+-]?\d+$/.test(idText)) {
    throw fail(`unable to parse a valid vlan id from: ${idText} (ex. eth0.10 for vlan 10)`);
  }
  const lower = netns.device(parent);
  if (lower === undefined) {
    const was = driver === 'macvlan' ? 'does was not found' : 'was not found';
    throw fail(`-o parent interface ${was} on the host: ${parent}`);
  }
  const id = Number(idText);
  if (id < 1 || id > 4094) throw fail(`vlan id must be between 1-4094, received: ${id}`);
  return { lower, id };
}

function bringUp(dev: NetDevice, name: string, driver: string): void {
  try {
    dev.netns.ipv4.setUp(dev);
  } catch (error) {
    throw fail(`failed to enable ${name} the ${driver} parent link ${systemErrorText(error)}`);
  }
}

function fail(text: string): DockerError {
  return new DockerError('internal', text);
}
