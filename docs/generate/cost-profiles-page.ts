import { COST_STAGES, type CostStage } from '../../core/host/cost-meter.ts';
import { LINUX_PROFILE } from '../../scenarios/cost/linux-profile.ts';
import type { Figures } from '../../scenarios/cost/profile-schema.ts';

/** What a stage is, and when it is charged. */
const STAGE_TEXT: Readonly<Record<CostStage, string>> = {
  syscall: 'a system call that sends or receives',
  socketSend: 'UDP, TCP or raw socket: a packet or segment is built',
  socketReceive: 'UDP, TCP or raw socket: a packet or segment is put into its queue',
  veth: 'from one end of a veth pair to the other',
  bridge: 'a frame enters a bridge, from a port or from the machine itself',
  bridgeNetfilter: 'br_netfilter takes a bridged packet to the IP hooks',
  netfilterHook: 'a table visited at a hook',
  netfilterRule: 'a rule looked at, the chain policy included',
  conntrackLookup: 'connection tracking finds the connection, once in PREROUTING or OUTPUT',
  conntrackInsert: 'a new connection is confirmed',
  nat: 'an address or port rewritten',
  route: 'IP header and route on the way in; next hop on the way out',
  forward: 'a packet forwarded by IP',
  vxlanEncap: 'a frame put into VXLAN',
  vxlanDecap: 'a frame taken out of VXLAN',
  espEncrypt: 'a packet put into ESP; bytes are those it protects',
  espDecrypt: 'a packet taken out of ESP; bytes are those from the ESP header on',
  ipvs: 'IPVS finds or makes a connection and rewrites the packet',
  nicTransmit: 'a frame handed to a card',
  nicReceive: 'a frame taken from the receive ring of a card',
  copy: 'payload bytes between program and kernel, each way',
};

const HEAD = `# CPU cost profiles

<!-- Written by docs/generate.ts from the built-in profile: change the sources, not this page. -->

\`cost:\` in a scenario says what work on a processor costs in simulated time.

| \`cost:\` | Meaning |
| --- | --- |
| \`ideal\` | nothing; the default |
| \`linux\` | the profile below, its figures \`mid\` |
| \`linux:low\` \`linux:high\` | its other figures |
| \`mine.yaml\` \`mine.yaml:low\` | a profile in a file; the path counts from the scenario's folder |

## What it does

Every machine has one core. What arrives is carried through all devices, hooks and tables of the machine in one job, a program's step
between two waits is another, and the core does one job after the other, in the order they come. Each stage that a packet passes adds
its nanoseconds. Until the job is over the core is busy: frames wait in the receive ring of their card, 1024 for each, and one that
finds it full is dropped as \`FULL_RING\`. Captures show the time that it was on the machine by then; in a file with interfaces of
several machines the packets may therefore not be in order of time.

\`summary.json\` names the profile (\`cost\`) and holds under \`cpu\` its figures and, for each machine, the time by stage.

## The profile linux

`;

const TAIL = `
Low and high are how sure a figure is, not how good or bad a machine is. Differences between kinds of networks are surer than sums. A
test holds that the profile gives back what was measured on whole paths, within 10 %: loopback 2580 ns, two veth pairs and a bridge
4040 ns, with br_netfilter 4730 ns, a router between two veth pairs 4220 ns, containers on two machines by VXLAN 8200 ns.

## A profile of your own

Stages that are not named cost nothing. A figure is a number, or a map of \`low\`, \`mid\` and \`high\`.

\`\`\`yaml
name: my-machine
description: Measured on my machine.
stages:
  veth: { packet_ns: 500, source: pktgen over one pair, 2 M packets/s }
  espEncrypt: { packet_ns: 600, byte_ns: { low: 0.3, mid: 0.4, high: 0.6 }, source: iperf3 over IPsec }
\`\`\`

Scope and limits: one core for each machine; no preemption, no caches, no interrupt coalescing. With offloads on a
super-packet is charged as one packet, and cutting and merging cost nothing. What waits for the core
waits in order, programs and softirqs alike. Commands other than sockets' sending and receiving cost nothing. Packet sockets
(\`tcpdump\`, \`arping\`) cost nothing.
`;

/** The page of cost profiles: how they work, and the figures of the built-in one. */
export function costProfilesPage(): string {
  const rows = COST_STAGES.map((stage) => {
    const figures = LINUX_PROFILE.stages[stage];
    return `| \`${stage}\` | ${STAGE_TEXT[stage]} | ${text(figures?.packet_ns)} | ${text(figures?.byte_ns)} |\n`;
  });
  const sources = COST_STAGES.map(
    (stage) => `- \`${stage}\`: ${LINUX_PROFILE.stages[stage]?.source ?? 'not charged'}.\n`,
  );
  return (
    `${HEAD}${LINUX_PROFILE.description}\n\n` +
    '| Stage | What | ns a packet: low, mid, high | ns a byte: low, mid, high |\n| --- | --- | ---: | ---: |\n' +
    `${rows.join('')}\nWhere the figures come from:\n\n${sources.join('')}${TAIL}`
  );
}

function text(figures: Figures | undefined): string {
  if (figures === undefined) return '';
  return typeof figures === 'number' ? String(figures) : `${figures.low}, ${figures.mid}, ${figures.high}`;
}
