import { get32 } from '../../../protocols/bytes.ts';
import { PROTO } from '../../../protocols/ipv4.ts';
import { IPV6 } from '../../../protocols/ipv6.ts';
import type { MatchContext } from './match.ts';
import {
  FLAG_FRAGMENT,
  FLAG_INVERT_DESTINATION,
  FLAG_INVERT_FRAGMENT,
  FLAG_INVERT_PROTOCOL,
  FLAG_INVERT_SOURCE,
  type RuleProgram,
  STRIDE,
  WORD_DESTINATION,
  WORD_DESTINATION_MASK,
  WORD_SOURCE,
  WORD_SOURCE_MASK,
} from './rule-program.ts';

/** TCP's header without options and UDP's: what a port test needs to be there. */
export const TCP_HEADER_BYTES = 20;
export const UDP_HEADER_BYTES = 8;

/** Whether all matches of a rule's list hold. */
export function allMatch(program: RuleProgram, context: MatchContext, list: number): boolean {
  const matches = program.matches[list]!;
  for (let i = 0; i < matches.length; i++) if (!matches[i]!.matches(context)) return false;
  return true;
}

/** Whether the ports lie in ranges that are given as low << 16 | high. */
export function portsFit(context: MatchContext, sources: number, destinations: number): boolean {
  const source = context.sourcePort;
  const destination = context.destinationPort;
  return (
    source >= sources >>> 16 &&
    source <= (sources & 0xffff) &&
    destination >= destinations >>> 16 &&
    destination <= (destinations & 0xffff)
  );
}

/**
 * Whether the packet has ports to test. A TCP fragment that begins inside the header, or a packet too short for its
 * header, is dropped at once (tcp_mt, udp_mt).
 */
export function portsReadable(context: MatchContext): boolean {
  const isTcp = context.protocol === PROTO.TCP;
  if (context.fragmentOffset !== 0) {
    if (isTcp && context.fragmentOffset === 1) context.hotDrop = true;
    return false;
  }
  const header = isTcp ? TCP_HEADER_BYTES : UDP_HEADER_BYTES;
  if (context.transport + header <= context.packet.tail) return true;
  context.hotDrop = true;
  return false;
}

/** The header comparison with inversions, fragments and IPv6 addresses (ip_packet_match, ip6_packet_match). */
export function slowHeader(
  program: RuleProgram,
  context: MatchContext,
  index: number,
  flags: number,
): boolean {
  const words = program.words;
  const at = index * STRIDE;
  if (program.addresses6 === null) {
    const source = ((context.source ^ words[at + WORD_SOURCE]!) & words[at + WORD_SOURCE_MASK]!) === 0;
    if (source === ((flags & FLAG_INVERT_SOURCE) !== 0)) return false;
    const destination =
      ((context.destination ^ words[at + WORD_DESTINATION]!) & words[at + WORD_DESTINATION_MASK]!) === 0;
    if (destination === ((flags & FLAG_INVERT_DESTINATION) !== 0)) return false;
  } else {
    const address = index * 16;
    const network = context.packet.networkOffset;
    const source = matches6(program.addresses6, address, context.packet.buf, network + IPV6.SOURCE);
    if (source === ((flags & FLAG_INVERT_SOURCE) !== 0)) return false;
    const destination = matches6(
      program.addresses6,
      address + 8,
      context.packet.buf,
      network + IPV6.DESTINATION,
    );
    if (destination === ((flags & FLAG_INVERT_DESTINATION) !== 0)) return false;
  }
  const protocol = ((context.protocol ^ flags) & (flags >>> 8) & 0xff) === 0;
  if (protocol === ((flags & FLAG_INVERT_PROTOCOL) !== 0)) return false;
  if ((flags & FLAG_FRAGMENT) !== 0) return context.fragmentOffset !== 0;
  if ((flags & FLAG_INVERT_FRAGMENT) !== 0) return context.fragmentOffset === 0;
  return true;
}

function matches6(tests: Int32Array, at: number, buf: Uint8Array, offset: number): boolean {
  for (let i = 0; i < 4; i++) {
    if (((get32(buf, offset + 4 * i) ^ tests[at + i]!) & tests[at + 4 + i]!) !== 0) return false;
  }
  return true;
}
