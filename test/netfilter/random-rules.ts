import fc from 'fast-check';
import { Bridge } from '../../core/device/bridge/bridge.ts';
import type { NetDevice } from '../../core/device/net-device.ts';
import type { NetNamespace } from '../../core/namespace/net-namespace.ts';
import { AF_INET } from '../../core/netfilter/conntrack/tuple.ts';
import { NF_INET_FORWARD } from '../../core/netfilter/hook.ts';
import { openTable } from '../../core/netfilter/tables/open-table.ts';
import type { Table } from '../../core/netfilter/tables/table.ts';
import type { Packet } from '../../core/packet/packet.ts';
import { PROTO } from '../../protocols/ipv4.ts';
import { parseMac } from '../../protocols/mac-address.ts';
import { newNamespace, packetOf, run } from './lab.ts';

/** A rule as plain data, for the command line and for the interpreter below. */
export interface PlainRule {
  chain: string;
  source: string | null;
  sourceNot: boolean;
  destination: string | null;
  inDev: string | null;
  inNot: boolean;
  outDev: string | null;
  protocol: 'tcp' | 'udp' | null;
  protocolNot: boolean;
  ports: [number, number] | null;
  portsNot: boolean;
  mark: number | null;
  jump: string;
  isGoto: boolean;
}

export interface PlainPacket {
  source: string;
  destination: string;
  inDev: string;
  outDev: string;
  protocol: 'tcp' | 'udp';
  port: number;
}

export const DEVICES = ['br0', 'br1', 'eth0'];
/** Each may only jump to those after it: no loops. */
export const CHAINS = ['FORWARD', 'C1', 'C2', 'C3'];

/** The literal interpreter: one rule after the other, with strings. */
export class Interpreter {
  readonly hits = new Map<PlainRule, number>();
  mark = 0;
  private readonly rules: readonly PlainRule[];

  constructor(rules: readonly PlainRule[]) {
    this.rules = rules;
  }

  verdict(packet: PlainPacket): string {
    this.mark = 0;
    const result = this.chain('FORWARD', packet);
    return result === 'RETURN' ? 'ACCEPT' : result;
  }

  /** ACCEPT, DROP, or RETURN when the chain came to its end. A goto's target returns to our caller. */
  private chain(name: string, packet: PlainPacket): string {
    for (const rule of this.rules) {
      if (rule.chain !== name || !this.fits(rule, packet)) continue;
      this.hits.set(rule, (this.hits.get(rule) ?? 0) + 1);
      if (rule.jump === '') continue;
      if (rule.jump === 'MARK') {
        this.mark = (this.mark | 1) >>> 0;
        continue;
      }
      if (['ACCEPT', 'DROP', 'RETURN'].includes(rule.jump)) return rule.jump;
      const result = this.chain(rule.jump, packet);
      if (result !== 'RETURN' || rule.isGoto) return result;
    }
    return 'RETURN';
  }

  private fits(rule: PlainRule, packet: PlainPacket): boolean {
    if (rule.source !== null && inNetwork(packet.source, rule.source) === rule.sourceNot) return false;
    if (rule.destination !== null && !inNetwork(packet.destination, rule.destination)) return false;
    if (rule.inDev !== null && named(packet.inDev, rule.inDev) === rule.inNot) return false;
    if (rule.outDev !== null && !named(packet.outDev, rule.outDev)) return false;
    if (rule.protocol !== null && (packet.protocol === rule.protocol) === rule.protocolNot) return false;
    if (rule.ports !== null) {
      const inside = packet.port >= rule.ports[0] && packet.port <= rule.ports[1];
      if (inside === rule.portsNot) return false;
    }
    return rule.mark === null || this.mark === rule.mark;
  }
}

function bits(address: string): string {
  return address
    .split('.')
    .map((octet) => Number(octet).toString(2).padStart(8, '0'))
    .join('');
}

function inNetwork(address: string, network: string): boolean {
  const [base, length] = network.split('/');
  return bits(address).slice(0, Number(length)) === bits(base!).slice(0, Number(length));
}

function named(name: string, pattern: string): boolean {
  return pattern.endsWith('+') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}

/** The rule as iptables takes it. */
export function commandOf(rule: PlainRule): string {
  const parts = [`-A ${rule.chain}`];
  if (rule.source !== null) parts.push(`${rule.sourceNot ? '! ' : ''}-s ${rule.source}`);
  if (rule.destination !== null) parts.push(`-d ${rule.destination}`);
  if (rule.inDev !== null) parts.push(`${rule.inNot ? '! ' : ''}-i ${rule.inDev}`);
  if (rule.outDev !== null) parts.push(`-o ${rule.outDev}`);
  if (rule.protocol !== null) parts.push(`${rule.protocolNot ? '! ' : ''}-p ${rule.protocol}`);
  if (rule.ports !== null) {
    parts.push(`${rule.portsNot ? '! ' : ''}--dport ${rule.ports[0]}:${rule.ports[1]}`);
  }
  if (rule.mark !== null) parts.push(`-m mark --mark ${rule.mark}`);
  if (rule.jump === 'MARK') parts.push('-j MARK --or-mark 1');
  else if (rule.jump !== '') parts.push(`${rule.isGoto ? '-g' : '-j'} ${rule.jump}`);
  return parts.join(' ');
}

