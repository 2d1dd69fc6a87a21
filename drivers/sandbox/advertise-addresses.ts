/**
 * From release 28 a container's interface tells the network its addresses when it comes up: an unsolicited ARP request
 * and an unsolicited neighbour advertisement at once and two more a second apart, for MACs are random and addresses are
 * used again (osl/interface_linux.go, internal/l2disco, moby#48808).
 */
import type { NetDevice } from '../../core/device/net-device.ts';
import { ARP_OP } from '../../protocols/arp.ts';
import { Ipv6Address } from '../../protocols/ipv6-address.ts';
import { isAtLeast } from '../engine-release.ts';
import type { Engine } from '../engine/engine.ts';
import type { Endpoint } from '../network/endpoint.ts';

const MESSAGES_LABEL = 'com.docker.network.advertise_addr_nmsgs';
const INTERVAL_LABEL = 'com.docker.network.advertise_addr_ms';
const NS_PER_MS = 1_000_000;

/** Starts advertising an endpoint that has just been given its interface. */
export function advertiseAddresses(engine: Engine, endpoint: Endpoint): void {
  const { device, mac, network } = endpoint;
  if (!isAtLeast(engine.release, 28) || device === null || mac === null) return;
  const messages = Number(network.driverOptions.get(MESSAGES_LABEL) ?? 3);
  const intervalNs = Number(network.driverOptions.get(INTERVAL_LABEL) ?? 1000) * NS_PER_MS;
  const { host } = engine;
  const startNs = host.nowNs();
  const send = () => {
    if (endpoint.device === device && device.isUp) advertise(endpoint, device);
  };
  if (messages > 0) send();
  for (let i = 1; i < messages; i++) host.sim.at(startNs + i * intervalNs, () => host.runJob(send));
}

function advertise({ lease4, lease6 }: Endpoint, device: NetDevice): void {
  const { ipv4, ipv6 } = device.netns;
  if (lease4 !== null) {
    const address = lease4.address as number;
    ipv4.arp.send(device, ARP_OP.REQUEST, address, address, null, null);
  }
  if (lease6 !== null && typeof lease6.address !== 'number') {
    ipv6?.ndisc.sendAdvertisement(device, Ipv6Address.ALL_NODES, lease6.address, false, true, true);
  }
}
