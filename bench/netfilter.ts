/** Packets a second through FORWARD with so many rules that do not match. Prints ns a packet and ns a rule. */
import { performance } from 'node:perf_hooks';
import { Host } from '../core/host/host.ts';
import { ProgramRegistry } from '../core/host/program.ts';
import { AF_INET } from '../core/netfilter/conntrack/tuple.ts';
import { NF_INET_FORWARD } from '../core/netfilter/hook.ts';
import { openTable } from '../core/netfilter/tables/open-table.ts';
import { iptables } from '../core/netfilter/text/iptables-command.ts';
import { PacketPool } from '../core/packet/packet-pool.ts';
import { Simulator } from '../core/sim/simulator.ts';
import { put16 } from '../protocols/bytes.ts';
import { PROTO, writeIpv4Header } from '../protocols/ipv4.ts';

const ROUNDS = 7;

/** The kinds of rules: Docker's for a published port, one that gets as far as the ports, one that loads a match. */
const KINDS: readonly [name: string, rule: (i: number) => string][] = [
  [
    'address',
    (i) => `-d 172.17.${i >> 8}.${i & 255}/32 ! -i docker0 -o docker0 -p tcp -m tcp --dport 80 -j ACCEPT`,
  ],
  ['interface', (i) => `-i br-${i} ! -o br-${i} -j ACCEPT`],
  ['port', (i) => `-p tcp -m tcp --dport ${20_000 + i} -j ACCEPT`],
  ['match', (i) => `-m mark --mark ${i + 1} -j ACCEPT`],
];

function measure(rules: readonly string[]): number {
  const env = {
    sim: new Simulator(1),
    pool: new PacketPool(),
    programs: new ProgramRegistry(),
    tracer: null,
    ciphers: null,
  };
  const netns = new Host('host', env).initNamespace;
  const table = openTable(netns, AF_INET, 'filter')!;
  for (const rule of rules) {
    const output = iptables(netns, AF_INET, ['-A', 'FORWARD', ...rule.split(' ')]);
    if (output.code !== 0) throw new Error(output.stderr);
  }
  const packet = netns.host.pool.alloc(60);
  packet.networkOffset = packet.head;
  writeIpv4Header(packet.buf, packet.head, 0, 60, 1, 0, 64, PROTO.TCP, 0x0a000001, 0x0a000002);
  put16(packet.buf, packet.head + 22, 443);
  const dev = netns.loopback;
  const count = Math.max(2000, Math.floor(2_000_000 / (rules.length + 10)));
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    for (let i = 0; i < count; i++) table.run(NF_INET_FORWARD, packet, dev, dev);
    times.push(((performance.now() - start) * 1e6) / count);
  }
  return times.sort((a, b) => a - b)[ROUNDS >> 1]!;
}

export function run(): void {
  console.log('rules     kind       ns/packet  ns/rule     packets/s');
  const empty = measure([]);
  for (const [name, rule] of KINDS) {
    for (const rules of [0, 10, 100, 1000]) {
      const ns = measure(Array.from({ length: rules }, (_, i) => rule(i)));
      const each = rules === 0 ? '-' : ((ns - empty) / rules).toFixed(2);
      console.log(
        String(rules).padEnd(9),
        name.padEnd(10),
        ns.toFixed(0).padStart(9),
        each.padStart(8),
        (1e9 / ns).toFixed(0).padStart(13),
      );
    }
  }
}