/** A namespace with the devices, chains and rules, and its table. */
export function tableOf(commands: readonly string[]): {
  netns: NetNamespace;
  table: Table;
  devices: Map<string, NetDevice>;
} {
  const netns = newNamespace();
  const devices = new Map<string, NetDevice>();
  for (const name of DEVICES) {
    const dev = new Bridge(name, netns.host, netns, parseMac('02:00:00:00:00:01'), true);
    netns.addDevice(dev);
    devices.set(name, dev);
  }
  for (const chain of CHAINS.slice(1)) run(netns, `-N ${chain}`);
  for (const command of commands) run(netns, command);
  return { netns, table: openTable(netns, AF_INET, 'filter')!, devices };
}

/** Takes a packet through FORWARD. */
export function forward(
  { netns, table, devices }: ReturnType<typeof tableOf>,
  plain: PlainPacket,
  payload: number[] = [],
): { verdict: number; packet: Packet } {
  const packet = packetOf(netns, {
    ...plain,
    protocol: plain.protocol === 'tcp' ? PROTO.TCP : PROTO.UDP,
    destinationPort: plain.port,
    payload,
  });
  const inDev = devices.get(plain.inDev)!;
  return { verdict: table.run(NF_INET_FORWARD, packet, inDev, devices.get(plain.outDev)!), packet };
}

const network = fc
  .tuple(
    fc.constantFrom('10.0.0.0', '10.0.0.1', '10.0.1.0', '10.0.1.1', '192.168.0.9'),
    fc.constantFrom(0, 8, 24, 31, 32),
  )
  .map(([address, length]) => `${address}/${length}`);
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null, freq: 2 });

export const ruleArbitrary: fc.Arbitrary<PlainRule> = fc
  .record({
    chainIndex: fc.nat(CHAINS.length - 1),
    source: maybe(network),
    sourceNot: fc.boolean(),
    destination: maybe(network),
    inDev: maybe(fc.constantFrom('br0', 'br+', 'eth0', 'nothing')),
    inNot: fc.boolean(),
    outDev: maybe(fc.constantFrom('br1', 'e+', 'eth0')),
    protocol: maybe(fc.constantFrom('tcp' as const, 'udp' as const)),
    protocolNot: fc.boolean(),
    portRange: maybe(fc.tuple(fc.integer({ min: 78, max: 83 }), fc.integer({ min: 0, max: 3 }))),
    portsNot: fc.boolean(),
    mark: maybe(fc.constantFrom(0, 1)),
    verdict: fc.constantFrom('', 'ACCEPT', 'DROP', 'RETURN', 'MARK', 'CHAIN', 'CHAIN', 'CHAIN'),
    target: fc.nat(2),
    isGoto: fc.boolean(),
  })
  .map((raw) => {
    const ports: [number, number] | null =
      raw.portRange === null || raw.protocol === null || raw.protocolNot
        ? null
        : [raw.portRange[0], raw.portRange[0] + raw.portRange[1]];
    const below = CHAINS.slice(raw.chainIndex + 1);
    const jumps = raw.verdict === 'CHAIN' && below.length > 0;
    const jump = jumps ? below[raw.target % below.length]! : raw.verdict === 'CHAIN' ? '' : raw.verdict;
    const anySource = raw.source?.endsWith('/0') === true;
    return {
      chain: CHAINS[raw.chainIndex]!,
      source: raw.source,
      // "! -s 0.0.0.0/0" is a rule too, but one that never matches.
      sourceNot: raw.sourceNot && !anySource,
      destination: raw.destination,
      inDev: raw.inDev,
      inNot: raw.inNot,
      outDev: raw.outDev,
      protocol: raw.protocol,
      protocolNot: raw.protocolNot,
      ports,
      portsNot: raw.portsNot,
      mark: raw.mark,
      jump,
      isGoto: jumps && raw.isGoto,
    };
  });

export const packetArbitrary: fc.Arbitrary<PlainPacket> = fc.record({
  source: fc.constantFrom('10.0.0.0', '10.0.0.1', '10.0.1.1', '192.168.0.9'),
  destination: fc.constantFrom('10.0.0.1', '10.0.1.0', '10.9.9.9'),
  inDev: fc.constantFrom(...DEVICES),
  outDev: fc.constantFrom(...DEVICES),
  protocol: fc.constantFrom('tcp' as const, 'udp' as const),
  port: fc.integer({ min: 76, max: 88 }),
});
