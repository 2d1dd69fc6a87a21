import { XfrmStatistics } from '../xfrm/xfrm-statistics.ts';
import type { NetDevice } from '../device/net-device.ts';
import { NUD_PERMANENT, NUD_VALID } from '../namespace/neighbour.ts';
import { RTN_UNICAST, RTN_UNREACHABLE, RT_TABLE_MAIN } from '../namespace/ipv4-route.ts';
import { procNetConntrack } from '../netfilter/conntrack/text.ts';
import type { NetNamespace } from '../namespace/net-namespace.ts';
import { formatIpv4, prefixMask } from '../../protocols/ipv4-address.ts';
import { formatMac } from '../../protocols/mac-address.ts';

/** Text of the files under /proc/net by name. Not modelled: tcp, snmp, netstat and what is not listed here. */
export const PROC_NET: ReadonlyMap<string, (netns: NetNamespace) => string> = new Map([
  ['route', routeFile],
  ['arp', arpFile],
  ['dev', devFile],
  ['udp', udpFile],
  ['nf_conntrack', conntrackFile],
  ['xfrm_stat', (netns) => (netns.xfrm?.statistics ?? new XfrmStatistics()).text()],
]);

/** An IPv4 address as these files have it: the bytes of the network order read as a little-endian number. */
function hexAddress(address: number): string {
  const swapped =
    ((address & 0xff) << 24) | ((address & 0xff00) << 8) | ((address >>> 8) & 0xff00) | (address >>> 24);
  return (swapped >>> 0).toString(16).toUpperCase().padStart(8, '0');
}

/** fib_route_seq_show: the main table, each line filled up to 127 characters. */
function routeFile(netns: NetNamespace): string {
  const header = 'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT';
  const lines = [header];
  for (const route of netns.ipv4.fib.table(RT_TABLE_MAIN).routes()) {
    const rejects = route.type === RTN_UNREACHABLE;
    if (route.type !== RTN_UNICAST && !rejects) continue;
    const flags =
      (rejects ? 0x201 : 0x1) | (route.gateway !== 0 ? 0x2 : 0) | (route.prefixLength === 32 ? 0x4 : 0);
    const fields = [
      route.dev?.name ?? '*',
      hexAddress(route.destination),
      hexAddress(route.gateway),
      flags.toString(16).toUpperCase().padStart(4, '0'),
      '0',
      '0',
      String(route.metric),
      hexAddress(prefixMask(route.prefixLength)),
      String(route.mtu === 0 ? 0 : route.mtu + 40),
      '0',
      '0',
    ];
    lines.push(fields.join('\t'));
  }
  return lines.map((line) => `${line.padEnd(127)}\n`).join('');
}

/** arp_seq_show. */
function arpFile(netns: NetNamespace): string {
  let text = 'IP address       HW type     Flags       HW address            Mask     Device\n';
  for (const dev of netns.devices) {
    for (const [address, neighbour] of dev.arpTable) {
      if ((neighbour.state & ~0x40) === 0) continue;
      const valid = (neighbour.state & NUD_VALID) !== 0;
      const flags = neighbour.state === NUD_PERMANENT ? '0x6' : valid ? '0x2' : '0x0';
      const mac = valid ? formatMac(neighbour.lladdr) : '00:00:00:00:00:00';
      text += `${formatIpv4(address).padEnd(16)} 0x1         ${flags.padEnd(12)}${mac.padEnd(17)}     *        ${dev.name}\n`;
    }
  }
  return text;
}

/** dev_seq_show. */
function devFile(netns: NetNamespace): string {
  const header =
    'Inter-|   Receive                                                |  Transmit\n' +
    ' face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n';
  return header + netns.devices.map(devLine).join('');
}

function devLine({ name, stats }: NetDevice): string {
  const receive = columns(
    [stats.rxBytes, stats.rxPackets, 0, stats.rxDropped, 0, 0, 0, 0],
    [7, 7, 4, 4, 4, 5, 10, 9],
  );
  const transmit = columns(
    [stats.txBytes, stats.txPackets, 0, stats.txDropped, 0, 0, 0, 0],
    [8, 7, 4, 4, 4, 5, 7, 10],
  );
  return `${name.padStart(6)}: ${receive} ${transmit}\n`;
}

function columns(values: readonly number[], widths: readonly number[]): string {
  return values.map((value, i) => String(value).padStart(widths[i]!)).join(' ');
}

/** udp4_seq_show; the hash bucket in front is the port's low bits. Inodes and pointers are not modelled: 0. */
function udpFile(netns: NetNamespace): string {
  const header =
    '   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops';
  const lines = [header];
  for (const socket of netns.sockets.udp.list()) {
    const state = socket.remotePort === 0 ? '07' : '01';
    const queued = socket.queuedDataBytes.toString(16).toUpperCase().padStart(8, '0');
    lines.push(
      `${String(socket.localPort & 0x3ff).padStart(5)}: ${hexAddress(socket.localAddress)}:${hexPort(socket.localPort)} ` +
        `${hexAddress(socket.remoteAddress)}:${hexPort(socket.remotePort)} ${state} 00000000:${queued} 00:00000000 ` +
        `00000000     0        0 0 2 0000000000000000 ${socket.drops}`,
    );
  }
  return lines.map((line) => `${line.padEnd(127)}\n`).join('');
}

function hexPort(port: number): string {
  return port.toString(16).toUpperCase().padStart(4, '0');
}

/** ct_seq_show; empty where nothing tracks. */
function conntrackFile(netns: NetNamespace): string {
  const table = netns.netfilter?.conntrack ?? null;
  return table === null ? '' : procNetConntrack(table);
}
