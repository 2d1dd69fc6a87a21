import { readTuple } from '../../core/netfilter/conntrack/read-tuple.ts';
import { AF_INET, AF_INET6, Tuple } from '../../core/netfilter/conntrack/tuple.ts';
import type { Packet } from '../../core/packet/packet.ts';
import { formatIpv4 } from '../../protocols/ipv4-address.ts';
import { PROTO } from '../../protocols/ipv4.ts';
import { Ipv6Address } from '../../protocols/ipv6-address.ts';

/** One side of a connection, `172.17.0.2:80`, `[fd00::2]:80` or, of ICMP, `172.17.0.2, id 7`. */
export function sideOf(tuple: Tuple, side: 'source' | 'destination'): string {
  const isSource = side === 'source';
  const part = isSource ? tuple.srcPart : tuple.dstPart;
  const address = isSource
    ? addressText(tuple.family, tuple.src0, tuple.src1, tuple.src2, tuple.src)
    : addressText(tuple.family, tuple.dst0, tuple.dst1, tuple.dst2, tuple.dst);
  const isIcmp = tuple.protocol === PROTO.ICMP || tuple.protocol === PROTO.ICMPV6;
  if (isIcmp) return isSource ? `${address}, id ${part}` : address;
  if (part === 0) return address;
  return tuple.family === AF_INET ? `${address}:${part}` : `[${address}]:${part}`;
}

export function sourceNow(packet: Packet): string {
  return sideOf(tupleOf(packet), 'source');
}

export function destinationNow(packet: Packet): string {
  return sideOf(tupleOf(packet), 'destination');
}

function tupleOf({ buf, networkOffset, tail }: Packet): Tuple {
  const tuple = new Tuple();
  tuple.family = buf[networkOffset]! >>> 4 === 4 ? AF_INET : AF_INET6;
  readTuple(buf, networkOffset, tail, tuple.family, tuple);
  return tuple;
}

function addressText(family: number, w0: number, w1: number, w2: number, w3: number): string {
  if (family === AF_INET) return formatIpv4(w3 >>> 0);
  return String(new Ipv6Address(w0, w1, w2, w3));
}
