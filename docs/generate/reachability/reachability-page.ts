import { bridgePart } from './bridge-part.ts';
import { bridgeRuns, type BridgeRun } from './bridge-runs.ts';
import { linkPart, type LinkResults } from './link-part.ts';
import { LINK_GROUPS, linkRuns } from './link-runs.ts';
import { overlayPart, overlayRun } from './overlay-part.ts';
import type { ProbeResults } from './run-probes.ts';

const HEAD = `# Who reaches whom

<!-- Written by docs/generate.ts from runs of the scenarios in test/reachability/: change those, not this page. -->

Each line is from a run: a program asked, and this is what came of it. The scenarios are in
[test/reachability](../../test/reachability), the questions in [docs/generate/reachability](../generate/reachability).

| A cell says | What came of it |
| --- | --- |
| reaches, as A | the answer came; the peer saw the source address A |
| refused | a TCP reset or an ICMP port unreachable came back |
| unreachable | an ICMP error came back, or the asker's own kernel said so |
| arrives as A; the answer is lost | the peer answered, and the answer did not come to the asker's socket |
| times out | nothing came back; in brackets the rule or the [reason](drop-reasons.md) of the drop, or that nobody answered ARP |

Scope and limits: Docker 20.10 if nothing else is said. ICMP is one echo request, UDP one datagram from a connected socket, TCP a
connection with an answer. IPv4 only.

`;

export interface Reachability {
  readonly bridge: readonly BridgeRun[];
  readonly links: LinkResults;
  readonly overlay: ProbeResults;
}

/** Runs everything that the page shows. */
export async function reachability(): Promise<Reachability> {
  return {
    bridge: await bridgeRuns(),
    links: {
      macvlan: await linkRuns(LINK_GROUPS.macvlan),
      macvlanElsewhere: await linkRuns(LINK_GROUPS.macvlanElsewhere),
      ipvlan: await linkRuns(LINK_GROUPS.ipvlan),
      layer3: await linkRuns(LINK_GROUPS.layer3),
    },
    overlay: await overlayRun(),
  };
}

export function reachabilityPage({ bridge, links, overlay }: Reachability): string {
  return `${HEAD}${bridgePart(bridge)}\n${linkPart(links)}\n${overlayPart(overlay)}`;
}
