/**
 * Every size from 1 to 1500 through a plain and an encrypted overlay that Docker made, between two hosts, compared
 * with docs/reference/mtu-arithmetic.md: its sums are written again here and know nothing of the emulator.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import { readCapture } from '../../core/capture/pcap-reader.ts';
import { get16 } from '../../protocols/bytes.ts';
import { run, type SwarmRun } from './run-swarm.ts';

const LAST_SIZE = 1500;
const SIZES = Array.from({ length: LAST_SIZE }, (_, i) => i + 1);
const IP_HEADER = 20;
const ICMP_HEADER = 8;
const VXLAN = 8 + 8 + 14;
/** What Docker sets, whatever the cards take. */
const NETWORK_MTU = { plain: 1450, secret: 1424 } as const;
type Kind = keyof typeof NETWORK_MTU;

/** A piece of an IPv4 packet: its total length, where it begins, and whether more follow. */
interface Piece {
  readonly length: number;
  readonly offset: number;
  readonly more: boolean;
}

function align(value: number, to: number): number {
  return Math.ceil(value / to) * to;
}

/** An IPv4 packet as it leaves through an MTU: whole, or in pieces of a multiple of 8 bytes. */
function cut(length: number, mtu: number): Piece[] {
  if (length <= mtu) return [{ length, offset: 0, more: false }];
  const payload = length - IP_HEADER;
  const step = Math.floor((mtu - IP_HEADER) / 8) * 8;
  const pieces: Piece[] = [];
  for (let offset = 0; offset < payload; offset += step) {
    const more = offset + step < payload;
    pieces.push({ length: IP_HEADER + (more ? step : payload - offset), offset, more });
  }
  return pieces;
}

function outerLength(kind: Kind, inner: number): number {
  if (kind === 'plain') return IP_HEADER + VXLAN + inner;
  return IP_HEADER + 8 + 8 + align(VXLAN + inner + 2, 4) + 8;
}

/** The inner packets of a ping of this size; null when with DF it is refused, by the stack or by the tunnel. */
function innerPieces(kind: Kind, size: number, dontFragment: boolean, underlayMtu: number): Piece[] | null {
  const length = IP_HEADER + ICMP_HEADER + size;
  if (!dontFragment) return cut(length, NETWORK_MTU[kind]);
  // The tunnel does not know of ESP: it answers for what VXLAN alone makes too long.
  const largest = Math.min(NETWORK_MTU[kind], underlayMtu - IP_HEADER - VXLAN);
  return length > largest ? null : [{ length, offset: 0, more: false }];
}

function outerPieces(kind: Kind, inner: readonly Piece[], underlayMtu: number): Piece[] {
  return inner.flatMap(({ length }) => cut(outerLength(kind, length), underlayMtu));
}

/** One line each: a difference of two long lists is read in text. */
function listed(pieces: readonly Piece[]): string {
  return pieces.map(({ length, offset, more }) => `${length}@${offset}${more ? '+' : ''}`).join('\n');
}

/** The IPv4 frames of a capture, without the swarm's control traffic. */
function dataFrames(bytes: Uint8Array): Uint8Array[] {
  return readCapture(bytes)
    .packets.map(({ buf, offset, length }) => buf.subarray(offset, offset + length))
    .filter((frame) => get16(frame, 12) === 0x0800 && !isControl(frame));
}

/** Those that come from an address, as pieces. */
function piecesFrom(bytes: Uint8Array, source: string): Piece[] {
  return dataFrames(bytes)
    .filter((frame) => frame.subarray(26, 30).join('.') === source)
    .map((frame) => ({
      length: get16(frame, 16),
      offset: (get16(frame, 20) & 0x1fff) * 8,
      more: (get16(frame, 20) & 0x2000) !== 0,
    }));
}

function isControl(frame: Uint8Array): boolean {
  if (frame[23] === 6) return true;
  return frame[23] === 17 && (get16(frame, 20) & 0x1fff) === 0 && get16(frame, 36) !== 4789;
}

