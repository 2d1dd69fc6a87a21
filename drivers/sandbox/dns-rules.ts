import type { Iptables } from '../iptables.ts';
import { EMBEDDED_DNS_ADDRESS } from '../names/resolv-conf.ts';

const OUTPUT_CHAIN = 'DOCKER_OUTPUT';
const POSTROUTING_CHAIN = 'DOCKER_POSTROUTING';

/** The rules of a container's namespace that lead port 53 of 127.0.0.11 to the daemon's sockets and back. */
export function addDnsRules(iptables: Iptables, udpPort: number, tcpPort: number): void {
  // The daemon first looks what the command can do, which brings the filter table up.
  iptables.run('-L', '-n');
  for (const [hook, chain] of [
    ['OUTPUT', OUTPUT_CHAIN],
    ['POSTROUTING', POSTROUTING_CHAIN],
  ] as const) {
    const jump = ['-d', `${EMBEDDED_DNS_ADDRESS}/32`, '-j', chain];
    if (iptables.exists('nat', hook, jump)) {
      iptables.run('-t', 'nat', '-F', chain);
    } else {
      iptables.run('-t', 'nat', '-N', chain);
      iptables.run('-t', 'nat', '-I', hook, ...jump);
    }
  }
  for (const [protocol, port] of [
    ['udp', udpPort],
    ['tcp', tcpPort],
  ] as const) {
    const match = ['-p', protocol, '-m', protocol];
    iptables.run(
      ...['-t', 'nat', '-I', OUTPUT_CHAIN, '-d', `${EMBEDDED_DNS_ADDRESS}/32`, ...match, '--dport', '53'],
      ...['-j', 'DNAT', '--to-destination', `${EMBEDDED_DNS_ADDRESS}:${port}`],
    );
    iptables.run(
      ...['-t', 'nat', '-I', POSTROUTING_CHAIN, '-s', `${EMBEDDED_DNS_ADDRESS}/32`, ...match],
      ...['--sport', String(port), '-j', 'SNAT', '--to-source', ':53'],
    );
  }
}
