import { ARP_PACKET, type LoggedDrop } from './drop-log.ts';
import { PROTOCOL_NUMBERS, type Arrival } from './packet-log.ts';
import type { Probe, Protocol } from './probe.ts';

/** What came of a probe. */
export interface Outcome {
  readonly kind: 'reaches' | 'no answer' | 'closed' | 'refused' | 'unreachable' | 'no name' | 'times out';
  /** The source address that the peer saw; '' when nothing came to it. */
  readonly seenAs: string;
  /** What the program said of a refusal or of an unreachable peer, else ''. */
  readonly text: string;
  /** Where the request or its answer ended, when nobody said so. */
  readonly drop: LoggedDrop | null;
}

export interface Evidence {
  /** What the program printed. */
  readonly printed: string;
  /** What came to the peer's interface meanwhile. */
  readonly arrivals: readonly Arrival[];
  readonly drops: readonly LoggedDrop[];
}

export function outcomeOf(probe: Probe, evidence: Evidence): Outcome {
  const { protocol } = probe;
  const arrival = evidence.arrivals.find((packet) => packet.protocol === protocol);
  const seenAs = arrival?.source ?? '';
  const { kind, text } = READ[protocol](evidence.printed);
  if (kind !== 'silence')
    return { kind, text, seenAs, drop: kind === 'reaches' ? null : arpFailure(evidence.drops) };
  const drop = relevantDrop(probe, evidence.drops);
  return { kind: seenAs === '' ? 'times out' : 'no answer', text: '', seenAs, drop };
}

interface Reading {
  readonly kind: Exclude<Outcome['kind'], 'no answer' | 'times out'> | 'silence';
  readonly text: string;
}

const READ: Readonly<Record<Protocol, (printed: string) => Reading>> = {
  icmp: readPing,
  udp: (printed) => readProgram(printed, / reply |-> .* ok/),
  tcp: (printed) => readProgram(printed, / reply b'.+'/),
};

function readPing(printed: string): Reading {
  if (/ bytes from /.test(printed)) return { kind: 'reaches', text: '' };
  const error = /^From (\S+) icmp_seq=1 (.+)$/m.exec(printed);
  if (error !== null) return { kind: 'unreachable', text: `${error[2]} from ${error[1]}` };
  if (/Network is unreachable/.test(printed)) return { kind: 'unreachable', text: 'Network is unreachable' };
  return readProgram(printed, /$^/);
}

/** What udpsend.py and tcpsend.py say. */
function readProgram(printed: string, success: RegExp): Reading {
  const error = /\[Errno (-?\d+)\] (.+)/.exec(printed);
  if (error !== null) {
    const kind = error[1] === '111' ? 'refused' : Number(error[1]) < 0 ? 'no name' : 'unreachable';
    return { kind, text: error[2]! };
  }
  if (/ reply b''/.test(printed)) return { kind: 'closed', text: '' };
  if (/timed out|100% packet loss/.test(printed)) return { kind: 'silence', text: '' };
  if (success.test(printed)) return { kind: 'reaches', text: '' };
  throw new Error(`what does this mean? ${printed}`);
}

/** Frames that end at who does not want them: no reason why a packet does not arrive where it is wanted. */
const BYSTANDERS: readonly string[] = ['OTHERHOST', 'ARP_NOT_FOR_US', 'VLAN_NOT_A_MEMBER'];

/** The drop that explains a silence: of a rule before others. */
function relevantDrop(probe: Probe, drops: readonly LoggedDrop[]): LoggedDrop | null {
  const ours = drops.filter(
    ({ protocol, reason }) => protocol === PROTOCOL_NUMBERS[probe.protocol] && !BYSTANDERS.includes(reason),
  );
  const drop = ours.find(({ rule }) => rule !== '') ?? ours[0] ?? null;
  return drop?.reason === 'NEIGH_FAILED' ? (arpFailure(drops) ?? drop) : drop;
}

/** Why a neighbour was not found: a dropped ARP packet that explains it, else that nobody answered. */
function arpFailure(drops: readonly LoggedDrop[]): LoggedDrop | null {
  const failure = drops.find(({ reason }) => reason === 'NEIGH_FAILED');
  if (failure === undefined) return null;
  return (
    drops.find(({ protocol, reason }) => protocol === ARP_PACKET && !BYSTANDERS.includes(reason)) ?? failure
  );
}
