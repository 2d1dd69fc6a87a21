import { PROTOCOLS, type Probe, type Protocol } from './probe.ts';

/** One line of a table: who asks whom. */
export interface Row {
  readonly from: string;
  readonly to: string;
  /** The host or container that asks, the address, and the interface where the question is to come in. */
  readonly by: readonly [node: string, address: string, at: string];
  /** Ports of UDP and TCP; without them those of the echo services. */
  readonly ports?: readonly [udp: number, tcp: number];
}

const ECHO_PORTS = [9000, 9001] as const;

/** The probes of a line, one for each protocol. */
export function probesOf(row: Row, protocols: readonly Protocol[] = PROTOCOLS): Probe[] {
  const [from, to, at] = row.by;
  const [udp, tcp] = row.ports ?? ECHO_PORTS;
  const port = { icmp: 0, udp, tcp };
  return protocols.map((protocol) => ({ from, to, at, protocol, port: port[protocol] }));
}
