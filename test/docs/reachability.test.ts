import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { REACHABILITY_PAGE } from '../../docs/generate.ts';
import { cellText } from '../../docs/generate/reachability/cell.ts';
import { linkCell, startFailure } from '../../docs/generate/reachability/link-part.ts';
import { LINK_GROUPS, type LinkRun } from '../../docs/generate/reachability/link-runs.ts';
import { SIBLING } from '../../docs/generate/reachability/link-rows.ts';
import {
  reachability,
  reachabilityPage,
  type Reachability,
} from '../../docs/generate/reachability/reachability-page.ts';

const RUN_TIMEOUT_MS = 180_000;
let results: Reachability;

beforeAll(async () => {
  results = await reachability();
}, RUN_TIMEOUT_MS);

test('the page is what docs/generate.ts writes', () => {
  const page = readFileSync(new URL(`../../docs/${REACHABILITY_PAGE}`, import.meta.url), 'utf8');
  expect(page).toBe(reachabilityPage(results));
});

const HOST = '192.168.99.109';
const GATEWAY = '172.17.0.1';
const STAGE_2 = 'times out (`filter DOCKER-ISOLATION-STAGE-2 -o docker0 -j DROP`)';
const RAW = 'times out (`raw PREROUTING -d 172.17.0.2/32 ! -i docker0 -j DROP`)';
const reaches = (source: string) => `reaches, as ${source}`;

/** A question, and what comes of it with the releases 20.10, 28 and 29; one text: with all of them. */
type Expected = readonly [question: string, ...cells: [string] | [string, string, string]];

/**
 * With the userland proxy: the recordings of published ports, of isolation and of the way out, and for the later
 * releases the rules that their integration tests document (moby integration/network/bridge/iptablesdoc).
 */
const PROXY_ON: readonly Expected[] = [
  // From outside a published port is translated, and the client's address stays.
  [`outside to ${HOST}, tcp 8080`, reaches('192.168.99.1')],
  [`outside to ${HOST}, udp 5353`, reaches('192.168.99.1')],
  [`outside to ${HOST}, tcp 8081`, 'refused (RST)'],
  // From the host: translated, or by docker-proxy on loopback. (The recording has a rule that an earlier daemon had
  // left, which masqueraded the first.)
  [`host1 to ${HOST}, tcp 8080`, reaches(HOST)],
  ['host1 to 127.0.0.1, tcp 8080', reaches(GATEWAY)],
  [`host1 to ${GATEWAY}, tcp 8080`, reaches(GATEWAY)],
  ['host1 to 127.0.0.1, tcp 8081', reaches(GATEWAY)],
  ['host1 to 127.0.0.1, udp 5353', reaches(GATEWAY)],
  [`host1 to ${HOST}, tcp 8081`, 'refused (RST)'],
  ['host1 to 172.17.0.2, tcp 9001', reaches(GATEWAY)],
  // From the same network and from the container itself: docker-proxy.
  [`c2 to ${HOST}, tcp 8080`, reaches(GATEWAY)],
  [`c2 to ${GATEWAY}, tcp 8080`, reaches(GATEWAY)],
  [`web to ${HOST}, tcp 8080`, reaches(GATEWAY)],
  [`c2 to ${HOST}, tcp 8081`, 'refused (RST)'],
  // docker-proxy answers from the address of the bridge; later releases' from the address that was asked.
  [
    `c2 to ${HOST}, udp 5353`,
    `arrives as ${GATEWAY}; the answer from ${GATEWAY} is lost (\`NO_SOCKET\`)`,
    reaches(GATEWAY),
    reaches(GATEWAY),
  ],
  // From another network: docker-proxy; in 29 translated and masqueraded. Never directly.
  [`b1 to ${HOST}, tcp 8080`, reaches(GATEWAY)],
  [`b1 to ${GATEWAY}, tcp 8080`, reaches(GATEWAY)],
  ['b1 to 172.17.0.2, tcp 80', STAGE_2, RAW, RAW],
  [
    'c2 to 172.18.0.2, icmp',
    'times out (`filter DOCKER-ISOLATION-STAGE-2 -o br-blue -j DROP`)',
    'times out (`raw PREROUTING -d 172.18.0.2/32 ! -i br-blue -j DROP`)',
    'times out (`raw PREROUTING -d 172.18.0.2/32 ! -i br-blue -j DROP`)',
  ],
  ['c2 to 172.18.0.1, icmp', reaches('172.17.0.3')],
  // From outside with a route: published ports of the container itself, up to release 27.
  ['outside to 172.17.0.2, tcp 80', reaches('192.168.99.1'), RAW, RAW],
  ['outside to 172.17.0.2, icmp', 'times out (`filter FORWARD policy DROP`)', RAW, RAW],
  [`outside to ${GATEWAY}, icmp`, reaches('192.168.99.1')],
  // The way out.
  ['c2 to 192.168.99.1, icmp', reaches(HOST)],
  ['c2 to 192.168.99.1, udp 9000', reaches(HOST)],
  ['c2 to 192.168.99.1, tcp 9001', reaches(HOST)],
  // Neighbours, and who is not there.
  ['b1 to 172.18.0.3, tcp 9001', reaches('172.18.0.2')],
  ['c2 to 172.17.0.2, udp 9999', 'refused (port unreachable)'],
  ['c2 to 172.17.0.2, tcp 9999', 'refused (RST)'],
  ['c2 to 172.17.0.99, icmp', 'unreachable: Destination Host Unreachable from 172.17.0.3 (no answer to ARP)'],
  // An internal network keeps its default route in 20.10, and the rules drop what takes it.
  ['i1 to 172.19.0.3, icmp', reaches('172.19.0.2')],
  [
    'i1 to 192.168.99.1, icmp',
    'times out (`filter DOCKER-ISOLATION-STAGE-1 ! -d 172.19.0.0/16 -i br-inner -j DROP`)',
    'unreachable: Network is unreachable',
    'unreachable: Network is unreachable',
  ],
  [
    'c2 to 172.19.0.2, icmp',
    'times out (`filter DOCKER-ISOLATION-STAGE-1 ! -s 172.19.0.0/16 -o br-inner -j DROP`)',
    'times out (`filter DOCKER-ISOLATION-STAGE-1 ! -s 172.19.0.0/16 -o br-inner -j DROP`)',
    'times out (`filter DOCKER-INTERNAL ! -s 172.19.0.0/16 -o br-inner -j DROP`)',
  ],
  // icc=false.
  [
    'm1 to 172.20.0.3, icmp',
    'times out (`filter FORWARD -i br-mute -o br-mute -j DROP`)',
    'times out (`filter DOCKER-FORWARD -i br-mute -o br-mute -j DROP`)',
    'times out (`filter DOCKER-FORWARD -i br-mute -o br-mute -j DROP`)',
  ],
  ['m1 to 192.168.99.1, icmp', reaches(HOST)],
  // The modes.
  ['n1 to 192.168.99.1, icmp', 'unreachable: Network is unreachable'],
  ['h1 to 172.17.0.2, tcp 9001', reaches(GATEWAY)],
  ['w2 to 172.17.0.3, tcp 9001', reaches('172.17.0.2')],
];

