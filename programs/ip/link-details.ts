import { Bridge } from '../../core/device/bridge/bridge.ts';
import { BR_STATE_FORWARDING, type BridgePort } from '../../core/device/bridge/bridge-port.ts';
import { IFF_LOOPBACK, type NetDevice } from '../../core/device/net-device.ts';

/** What -d adds to the line with the MAC address, and the lines after it. */
export function deviceDetails(dev: NetDevice, withMode: boolean): string {
  let text = ` promiscuity ${dev.promiscuity}  allmulti ${dev.allmulti} minmtu ${dev.minMtu} maxmtu ${dev.maxMtu} `;
  const kind = kindDetails(dev);
  if (kind !== '') text += `\n    ${kind} `;
  const port = dev.master instanceof Bridge ? dev.master.portOf(dev) : undefined;
  if (port !== undefined) text += `\n    ${bridgePortDetails(port)} `;
  if (withMode) text += 'addrgenmode eui64 ';
  const queues = dev.kind === 'veth' ? 2 : 1;
  return (
    `${text}numtxqueues ${queues} numrxqueues ${queues} gso_max_size 65536 gso_max_segs 65535 ` +
    `tso_max_size ${dev.tsoMaxSize} tso_max_segs 65535 gro_max_size 65536 `
  );
}

/** A device that can say what its kind prints after its name (`mode bridge bcqueuelen 1000 …`). */
interface DescribesItself {
  linkDetails(): string;
}

/** The kind and its settings, without the space at the end; '' for a device of no kind. */
function kindDetails(dev: NetDevice): string {
  if (dev.kind === '' || (dev.flags & IFF_LOOPBACK) !== 0) return '';
  if (dev instanceof Bridge) return bridgeDetails(dev);
  const details = (dev as Partial<DescribesItself>).linkDetails;
  return details === undefined ? dev.kind : `${dev.kind} ${details.call(dev)}`;
}

/** A bridge id as the kernel writes it: the priority, then the MAC without leading zeros. */
function bridgeId(bridge: Bridge): string {
  return `8000.${Array.from(bridge.mac, (byte) => byte.toString(16)).join(':')}`;
}

/** Settings of a bridge; those that nothing here changes have the kernel's defaults. Its timers are not modelled. */
function bridgeDetails(bridge: Bridge): string {
  const id = bridgeId(bridge);
  return (
    `bridge forward_delay 1500 hello_time 200 max_age 2000 ageing_time ${Math.round(bridge.ageingTimeNs / 1e7)} ` +
    `stp_state ${Number(bridge.stpEnabled)} priority 32768 vlan_filtering ${Number(bridge.vlanFiltering)} ` +
    `vlan_protocol 802.1Q bridge_id ${id} designated_root ${id} root_port 0 root_path_cost 0 topology_change 0 ` +
    'topology_change_detected 0 hello_timer    0.00 tcn_timer    0.00 topology_change_timer    0.00 ' +
    'gc_timer    0.00 ' +
    `vlan_default_pvid ${bridge.vlanDefaultPvid} vlan_stats_enabled 0 vlan_stats_per_port 0 group_fwd_mask 0 ` +
    `group_address 01:80:c2:00:00:00 mcast_snooping ${Number(bridge.multicastSnooping)} no_linklocal_learn 0 ` +
    'mcast_vlan_snooping 0 mcast_router 1 mcast_query_use_ifaddr 0 mcast_querier 0 mcast_hash_elasticity 16 ' +
    'mcast_hash_max 4096 mcast_last_member_count 2 mcast_startup_query_count 2 mcast_last_member_interval 100 ' +
    'mcast_membership_interval 26000 mcast_querier_interval 25500 mcast_query_interval 12500 ' +
    'mcast_query_response_interval 1000 mcast_startup_query_interval 3124 mcast_stats_enabled 0 ' +
    'mcast_igmp_version 2 mcast_mld_version 1 nf_call_iptables 0 nf_call_ip6tables 0 nf_call_arptables 0'
  );
}

export function onOff(value: boolean): string {
  return value ? 'on' : 'off';
}

function bridgePortDetails(port: BridgePort): string {
  const id = bridgeId(port.bridge);
  const state = port.state === BR_STATE_FORWARDING ? 'forwarding' : 'disabled';
  const number = port.portNumber;
  return (
    `bridge_slave state ${state} priority 32 cost ${port.pathCost} hairpin ${onOff(port.hairpinMode)} guard off ` +
    `root_block off fastleave off learning ${onOff(port.learning)} flood ${onOff(port.flood)} ` +
    `port_id 0x${(0x8000 | number).toString(16)} port_no 0x${number.toString(16)} ` +
    `designated_port ${0x8000 | number} designated_cost 0 designated_bridge ${id} designated_root ${id} ` +
    'hold_timer    0.00 message_age_timer    0.00 forward_delay_timer    0.00 topology_change_ack 0 ' +
    'config_pending 0 proxy_arp off proxy_arp_wifi off mcast_router 1 mcast_fast_leave off ' +
    `mcast_flood ${onOff(port.mcastFlood)} bcast_flood ${onOff(port.bcastFlood)} mcast_to_unicast off ` +
    `neigh_suppress ${onOff(port.neighSuppress)} group_fwd_mask 0 group_fwd_mask_str 0x0 vlan_tunnel off ` +
    `isolated ${onOff(port.isolated)} locked off`
  );
}
