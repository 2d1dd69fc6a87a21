import type { Outcome } from './outcome.ts';
import { LAYER3_ROWS, LINK_ROWS } from './link-rows.ts';
import { probesOf, type Row } from './row.ts';
import { runProbes, type ProbeRun } from './run-probes.ts';

/** A column: a driver in a mode, on a network. */
export interface LinkSetup extends Omit<ProbeRun, 'probes'> {
  readonly title: string;
}

/** Columns that are shown together, as they are asked the same. */
export interface LinkGroup {
  readonly rows: readonly Row[];
  readonly setups: readonly LinkSetup[];
}

const REFUSING_SWITCH = 'links.lan.foreign_macs=refuse';
const REFUSING_CARD = 'hosts.host1.interfaces.eth0.promiscuous=false';
const REFLECTIVE_SWITCH = 'links.lan.reflective=true';
const NO_ROUTE_BACK = 'hosts.outside.routes=[]';
/** The first release that knows mode l3s. */
const L3S_RELEASE = '23.0';
/** What tutorials teach to let a host reach its own macvlan containers. */
const SHIM = [
  'host1$ ip link add shim link eth0 type macvlan mode bridge',
  'host1$ ip addr add 192.168.99.223/32 dev shim; ip link set shim up; ip route add 192.168.99.192/27 dev shim',
];

export const LINK_GROUPS = {
  macvlan: {
    rows: LINK_ROWS,
    setups: ['bridge', 'vepa', 'private', 'passthru'].map((mode) => macvlan(mode, mode)),
  },
  macvlanElsewhere: {
    rows: LINK_ROWS,
    setups: [
      { ...macvlan('bridge, with a shim on the host', 'bridge'), steps: SHIM },
      macvlan('bridge, the switch refuses foreign MACs', 'bridge', REFUSING_SWITCH),
      macvlan('bridge, the card refuses foreign MACs', 'bridge', REFUSING_CARD),
      macvlan('vepa, the switch reflects', 'vepa', REFLECTIVE_SWITCH),
      macvlan('private, the switch reflects', 'private', REFLECTIVE_SWITCH),
    ],
  },
  ipvlan: {
    rows: LINK_ROWS,
    setups: [
      { title: 'l2', file: 'ipvlan-l2.yaml' },
      { title: 'l2, the switch refuses foreign MACs', file: 'ipvlan-l2.yaml', set: [REFUSING_SWITCH] },
    ],
  },
  layer3: {
    rows: LAYER3_ROWS,
    setups: [
      layer3('l3', 'l3'),
      layer3('l3, outside has no route back', 'l3', NO_ROUTE_BACK),
      layer3('l3s', 'l3s'),
      layer3('l3s, outside has no route back', 'l3s', NO_ROUTE_BACK),
    ],
  },
} satisfies Record<string, LinkGroup>;

/** What came of the rows of a setup, one outcome each, and what was printed while it was made. */
export interface LinkRun {
  readonly setup: LinkSetup;
  readonly outcomes: readonly Outcome[];
  readonly preparation: string;
}

/** Every group's setups, asked by ICMP. */
export async function linkRuns(group: LinkGroup): Promise<LinkRun[]> {
  const probes = group.rows.flatMap((row) => probesOf(row, ['icmp']));
  const runs: LinkRun[] = [];
  for (const setup of group.setups) {
    const { outcomes, preparation } = await runProbes({ ...setup, probes });
    runs.push({ setup, outcomes: [...outcomes.values()], preparation });
  }
  return runs;
}

function macvlan(title: string, mode: string, ...set: string[]): LinkSetup {
  return { title, file: 'macvlan.yaml', variables: { MODE: mode }, set };
}

function layer3(title: string, mode: string, ...set: string[]): LinkSetup {
  return {
    title,
    file: 'ipvlan-l3.yaml',
    variables: { MODE: mode },
    set,
    ...(mode === 'l3s' ? { release: L3S_RELEASE } : {}),
  };
}