/** Without the userland proxy: what differs. */
const PROXY_OFF: readonly Expected[] = [
  [`outside to ${HOST}, tcp 8080`, reaches('192.168.99.1')],
  // Whatever a host process asks, the container sees the bridge.
  [`host1 to ${HOST}, tcp 8080`, reaches(GATEWAY)],
  ['host1 to 127.0.0.1, tcp 8080', reaches(GATEWAY)],
  ['host1 to 127.0.0.1, udp 5353', reaches(GATEWAY)],
  // On the same bridge both ways are translated by the bridge's own hooks.
  [`c2 to ${HOST}, tcp 8080`, reaches('172.17.0.3')],
  [`c2 to ${GATEWAY}, tcp 8080`, reaches('172.17.0.3')],
  [`c2 to ${HOST}, udp 5353`, reaches('172.17.0.3')],
  [`web to ${HOST}, tcp 8080`, reaches(GATEWAY)],
  // From another network: translated, then dropped; in 29 masqueraded.
  [`b1 to ${HOST}, tcp 8080`, STAGE_2, STAGE_2, reaches(GATEWAY)],
  ['b1 to 172.17.0.2, tcp 80', STAGE_2, RAW, RAW],
  ['outside to 172.17.0.2, tcp 80', reaches('192.168.99.1'), RAW, RAW],
];

describe.each([
  { proxy: true, expected: PROXY_ON },
  { proxy: false, expected: PROXY_OFF },
])('bridge networks, userland proxy $proxy', ({ proxy, expected }) => {
  test.each(expected.map(([question, ...cells]) => ({ question, cells })))(
    '$question',
    ({ question, cells }) => {
      const runs = results.bridge.filter((run) => run.proxy === proxy);
      const [first, second = first, third = first] = cells;
      expect(runs.map((run) => run.cells.get(question))).toEqual([first, second, third]);
    },
  );
});

test('no line about bridges says that something stayed unknown', () => {
  const texts = results.bridge.flatMap(({ cells }) => [...cells.values()]);
  expect(texts.filter((text) => text.includes('nothing was dropped') || /as($|;)/.test(text.trim()))).toEqual(
    [],
  );
});

