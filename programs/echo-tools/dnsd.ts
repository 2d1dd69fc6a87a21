import type { Process } from '../../core/host/process.ts';
import type { ProgramRun } from '../../core/host/program.ts';
import { UdpSocket } from '../../core/socket/udp-socket.ts';
import { get16, put16, put32 } from '../../protocols/bytes.ts';
import { DNS_HEADER_LENGTH, DNS_PORT, DNS_TYPE } from '../../protocols/dns/index.ts';
import { formatIpv4, parseIpv4 } from '../../protocols/ipv4-address.ts';
import { osErrorText, uncaught } from './python.ts';

const ZONE = 'example.test';
const ADDRESS = parseIpv4('203.0.113.10');
const TTL_S = 60;
const FLAGS_FOUND = 0x8580;
const FLAGS_NXDOMAIN = 0x8583;

/** `dnsd.py`: a tiny name server. A of what ends in example.test is 203.0.113.10; the rest does not exist. */
export function* dnsd(proc: Process): ProgramRun {
  const socket = new UdpSocket(proc.netns, proc);
  const error = socket.bind(0, DNS_PORT);
  if (error !== 0) return uncaught(proc, 'OSError', osErrorText(error));
  for (;;) {
    const datagram = socket.receive();
    if (datagram === null) {
      socket.takeError();
      yield* proc.wait(socket.readable);
      continue;
    }
    const query = datagram.data;
    const question = readQuestion(query);
    if (question === null) return uncaught(proc, 'IndexError', 'index out of range');
    socket.sendTo(answer(query, question), datagram.source, datagram.sourcePort);
    const peer = `('${formatIpv4(datagram.source)}', ${datagram.sourcePort})`;
    proc.print(`${question.name} ${question.type} ${peer}\n`);
  }
}

interface Question {
  name: string;
  type: number;
  /** Where the question section ends. */
  end: number;
}

/** The question of a message; null when its bytes run out. */
function readQuestion(query: Uint8Array): Question | null {
  const labels: string[] = [];
  let at = DNS_HEADER_LENGTH;
  for (;;) {
    const length = query[at];
    if (length === undefined) return null;
    if (length === 0) break;
    labels.push(String.fromCharCode(...query.subarray(at + 1, at + 1 + length)));
    at += 1 + length;
  }
  if (at + 5 > query.length) return null;
  return { name: labels.join('.').toLowerCase(), type: get16(query, at + 1), end: at + 5 };
}

function answer(query: Uint8Array, question: Question): Uint8Array {
  const found = question.name.endsWith(ZONE);
  const withAddress = found && question.type === DNS_TYPE.A;
  const reply = new Uint8Array(question.end + (withAddress ? 16 : 0));
  reply.set(query.subarray(0, 2));
  reply.set(query.subarray(DNS_HEADER_LENGTH, question.end), DNS_HEADER_LENGTH);
  put16(reply, 2, found ? FLAGS_FOUND : FLAGS_NXDOMAIN);
  put16(reply, 4, 1);
  put16(reply, 6, withAddress ? 1 : 0);
  if (!withAddress) return reply;
  const at = question.end;
  put16(reply, at, 0xc000 | DNS_HEADER_LENGTH);
  put16(reply, at + 2, DNS_TYPE.A);
  put16(reply, at + 4, 1);
  put32(reply, at + 6, TTL_S);
  put16(reply, at + 10, 4);
  put32(reply, at + 12, ADDRESS);
  return reply;
}
