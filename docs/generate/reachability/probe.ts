/** One question: does `from` reach an address by ICMP, UDP or TCP? */
export interface Probe {
  /** Where the program runs: a host, a container or a namespace, as in a step. */
  readonly from: string;
  /** The address or name that is asked for. */
  readonly to: string;
  readonly protocol: Protocol;
  /** 0 for ICMP. */
  readonly port: number;
  /** The interface of the peer at which the question is to come in, as in captures: `web/eth0`. */
  readonly at: string;
}

export const PROTOCOLS = ['icmp', 'udp', 'tcp'] as const;
export type Protocol = (typeof PROTOCOLS)[number];

/** Names a probe: `c2 to 172.17.0.2, tcp 80`. */
export function probeKey({ from, to, protocol, port }: Omit<Probe, 'at'>): string {
  return `${from} to ${to}, ${protocol}${protocol === 'icmp' ? '' : ` ${port}`}`;
}

/** Seconds after which a program gives up: more than the three in which an ARP entry fails. */
const PATIENCE_S = 4;

/** The step that asks. */
export function probeStep({ from, to, protocol, port }: Probe): string {
  const command = {
    icmp: `iping -n -c 1 -W ${PATIENCE_S} ${to}`,
    udp: `udpsend.py ${to} ${port} 8 0 ${PATIENCE_S}`,
    tcp: `tcpsend.py ${to} ${port} hello 0 ${PATIENCE_S}`,
  };
  return `${from}$ ${command[protocol]}`;
}
