import { get16 } from '../../protocols/bytes.ts';
import { ETHERNET_HEADER_LENGTH, ETHERTYPE } from '../../protocols/ethernet.ts';
import { IPV4_HEADER_LENGTH, ipv4FragmentOffset, isIpv4Fragment } from '../../protocols/ipv4.ts';
import { DEFAULT_PRINT_OPTIONS } from '../../programs/tcpdump/print/print-options.ts';
import { printPacket } from '../../programs/tcpdump/print/print-packet.ts';
import type { Frame } from './frame-of.ts';

const OPTIONS = { ...DEFAULT_PRINT_OPTIONS, timestamp: 'none', absoluteSequence: true } as const;
/** First of the ports that Linux gives to clients (ip_local_port_range). */
const FIRST_CLIENT_PORT = 32768;

/** A frame in tcpdump's words, without TCP's window and options; of an IPv4 fragment, where it begins too. */
export function packetText({ buf, offset, length }: Frame): string {
  const [line = ''] = printPacket(0, buf, offset, length, OPTIONS).split('\n');
  const text = line.trim().replace(/, (?:win \d+|options \[[^\]]*\])/g, '');
  const ip = offset + ETHERNET_HEADER_LENGTH;
  const isIpv4 = length >= ETHERNET_HEADER_LENGTH + IPV4_HEADER_LENGTH && buf[ip]! >>> 4 === 4;
  if (!isIpv4 || get16(buf, offset + 12) !== ETHERTYPE.IPV4 || !isIpv4Fragment(buf, ip)) return text;
  return `${text}, fragment from byte ${ipv4FragmentOffset(buf, ip)}`;
}

/** The same for all packets of a kind: what numbers them and the clients' ports are left out. */
export function kindText(text: string): string {
  return text
    .replace(/, (?:seq|ack|id|length|icmp_seq) [\d:]+/g, '')
    .replace(/: \d+\S* (?=\w+\? |\d+\/\d)/, ': ')
    .replace(/(?<=\.)\d+(?=:? |: )/g, (port) => (Number(port) >= FIRST_CLIENT_PORT ? '*' : port));
}