describe('macvlan and ipvlan', () => {
  /** The cells of a setup, by who asks and what. */
  function cells(group: keyof typeof LINK_GROUPS, title: string): Record<string, string> {
    const run = runOf(group, title);
    return Object.fromEntries(
      LINK_GROUPS[group].rows.map(({ by: [from], to }, index) => [
        `${from}: ${to}`,
        linkCell(from, run.outcomes[index]!),
      ]),
    );
  }

  function runOf(group: keyof typeof LINK_GROUPS, title: string): LinkRun {
    return results.links[group].find(({ setup }) => setup.title === title)!;
  }

  const SILENT = 'no answer to ARP';

  // The recording of macvlan and ipvlan: each mode's own pings.
  test.each([
    { mode: 'bridge', sibling: 'reaches', hostToOutside: 'reaches' },
    { mode: 'vepa', sibling: SILENT, hostToOutside: 'reaches' },
    { mode: 'private', sibling: SILENT, hostToOutside: 'reaches' },
    { mode: 'passthru', sibling: SILENT, hostToOutside: SILENT },
  ])('macvlan in mode $mode', ({ mode, sibling, hostToOutside }) => {
    expect(cells('macvlan', mode)).toMatchObject({
      'm1: its host': SILENT,
      [`m1: ${SIBLING}`]: sibling,
      'm1: outside': 'reaches',
      'host1: container': SILENT,
      'outside: container': 'reaches',
      'host1: outside': hostToOutside,
    });
    const failure = startFailure(runOf('macvlan', mode));
    const second = mode === 'passthru' ? 'failed to create the macvlan port: invalid argument' : null;
    expect(failure).toBe(second);
  });

  test('a shim on the host', () => {
    expect(cells('macvlanElsewhere', 'bridge, with a shim on the host')).toMatchObject({
      'm1: its host': 'reaches',
      'host1: container': 'reaches as 192.168.99.223',
    });
  });

  test('who refuses foreign MACs is named', () => {
    expect(cells('macvlanElsewhere', 'bridge, the switch refuses foreign MACs')).toMatchObject({
      [`m1: ${SIBLING}`]: 'reaches',
      'm1: outside': 'no answer to ARP: `SWITCH_FOREIGN_MAC`',
      'outside: container': 'no answer to ARP: `SWITCH_FOREIGN_MAC`',
    });
    expect(cells('macvlanElsewhere', 'bridge, the card refuses foreign MACs')).toMatchObject({
      'm1: outside': 'no answer to ARP: `NIC_FOREIGN_MAC`',
      'outside: container': 'times out (`NIC_FOREIGN_MAC`)',
    });
    // ipvlan has the MAC of the card.
    expect(cells('ipvlan', 'l2, the switch refuses foreign MACs')).toEqual(cells('ipvlan', 'l2'));
  });

  test('ipvlan l2', () => {
    expect(cells('ipvlan', 'l2')).toMatchObject({
      'm1: its host': SILENT,
      [`m1: ${SIBLING}`]: 'reaches',
      'm1: outside': 'reaches',
      'm1: machine on VLAN 50, same subnet': SILENT,
      'host1: container': SILENT,
      'outside: container': 'reaches',
    });
  });

  test.each(['l3', 'l3s'])('ipvlan %s needs a route back', (mode) => {
    expect(cells('layer3', mode)).toMatchObject({
      [`m1: ${SIBLING}`]: 'reaches',
      [`m1: ${SIBLING}, other subnet`]: 'reaches',
      'm1: outside': 'reaches',
      'outside: container': 'reaches',
      // By the router, which sends a redirect with the first packet: advice, no error.
      'host1: container': 'reaches',
    });
    expect(cells('layer3', `${mode}, outside has no route back`)).toMatchObject({
      'm1: its host': 'arrives; the answer is lost (`IP_INNOROUTES`)',
      [`m1: ${SIBLING}, other subnet`]: 'reaches',
      'm1: outside': 'arrives; the answer is lost (`IP_OUTNOROUTES`)',
      'host1: container': 'Destination Net Unreachable from 192.168.99.1',
      'outside: container': 'Network is unreachable',
    });
  });
});

describe.each([
  { kind: 'plain', first: 'p1', second: 'p2', subnet: '10.0.9' },
  { kind: 'encrypted', first: 's1', second: 's2', subnet: '10.0.10' },
])('overlay, $kind', ({ first, second, subnet }) => {
  test.each(['icmp', 'udp 9000', 'tcp 9001'])('%s', (protocol) => {
    const cell = (from: string, to: string) =>
      cellText(
        protocol.slice(0, protocol.search(/ |$/)) as 'icmp' | 'udp' | 'tcp',
        results.overlay.outcomes.get(`${from} to ${to}, ${protocol}`)!,
      );
    expect(cell(first, second)).toBe(reaches(`${subnet}.11`));
    expect(cell(first, `${subnet}.12`)).toBe(reaches(`${subnet}.11`));
    expect(cell(first, '192.168.99.1')).toBe(reaches(HOST));
    // The VXLAN device knows its peers and asks nobody.
    expect(cell(first, `${subnet}.99`)).toContain('no answer to ARP: `ARP_PROXY_MISS`');
  });
});
