import { ProgramRegistry } from '../core/host/program.ts';
import type { NamedProgram } from './named-program.ts';
import { programs as arp } from './arp/index.ts';
import { programs as arping } from './arping/index.ts';
import { programs as docker } from './docker/index.ts';
import { programs as dockerProxy } from './docker-proxy/index.ts';
import { programs as brctl } from './brctl/index.ts';
import { programs as bridge } from './bridge/index.ts';
import { programs as conntrack } from './conntrack/index.ts';
import { programs as dmesg } from './dmesg/index.ts';
import { programs as dns } from './dns/index.ts';
import { programs as echoTools } from './echo-tools/index.ts';
import { programs as ethtool } from './ethtool/index.ts';
import { programs as flask } from './flask/index.ts';
import { programs as http } from './http/index.ts';
import { programs as ip } from './ip/index.ts';
import { programs as iperf3 } from './iperf3/index.ts';
import { programs as ipvsadm } from './ipvsadm/index.ts';
import { programs as iptables } from './iptables/index.ts';
import { programs as netTools } from './net-tools/index.ts';
import { programs as netcat } from './netcat/index.ts';
import { programs as nsenter } from './nsenter/index.ts';
import { programs as ping } from './ping/index.ts';
import { programs as redis } from './redis/index.ts';
import { programs as shell } from './shell/index.ts';
import { programs as sockets } from './sockets/index.ts';
import { programs as sysctl } from './sysctl/index.ts';
import { programs as tcpdump } from './tcpdump/index.ts';
import { programs as telnet } from './telnet/index.ts';
import { programs as text } from './text/index.ts';
import { programs as traceroute } from './traceroute/index.ts';

/** One line for each folder of programs. */
const FAMILIES: readonly (readonly NamedProgram[])[] = [
  arp, //
  arping,
  brctl,
  bridge,
  conntrack,
  dns,
  docker,
  dockerProxy,
  echoTools,
  ethtool,
  flask,
  http,
  ip,
  iperf3,
  iptables,
  ipvsadm,
  netTools,
  netcat,
  nsenter,
  ping,
  redis,
  shell,
  sockets,
  dmesg,
  sysctl,
  tcpdump,
  telnet,
  text,
  traceroute,
];

/** A registry of every program there is. */
export function createProgramRegistry(): ProgramRegistry {
  const registry = new ProgramRegistry();
  for (const family of FAMILIES) {
    for (const { names, program } of family) {
      for (const name of names) registry.register(name, program);
    }
  }
  return registry;
}
