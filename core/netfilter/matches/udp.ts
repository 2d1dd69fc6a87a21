import { PROTO } from '../../../protocols/ipv4.ts';
import type { GivenOptions, MatchExtension } from '../text/extension.ts';
import type { Match, MatchContext, PortTest } from '../tables/match.ts';
import { PORT_OPTIONS, PortRange, requireProtocol } from './port-range.ts';

const UDP_HEADER_BYTES = 8;

/** `-m udp` (xt_tcpudp.c udp_mt). */
export class UdpMatch implements Match {
  readonly name = 'udp';
  readonly ports?: PortTest;
  private readonly sources: PortRange;
  private readonly destinations: PortRange;

  constructor(given: GivenOptions) {
    this.sources = PortRange.from(given, 'source-port');
    this.destinations = PortRange.from(given, 'destination-port');
    if (!this.sources.inverted && !this.destinations.inverted) {
      this.ports = {
        sourceLow: this.sources.low,
        sourceHigh: this.sources.high,
        destinationLow: this.destinations.low,
        destinationHigh: this.destinations.high,
        headerLength: UDP_HEADER_BYTES,
      };
    }
  }

  matches(context: MatchContext): boolean {
    if (context.fragmentOffset !== 0) return false;
    if (!context.hasTransport(UDP_HEADER_BYTES)) {
      context.hotDrop = true;
      return false;
    }
    return this.sources.matches(context.sourcePort) && this.destinations.matches(context.destinationPort);
  }

  save(): string {
    return this.sources.save('--sport') + this.destinations.save('--dport');
  }

  list(numeric: boolean): string {
    return ` udp${this.sources.list('spt', numeric)}${this.destinations.list('dpt', numeric)}`;
  }
}

export const udpExtension: MatchExtension = {
  name: 'udp',
  options: PORT_OPTIONS,
  build(given, rule) {
    requireProtocol('udp', PROTO.UDP, rule);
    return new UdpMatch(given);
  },
};
