import { ipvsOf } from '../../core/ipvs/ipvs-of.ts';
import { IpvsHeader } from '../../core/ipvs/ipvs-header.ts';
import { scheduleConnection } from '../../core/ipvs/schedule.ts';
import type { IpvsService } from '../../core/ipvs/ipvs-service.ts';
import type { IpvsState } from '../../core/ipvs/ipvs-state.ts';
import { ipvsadm } from '../../core/ipvs/text/ipvsadm.ts';
import type { NetNamespace } from '../../core/namespace/net-namespace.ts';
import { formatIpv4, parseIpv4 } from '../../protocols/ipv4-address.ts';
import { PROTO } from '../../protocols/ipv4.ts';
import { newNamespace } from '../netfilter/lab.ts';

export { newNamespace };

/** Runs command lines that must succeed; returns what they print. */
export function run(netns: NetNamespace, ...lines: string[]): string {
  let text = '';
  for (const line of lines) {
    const output = ipvsadm(netns, line.split(' '));
    if (output.code !== 0) throw new Error(`ipvsadm ${line}: ${output.stderr}`);
    text += output.stdout;
  }
  return text;
}

/** A namespace with one service, by firewall mark 256, and these weights at 10.0.1.1, 10.0.1.2 … */
export function serviceOf(scheduler: string, weights: readonly number[]): ServiceLab {
  const netns = newNamespace();
  run(netns, `-A -f 256 -s ${scheduler}`);
  weights.forEach((weight, i) => run(netns, `-a -f 256 -r ${backend(i)} -m -w ${weight}`));
  return new ServiceLab(netns);
}

export function backend(index: number): string {
  return `10.0.${1 + Math.floor(index / 250)}.${1 + (index % 250)}`;
}

/** Makes connections to a service without sending a packet. */
export class ServiceLab {
  readonly netns: NetNamespace;
  readonly ipvs: IpvsState;
  readonly service: IpvsService;
  private readonly header = new IpvsHeader();

  constructor(netns: NetNamespace) {
    this.netns = netns;
    this.ipvs = ipvsOf(netns);
    this.service = this.ipvs.services.list()[0]!;
  }

  /** The address the n-th client's connection goes to, or null. */
  connect(n: number, protocol: number = PROTO.UDP): string | null {
    const { header } = this;
    header.protocol = protocol;
    header.source = (parseIpv4('172.16.0.0') + Math.floor(n / 60_000)) >>> 0;
    header.sourcePort = 1024 + (n % 60_000);
    header.destination = parseIpv4('10.0.0.1');
    header.destinationPort = 80;
    const connection = scheduleConnection(this.ipvs, this.service, header);
    return connection === null ? null : formatIpv4(connection.real >>> 0);
  }

  /** How many of `count` connections each backend gets. */
  spread(count: number): Map<string, number> {
    const shares = new Map<string, number>();
    for (let n = 0; n < count; n++) {
      const address = this.connect(n)!;
      shares.set(address, (shares.get(address) ?? 0) + 1);
    }
    return shares;
  }
}
