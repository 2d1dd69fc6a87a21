import { cellText } from './cell.ts';
import { markdownTable } from './markdown.ts';
import { PROTOCOLS, probeKey } from './probe.ts';
import { probesOf, type Row } from './row.ts';
import { runProbes, type ProbeResults } from './run-probes.ts';

/** The lines about one of the two networks: its containers are NAME1 and NAME3 on host1 and NAME2 on host2. */
function rowsOf(name: 'p' | 's', subnet: string): Row[] {
  const [first, second, third] = [`${name}1`, `${name}2`, `${name}3`];
  return [
    { from: 'container', to: 'container on the other host', by: [first, `${subnet}.12`, `${second}/eth0`] },
    { from: 'container', to: 'container on the other host, by name', by: [first, second, `${second}/eth0`] },
    { from: 'container', to: 'container on the same host', by: [first, `${subnet}.13`, `${third}/eth0`] },
    { from: 'container', to: 'address that nobody has', by: [first, `${subnet}.99`, `${second}/eth0`] },
    {
      from: 'container',
      to: 'gateway of the overlay',
      by: [first, `${subnet}.1`, `host1:${name === 'p' ? 'plain' : 'secret'}/br0`],
    },
    {
      from: 'container',
      to: 'container on another overlay',
      by: [first, otherOverlay(name), otherEnd(name)],
    },
    { from: 'container', to: 'its host', by: [first, '192.168.99.109', 'host1/docker_gwbridge'] },
    { from: 'container', to: 'other host', by: [first, '192.168.99.110', 'host2/eth0'] },
    { from: 'container', to: 'outside', by: [first, '192.168.99.1', 'outside/eth0'] },
    { from: 'its host', to: 'container', by: ['host1', `${subnet}.11`, `${first}/eth0`] },
    { from: 'outside', to: 'container', by: ['outside', `${subnet}.11`, `${first}/eth0`] },
  ];
}

function otherOverlay(name: 'p' | 's'): string {
  return name === 'p' ? '10.0.10.13' : '10.0.9.13';
}

function otherEnd(name: 'p' | 's'): string {
  return name === 'p' ? 's3/eth0' : 'p3/eth0';
}

const PLAIN_ROWS = rowsOf('p', '10.0.9');
const ENCRYPTED_ROWS = rowsOf('s', '10.0.10');

/** Every line of both networks, by every protocol. */
export async function overlayRun(): Promise<ProbeResults> {
  const probes = [...PLAIN_ROWS, ...ENCRYPTED_ROWS].flatMap((row) => probesOf(row));
  return await runProbes({ file: 'overlay.yaml', probes });
}

/** The section about overlay networks. */
export function overlayPart(results: ProbeResults): string {
  const rows = PLAIN_ROWS.flatMap((row, index) => {
    const encrypted = ENCRYPTED_ROWS[index]!;
    const byText = new Map<string, { protocols: string[]; texts: string[] }>();
    for (const protocol of PROTOCOLS) {
      const texts = [row, encrypted].map((line) => overlayCell(results, line, protocol));
      const key = texts.join('\n');
      const found = byText.get(key);
      if (found === undefined) byText.set(key, { protocols: [protocol.toUpperCase()], texts });
      else found.protocols.push(protocol.toUpperCase());
    }
    return [...byText.values()].map(({ protocols, texts }) => [
      row.from,
      row.to,
      protocols.join(', '),
      ...texts,
    ]);
  });
  return `## Overlay networks

host1 and host2 (192.168.99.110) are a swarm. The overlay is 10.0.9.0/24, the encrypted one 10.0.10.0/24; the container that asks
is .11 on either. Its way out is docker_gwbridge.

${markdownTable(['From', 'To', 'Protocol', 'Overlay', 'Encrypted overlay'], rows)}`;
}

function overlayCell(results: ProbeResults, row: Row, protocol: (typeof PROTOCOLS)[number]): string {
  const [probe] = probesOf(row, [protocol]);
  return cellText(protocol, results.outcomes.get(probeKey(probe!))!);
}
