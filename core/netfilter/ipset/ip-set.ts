import { formatIpv4, isIpv4Text, parseCidr, parseIpv4, prefixMask } from '../../../protocols/ipv4-address.ts';
import { protocolNumber, protocolText } from '../text/protocols.ts';

/** The kinds of sets that are modelled, all for IPv4. */
export type IpSetType = 'hash:ip' | 'hash:net' | 'hash:ip,port';

/** A member as numbers. `protocol` and `port` are 0 where the type has none; `length` is 32 where it has none. */
interface Member {
  readonly address: number;
  readonly length: number;
  readonly protocol: number;
  readonly port: number;
  readonly noMatch: boolean;
}

/** A wrong member. The message is what the ipset command prints. */
export class IpSetError extends Error {}

/**
 * A set of ipset (net/netfilter/ipset). Not modelled: other types, IPv6, time-outs, counters, comments, extensions.
 */
export class IpSet {
  readonly name: string;
  readonly type: IpSetType;
  /** Rules that name the set: it cannot be destroyed. */
  references = 0;
  private readonly members = new Map<number, Member[]>();
  /** Prefix lengths present in a hash:net set, longest first. */
  private lengths: number[] = [];
  private size = 0;

  constructor(name: string, type: IpSetType) {
    this.name = name;
    this.type = type;
  }

  get count(): number {
    return this.size;
  }

  /** Adds a member; false when it is there. */
  add(text: string, noMatch = false): boolean {
    const member = this.parse(text, noMatch);
    if (this.find(member) !== undefined) return false;
    const key = keyOf(member.address, member.length, member.port);
    const bucket = this.members.get(key);
    if (bucket === undefined) this.members.set(key, [member]);
    else bucket.push(member);
    this.size++;
    if (!this.lengths.includes(member.length))
      this.lengths = [...this.lengths, member.length].sort((a, b) => b - a);
    return true;
  }

  /** Removes a member; false when it is not there. */
  remove(text: string): boolean {
    const member = this.find(this.parse(text, false));
    if (member === undefined) return false;
    const key = keyOf(member.address, member.length, member.port);
    this.members.set(
      key,
      this.members.get(key)!.filter((other) => other !== member),
    );
    this.size--;
    return true;
  }

  has(text: string): boolean {
    return this.find(this.parse(text, false)) !== undefined;
  }

  flush(): void {
    this.members.clear();
    this.lengths = [];
    this.size = 0;
  }

  /** Whether an address, with its protocol and port where the type has them, is in the set. */
  test(address: number, protocol: number, port: number): boolean {
    const withPort = this.type === 'hash:ip,port';
    for (const length of this.lengths) {
      const network = (address & prefixMask(length)) >>> 0;
      const bucket = this.members.get(keyOf(network, length, withPort ? port : 0));
      if (bucket === undefined) continue;
      for (const member of bucket) {
        const fits =
          member.address === network &&
          member.length === length &&
          (!withPort || (member.port === port && member.protocol === protocol));
        if (fits) return !member.noMatch;
      }
    }
    return false;
  }

  /** Members as `ipset list` prints them, in the order they were added. */
  list(): string[] {
    return [...this.members.values()].flat().map((member) => {
      const address = formatIpv4(member.address) + (member.length < 32 ? `/${member.length}` : '');
      const port = this.type === 'hash:ip,port' ? `,${protocolText(member.protocol)}:${member.port}` : '';
      return address + port + (member.noMatch ? ' nomatch' : '');
    });
  }

  private find(wanted: Member): Member | undefined {
    const bucket = this.members.get(keyOf(wanted.address, wanted.length, wanted.port)) ?? [];
    return bucket.find(
      (member) =>
        member.address === wanted.address &&
        member.length === wanted.length &&
        member.port === wanted.port &&
        member.protocol === wanted.protocol,
    );
  }

  private parse(text: string, noMatch: boolean): Member {
    const [address, port] = text.split(',');
    if (this.type === 'hash:net') {
      const { address: value, length } = parseCidr(address!.includes('/') ? address! : `${address}/32`);
      if (length === 0) throw new IpSetError('The value of the CIDR parameter of the IP address is invalid');
      return { address: (value & prefixMask(length)) >>> 0, length, protocol: 0, port: 0, noMatch };
    }
    if (!isIpv4Text(address!))
      throw new IpSetError(`Syntax error: cannot parse ${address}: resolving to IPv4 address failed`);
    if (this.type === 'hash:ip')
      return { address: parseIpv4(address!), length: 32, protocol: 0, port: 0, noMatch };
    const match = /^(?:([a-z]+):)?(\d+)$/.exec(port ?? '');
    if (match === null || Number(match[2]) > 65535)
      throw new IpSetError(`Syntax error: Second element is missing from ${text}.`);
    return {
      address: parseIpv4(address!),
      length: 32,
      protocol: protocolNumber(match[1] ?? 'tcp'),
      port: Number(match[2]),
      noMatch,
    };
  }
}

function keyOf(address: number, length: number, port: number): number {
  return (address ^ Math.imul(port, 0x9e3779b1) ^ (length << 24)) >>> 0;
}
