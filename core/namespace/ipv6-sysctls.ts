import { Ipv6Configuration, type Ipv6DeviceConf } from '../device/ipv6-configuration.ts';
import type { NetDevice } from '../device/net-device.ts';
import type { Ipv6Stack } from './ipv6-stack.ts';
import { addNeighbourEntries, type NeighbourSettings } from './neighbour-sysctls.ts';
import { constantEntry, numberEntry, parseNumber, type SysctlEntry } from './sysctl-entry.ts';

const NS_PER_S = 1e9;
const NS_PER_MS = 1e6;

/** Settings of net.ipv6.conf.* that only hold a number. */
const CONF_KEYS = [
  ['hop_limit', 'hopLimit'],
  ['accept_ra', 'acceptRa'],
  ['accept_ra_defrtr', 'acceptRaDefrtr'],
  ['accept_ra_pinfo', 'acceptRaPinfo'],
  ['accept_ra_mtu', 'acceptRaMtu'],
  ['accept_redirects', 'acceptRedirects'],
  ['autoconf', 'autoconf'],
  ['dad_transmits', 'dadTransmits'],
  ['router_solicitations', 'routerSolicitations'],
  ['router_solicitation_interval', 'routerSolicitationIntervalNs', NS_PER_S],
  ['router_solicitation_max_interval', 'routerSolicitationMaxIntervalNs', NS_PER_S],
  ['router_solicitation_delay', 'routerSolicitationDelayNs', NS_PER_S],
  ['accept_dad', 'acceptDad'],
  ['enhanced_dad', 'enhancedDad'],
  ['ndisc_notify', 'ndiscNotify'],
  ['addr_gen_mode', 'addrGenMode'],
  ['keep_addr_on_down', 'keepAddrOnDown'],
  ['mldv2_unsolicited_report_interval', 'mldv2UnsolicitedReportIntervalNs', NS_PER_MS],
] as const;

/** Adds net.ipv6.* of a namespace that runs IPv6, and of some of its devices. Not modelled: settings that nothing here reads. */
export function addIpv6Entries(
  entries: Map<string, SysctlEntry>,
  stack: Ipv6Stack,
  devices: readonly NetDevice[],
): void {
  entries.set('net/ipv6/bindv6only', constantEntry('0'));
  entries.set('net/ipv6/auto_flowlabels', constantEntry('1'));
  entries.set('net/ipv6/icmp/echo_ignore_all', numberEntry(stack.icmp, 'echoIgnoreAll'));
  entries.set('net/ipv6/icmp/echo_ignore_multicast', numberEntry(stack.icmp, 'echoIgnoreMulticast'));
  entries.set('net/ipv6/icmp/ratelimit', constantEntry('1000'));
  addConf(entries, stack, 'all', stack.confAll);
  addConf(entries, stack, 'default', stack.confDefault);
  const neighbours = ndiscSettings(stack);
  addNeighbourEntries(entries, neighbours, 'default', stack.ndisc.defaultParameters);
  for (const dev of devices) {
    if (dev.ipv6 === null) continue;
    addConf(entries, stack, dev.name, dev.ipv6);
    addNeighbourEntries(entries, neighbours, dev.name, dev.ipv6.neighbourParameters);
  }
}

function addConf(
  entries: Map<string, SysctlEntry>,
  stack: Ipv6Stack,
  name: string,
  conf: Ipv6DeviceConf,
): void {
  const directory = `net/ipv6/conf/${name}`;
  for (const [key, field, scale] of CONF_KEYS) {
    entries.set(`${directory}/${key}`, numberEntry<Ipv6DeviceConf>(conf, field, scale));
  }
  entries.set(`${directory}/forwarding`, {
    read: () => String(conf.forwarding),
    write: (value) => {
      const on = parseNumber(value) === 0 ? 0 : 1;
      if (name === 'all') stack.setForwarding(on);
      else if (conf instanceof Ipv6Configuration) stack.setDeviceForwarding(conf.dev, on);
      else conf.forwarding = on;
    },
  });
  entries.set(`${directory}/disable_ipv6`, {
    read: () => String(conf.disableIpv6),
    write: (value) => {
      const off = parseNumber(value) === 0 ? 0 : 1;
      if (name === 'all') stack.setAllDisabled(off);
      else if (conf instanceof Ipv6Configuration) stack.setDisabled(conf.dev, off);
      else conf.disableIpv6 = off;
    },
  });
  if (conf instanceof Ipv6Configuration) {
    entries.set(`${directory}/mtu`, {
      read: () => String(conf.advertisedMtu === 0 ? conf.dev.mtu : conf.advertisedMtu),
      write: (value) => {
        const mtu = parseNumber(value);
        if (mtu < 1280 || mtu > conf.dev.mtu) throw new Error('Invalid argument');
        conf.advertisedMtu = mtu;
      },
    });
  }
}

function ndiscSettings({ ndisc, netns }: Ipv6Stack): NeighbourSettings {
  return {
    directory: 'net/ipv6/neigh',
    takeBaseTime: (parameters) => ndisc.drawReachableTime(parameters),
    ofDevices: () => netns.devices.flatMap((dev) => dev.ipv6?.neighbourParameters ?? []),
  };
}
