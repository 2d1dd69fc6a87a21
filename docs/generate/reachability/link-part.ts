import { why } from './cell.ts';
import { SIBLING } from './link-rows.ts';
import { LINK_GROUPS, type LinkGroup, type LinkRun } from './link-runs.ts';
import { markdownTable } from './markdown.ts';
import type { Outcome } from './outcome.ts';

export type LinkResults = Readonly<Record<keyof typeof LINK_GROUPS, readonly LinkRun[]>>;

/** The section about macvlan and ipvlan networks. */
export function linkPart(results: LinkResults): string {
  return `## macvlan and ipvlan networks

host1 (192.168.99.109 on eth0) has a second card, eth1, on the same switch. A container's network has eth0 as its parent; a
sibling is on the same network. The container on another parent is on eth1 and has an address of the same subnet. VLAN 50
(192.168.50.0/24) is the network of a container with the parent eth0.50. \`outside\` (192.168.99.1) is the router between the LAN
and VLAN 50. All is asked by ICMP. Nothing translates addresses here: the peer sees the asker's own, unless a cell names another.

### macvlan by mode

${linkTable('macvlan', results)}
A second container of mode passthru does not start: \`${startFailure(results.macvlan[3]!)}\`.
While the first runs, the host itself is cut off.

### macvlan where the network or the host differ

${linkTable('macvlanElsewhere', results)}
### ipvlan l2

${linkTable('ipvlan', results)}
### ipvlan l3 and l3s

The containers are 10.50.1.10, 10.50.1.11 and 10.50.2.10. \`outside\` knows the way to them by host1, but where the column says
otherwise. Mode l3s is of release 23: earlier ones refuse it.

${linkTable('layer3', results)}`;
}

function linkTable(name: keyof typeof LINK_GROUPS, results: LinkResults): string {
  const { rows }: LinkGroup = LINK_GROUPS[name];
  const runs = results[name];
  return markdownTable(
    ['From', 'To', ...runs.map(({ setup }) => setup.title)],
    rows.map(({ from, to, by }, index) => [
      from,
      to,
      ...runs.map((run) =>
        to === SIBLING && startFailure(run) !== null
          ? 'does not start'
          : linkCell(by[0], run.outcomes[index]!),
      ),
    ]),
  );
}

const OWN_ADDRESSES: Readonly<Record<string, readonly string[]>> = {
  m1: ['192.168.99.201', '10.50.1.10'],
  m4: ['192.168.50.204'],
  'host1:m3': ['192.168.99.203'],
  host1: ['192.168.99.109'],
  outside: ['192.168.99.1'],
};

/** What a cell says. A failed ARP at the asker is the common case and is said in few words. */
export function linkCell(from: string, { kind, seenAs, text, drop }: Outcome): string {
  const as = OWN_ADDRESSES[from]!.includes(seenAs) ? '' : ` as ${seenAs}`;
  switch (kind) {
    case 'reaches':
      return `reaches${as}`;
    case 'no answer':
      return `arrives${as}; the answer is lost (${why(drop)})`;
    case 'unreachable':
      return drop === null ? text : why(drop);
    default:
      return `times out (${why(drop)})`;
  }
}

/** What docker said when a container could not be started; null when all were. */
export function startFailure(run: LinkRun): string | null {
  return /^docker: Error response from daemon: (.+)\.$/m.exec(run.preparation)?.[1] ?? null;
}
