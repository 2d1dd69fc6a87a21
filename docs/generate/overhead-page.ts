import { readFileSync } from 'node:fs';
import { cpuTable, parseCsv, stageTable, wireTable } from '../../bench/overhead/tables.ts';

const HEAD = `# What a network costs

<!-- Written by docs/generate.ts from bench/results/: change docs/generate/overhead-page.ts, or run npm run bench:overhead. -->

How many bytes does an overlay put on the wire, what is left of a link, and what does one core allow? \`npm run bench:overhead\` builds
four ways from a client on one machine to a server on another, sends the same traffic over each, and counts.

| Network | The way |
| --- | --- |
| host | both programs on the machines themselves |
| bridge | containers on bridge networks; the server's port is published: MASQUERADE on one side, DNAT on the other |
| overlay | containers on an overlay network |
| encrypted | the same with \`--opt encrypted\` |

Docker sets all of them up, with its own rules. Bytes and packets are counted at the client's card, frame by frame, not calculated; a test
compares them with [the arithmetic](../reference/mtu-arithmetic.md). Networks are told the link's MTU (\`com.docker.network.driver.mtu\`).
The last payload of each network fills its MTU.

How to read the tables:

- *Packets*: frames for one payload. *Frame bytes*: their length in a capture.
- *Wire bytes a byte*: bytes that the medium is busy with for each byte of payload. Each frame counts 24 bytes more than in a capture
  (preamble, frame check sequence, gap).
- *1 Gbit/s*, *10 Gbit/s*: payload, in Mbit/s, that arrives when the client sends without a pause and work on processors costs nothing.
- *Client*, *Server*: CPU time in nanoseconds for one payload under the [cost profile](../reference/cost-profiles.md) \`linux\`: its figures
  low, mid and high. *One core*: payload, in Mbit/s, when the busier of the two machines has one core for it and the link is no limit.
- TCP rows are streams whose segments carry that payload each (TCP_MAXSEG), or what the MTU lets them. Segments leave the socket as they are
  on the wire: **without GSO, GRO and TSO**. With them the bytes on the wire stay the same, while CPU time for a byte falls several times over.
  CPU time counts the acknowledgements too; how many come back varies from one for two segments to one for each, so do the figures.

## Results

`;

const TAIL = `
## What they say

- **A small packet pays for headers, a large one does not.** With 64 bytes of payload an encrypted overlay needs 3.2 bytes of medium for each
  byte; with a full packet 1.10. An overlay alone takes 2.8 and 1.08, a bridge what the host takes: 2.0 and 1.04.
- **One byte too many doubles the packets.** 1400 bytes of UDP in an encrypted overlay of MTU 1424 are two packets, and the goodput of the
  link falls below that of 1024 bytes. 1396 is the most that fits.
- **Jumbo frames help only if Docker knows.** With \`com.docker.network.driver.mtu=9000\` the same 1400 bytes pass in one packet. Without the
  option Docker takes 1500 whatever the card has.
- **CPU time is by the packet, but for ESP.** Payload hardly matters until it is encrypted. Then the cost for a byte is what is least
  certain: the band is a factor of two for full packets and of nearly five for jumbo frames.
- **With small packets the core is the limit, not the link.**

Scope and limits: one flow, no loss, one core on each machine, IPv4. CPU time is that of a profile with its uncertainty, not measured on your
machine; differences between networks are surer than sums. The figures do not depend on the machine that the study runs on: time is
simulated, and the same version gives the same bytes.
`;

/** The page of the overhead study: tables from its CSV files, and how to read them. */
export function overheadPage(): string {
  const read = (name: string) =>
    parseCsv(readFileSync(new URL(`../../bench/results/${name}`, import.meta.url), 'utf8'));
  const [rows, stages] = [read('overhead.csv'), read('overhead-stages.csv')];
  let text = HEAD;
  for (const linkMtu of [1500, 9000]) {
    for (const transport of ['udp', 'tcp']) {
      text += `### ${transport.toUpperCase()}, link MTU ${linkMtu}\n\n${wireTable(rows, transport, linkMtu)}\n`;
      text += `${cpuTable(rows, transport, linkMtu)}\n`;
    }
  }
  text += '### Where the time goes\n\nUDP, 1024 bytes, link MTU 1500, nanoseconds, profile `linux:mid`.\n\n';
  for (const machine of ['client', 'server']) {
    const name = `${machine[0]!.toUpperCase()}${machine.slice(1)}`;
    text += `${name}:\n\n${stageTable(stages, { transport: 'udp', linkMtu: 1500, payload: 1024, machine })}\n`;
  }
  const files =
    '[`overhead.csv`](../../bench/results/overhead.csv), [`overhead-stages.csv`](../../bench/results/overhead-stages.csv)';
  return `${text}All rows: ${files}.\n${TAIL}`;
}
