import type { ConntrackEntry } from '../../core/netfilter/conntrack/entry.ts';
import {
  IPS_ASSURED,
  IPS_DST_NAT,
  IPS_SEEN_REPLY,
  IPS_SRC_NAT,
} from '../../core/netfilter/conntrack/status.ts';
import { TCP_STATE_NAMES } from '../../core/netfilter/conntrack/tcp-states.ts';
import { CONNTRACK_PROTOCOL_NAMES } from '../../core/netfilter/conntrack/text.ts';
import {
  AF_INET,
  AF_INET6,
  IP_CT_DIR_ORIGINAL,
  IP_CT_DIR_REPLY,
  Tuple,
} from '../../core/netfilter/conntrack/tuple.ts';
import { isIpv4Text, parseCidr, prefixMask } from '../../protocols/ipv4-address.ts';
import { parseCidr6, type Ipv6Prefix } from '../../protocols/ipv6-address.ts';
import { UsageError, type ParsedArguments } from '../arguments.ts';

type Test = (entry: ConntrackEntry, original: Tuple, reply: Tuple) => boolean;

/** The entries that the options of a `conntrack` command line pick. */
export class ConntrackFilter {
  private readonly tests: Test[] = [];
  private readonly original = new Tuple();
  private readonly reply = new Tuple();

  /** Throws UsageError on values that make no sense. */
  constructor(args: ParsedArguments) {
    for (const { name, value } of args.options) {
      const test = testOf(name, value);
      if (test !== null) this.tests.push(test);
    }
  }

  matches(entry: ConntrackEntry): boolean {
    entry.readTuple(IP_CT_DIR_ORIGINAL, this.original);
    entry.readTuple(IP_CT_DIR_REPLY, this.reply);
    return this.tests.every((test) => test(entry, this.original, this.reply));
  }
}

function testOf(name: string, value: string): Test | null {
  switch (name) {
    case 'f': {
      const family = familyOf(value);
      return (entry) => entry.family === family;
    }
    case 'p': {
      const protocol = protocolOf(value);
      return (entry) => entry.protocol === protocol;
    }
    case 's': {
      const has = addressTest(value, '--orig-src');
      return (_entry, original) => has(original, true);
    }
    case 'd': {
      const has = addressTest(value, '--orig-dst');
      return (_entry, original) => has(original, false);
    }
    case 'r': {
      const has = addressTest(value, '--reply-src');
      return (_entry, _original, reply) => has(reply, true);
    }
    case 'q': {
      const has = addressTest(value, '--reply-dst');
      return (_entry, _original, reply) => has(reply, false);
    }
    case 'sport':
      return portTest(value, (original) => original.srcPart);
    case 'dport':
      return portTest(value, (original) => original.dstPart);
    case 'reply-port-src':
      return portTest(value, (_original, reply) => reply.srcPart);
    case 'reply-port-dst':
      return portTest(value, (_original, reply) => reply.dstPart);
    case 'state':
      return stateTest(value);
    case 'm':
      return markTest(value);
    case 'w': {
      const zone = numberOf(value);
      return (entry) => entry.zone === zone;
    }
    case 'n':
      return (entry) => (entry.status & IPS_SRC_NAT) !== 0;
    case 'g':
      return (entry) => (entry.status & IPS_DST_NAT) !== 0;
    case 'j':
      return (entry) => (entry.status & (IPS_SRC_NAT | IPS_DST_NAT)) !== 0;
    case 'u':
      return statusTest(value);
    default:
      return null;
  }
}

function familyOf(value: string): number {
  if (value === 'ipv4') return AF_INET;
  if (value === 'ipv6') return AF_INET6;
  throw new UsageError(`\`${value}' unsupported protocol family`);
}

function protocolOf(value: string): number {
  const lower = value.toLowerCase();
  for (const [protocol, name] of CONNTRACK_PROTOCOL_NAMES) if (name === lower) return protocol;
  if (lower === 'icmpv6' || lower === 'ipv6-icmp') return 58;
  if (/^\d+$/.test(value) && Number(value) < 256) return Number(value);
  throw new UsageError(`\`${value}' unsupported protocol`);
}

function addressTest(value: string, option: string): (tuple: Tuple, source: boolean) => boolean {
  const slash = value.indexOf('/');
  const host = slash < 0 ? value : value.slice(0, slash);
  try {
    if (isIpv4Text(host)) {
      const { address, length } = parseCidr(slash < 0 ? `${value}/32` : value);
      const mask = prefixMask(length);
      return (tuple, source) =>
        tuple.family === AF_INET && (((source ? tuple.src : tuple.dst) ^ address) & mask) === 0;
    }
    const prefix = parseCidr6(slash < 0 ? `${value}/128` : value);
    return (tuple, source) => tuple.family === AF_INET6 && contains6(prefix, tuple, source);
  } catch {
    throw new UsageError(`Invalid IP address \`${value}' for ${option}`);
  }
}

function contains6(prefix: Ipv6Prefix, tuple: Tuple, source: boolean): boolean {
  const words = source
    ? [tuple.src0, tuple.src1, tuple.src2, tuple.src]
    : [tuple.dst0, tuple.dst1, tuple.dst2, tuple.dst];
  const { w0, w1, w2, w3 } = prefix.address;
  return [w0, w1, w2, w3].every((word, i) => {
    const bits = Math.min(32, Math.max(0, prefix.length - 32 * i));
    return ((word ^ words[i]!) & prefixMask(bits)) === 0;
  });
}

function portTest(value: string, part: (original: Tuple, reply: Tuple) => number): Test {
  const port = numberOf(value);
  return (_entry, original, reply) => part(original, reply) === port;
}

function stateTest(value: string): Test {
  const state = TCP_STATE_NAMES.indexOf(value.toUpperCase());
  if (state < 0) throw new UsageError(`\`${value}' unknown TCP state`);
  return (entry) => entry.tcp !== null && entry.tcp.state === state;
}

function markTest(value: string): Test {
  const [mark, mask] = value.split('/');
  const wanted = numberOf(mark ?? '');
  const bits = mask === undefined ? 0xffffffff : numberOf(mask);
  return (entry) => ((entry.mark ^ wanted) & bits) === 0;
}

function statusTest(value: string): Test {
  const tests = value.split(',').map((word): Test => {
    switch (word.toUpperCase()) {
      case 'ASSURED':
        return (entry) => (entry.status & IPS_ASSURED) !== 0;
      case 'SEEN_REPLY':
        return (entry) => (entry.status & IPS_SEEN_REPLY) !== 0;
      case 'UNREPLIED':
        return (entry) => (entry.status & IPS_SEEN_REPLY) === 0;
      case 'SRC_NAT':
        return (entry) => (entry.status & IPS_SRC_NAT) !== 0;
      case 'DST_NAT':
        return (entry) => (entry.status & IPS_DST_NAT) !== 0;
      case 'CONFIRMED':
        return () => true;
      default:
        throw new UsageError(`Invalid status \`${word}'`);
    }
  });
  return (entry, original, reply) => tests.every((test) => test(entry, original, reply));
}

function numberOf(value: string): number {
  const number = Number(value);
  if (value === '' || !Number.isInteger(number) || number < 0) {
    throw new UsageError(`Invalid number \`${value}'`);
  }
  return number;
}
