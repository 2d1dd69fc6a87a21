/**
 * The rules in the namespace of a task with published ports (libnetwork service_linux.go redirector): its ingress
 * address answers on the published port for the target port, and on nothing else.
 */
import type { NetNamespace } from '../../core/namespace/net-namespace.ts';
import { formatIpv4 } from '../../protocols/ipv4-address.ts';
import { Iptables } from '../iptables.ts';
import type { PortConfig } from './services/service-spec.ts';

const NEW_OR_KNOWN = ['-m', 'conntrack', '--ctstate', 'NEW,ESTABLISHED'];
const KNOWN = ['-m', 'conntrack', '--ctstate', 'ESTABLISHED'];

export function addTaskIngressRules(
  netns: NetNamespace,
  address: number,
  ports: readonly PortConfig[],
): void {
  if (ports.length === 0) return;
  const iptables = new Iptables(netns);
  const own = `${formatIpv4(address)}/32`;
  for (const { protocol, publishedPort, targetPort } of ports) {
    const published = ['-d', own, '-p', protocol, '--dport', String(publishedPort)];
    const target = String(targetPort);
    iptables.run(...['-t', 'nat', '-A', 'PREROUTING'], ...published, '-j', 'REDIRECT', '--to-port', target);
    const into = ['-d', own, '-p', protocol, '--dport', target, ...NEW_OR_KNOWN];
    iptables.run('-I', 'INPUT', ...into, '-j', 'ACCEPT');
    const out = ['-s', own, '-p', protocol, '--sport', target, ...KNOWN];
    iptables.run('-I', 'OUTPUT', ...out, '-j', 'ACCEPT');
  }
  for (const protocol of ['sctp', 'udp', 'tcp']) {
    iptables.run('-A', 'INPUT', '-d', own, '-p', protocol, '-j', 'DROP');
    iptables.run('-A', 'OUTPUT', '-s', own, '-p', protocol, '-j', 'DROP');
  }
}