/** Two hosts, two networks, and on each of these a container of either host. */
function scenario(underlayMtu: number): string {
  const host = (number: number) =>
    `  host${number}: { interfaces: { eth0: { address: ${hostAddress(number)}/24, mtu: ${underlayMtu} } }, docker: {} }`;
  const container = (kind: Kind, number: number) =>
    `  ${kind}${number}: { image: alpine, command: sleep 1d, networks: { ${kind}: { ipv4_address: ${addressOf(kind, number)} } }, x-host: host${number} }`;
  return `name: sizes
hosts:
${host(1)}
${host(2)}
links: { lan: { connects: [host1/eth0, host2/eth0] } }
swarm: { managers: [host1], workers: [host2] }
networks:
  plain: { driver: overlay, attachable: true, ipam: { config: [{ subnet: 10.0.8.0/24 }] } }
  secret: { driver: overlay, attachable: true, driver_opts: { encrypted: "" }, ipam: { config: [{ subnet: 10.0.9.0/24 }] } }
services:
${container('plain', 1)}
${container('plain', 2)}
${container('secret', 1)}
${container('secret', 2)}
`;
}

function hostAddress(number: number): string {
  return `192.168.99.10${number}`;
}

function addressOf(kind: Kind, number: number): string {
  return `10.0.${kind === 'plain' ? 8 : 9}.10${number}`;
}

/** Pings of every size; prints those that are not answered. */
function pings(kind: Kind, strategy: 'do' | 'dont'): string {
  const ping = `iping -c 1 -W 1 -M ${strategy} -s $n ${addressOf(kind, 2)} > /dev/null 2>&1`;
  return `${kind}1$ for n in $(seq 1 ${LAST_SIZE}); do ${ping} || echo $n; done`;
}

// Without DF first: with it the containers learn a path MTU, which they keep.
const ROUNDS = [
  ['plain', 'dont'],
  ['plain', 'do'],
  ['secret', 'dont'],
  ['secret', 'do'],
] as const;

describe.each([1500, 1450])('an underlay of %d', (underlayMtu) => {
  let done: SwarmRun;

  beforeAll(async () => {
    const steps = ROUNDS.flatMap(([kind, strategy]) => [
      `${kind}1$ ping -c 1 ${addressOf(kind, 2)}`,
      `capture start { wire-${kind}-${strategy}: host2/eth0, end-${kind}-${strategy}: ${kind}2/eth0 }`,
      pings(kind, strategy),
      'capture stop',
    ]);
    done = await run(scenario(underlayMtu), ['wait 3s', ...steps]);
  }, 120_000);

  describe.each(ROUNDS)('%s overlay, DF "%s"', (kind, strategy) => {
    const expected = SIZES.map((size) => innerPieces(kind, size, strategy === 'do', underlayMtu));
    const sent = expected.flatMap((pieces) => pieces ?? []);
    const capture = (place: string) => done.files.bytes(`captures/${place}-${kind}-${strategy}.pcap`);

    test('refuses what the arithmetic refuses, and nothing else', () => {
      const index = ROUNDS.findIndex((round) => round[0] === kind && round[1] === strategy);
      const refused = done.outputs[2 * index + 1]!.split('\n').filter((line) => line !== '');
      expect(refused.map(Number)).toEqual(SIZES.filter((_, i) => expected[i] === null));
    });

    test('the other container gets every packet whole, or in pieces of the network’s MTU', () => {
      expect(listed(piecesFrom(capture('end'), addressOf(kind, 1)))).toBe(listed(sent));
    });

    test('the wire carries every packet with the bytes of its headers, or in pieces of its own MTU', () => {
      const onWire = outerPieces(kind, sent, underlayMtu);
      expect(listed(piecesFrom(capture('wire'), hostAddress(1)))).toBe(listed(onWire));
      const replies = expected.flatMap((pieces, i) =>
        pieces === null ? [] : innerPieces(kind, SIZES[i]!, false, underlayMtu)!,
      );
      expect(listed(piecesFrom(capture('wire'), hostAddress(2)))).toBe(
        listed(outerPieces(kind, replies, underlayMtu)),
      );
    });

    test('what is on the wire is VXLAN in clear on the plain network alone, and ESP on the other', () => {
      const protocols = new Set(dataFrames(capture('wire')).map((frame) => frame[23]));
      expect([...protocols]).toEqual([kind === 'plain' ? 17 : 50]);
    });
  });
});
