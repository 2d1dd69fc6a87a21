import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  graphScenario,
  loadScenario,
  toDot,
  toMermaid,
  toSvg,
  type Topology,
} from '../../scenarios/index.ts';
import { runCli, scenarioFolder } from '../cli/run-cli.ts';

const LAB = `
hosts:
  host1:
    interfaces: { eth0: { addresses: [192.168.99.109/24, 'fd00::109/64'] }, eth1: {} }
    docker: {}
  host2: { interfaces: { eth0: { address: 192.168.99.110/24 } } }
  far: { interfaces: { eth0: { address: 192.168.99.1/24 }, eth1: { address: 10.9.0.1/30 } } }
  end: { interfaces: { eth0: { address: 10.9.0.2/30 } } }
links:
  lan: { connects: [host1/eth0, host2/eth0, far/eth0] }
  wan: { connects: [far/eth1, end/eth0], rate: 2Mbit, delay: 30ms, loss: 0.015 }
networks:
  inner: { internal: true, name: inner, ipam: { config: [{ subnet: 172.28.0.0/16 }] } }
  phys: { driver: macvlan, name: phys, driver_opts: { parent: eth1 }, ipam: { config: [{ subnet: 10.1.0.0/24 }] } }
services:
  web: { image: httpd, network_mode: bridge, ports: ['8080:80', '127.0.0.1:5353:53/udp'] }
  both: { image: alpine, command: sleep 1d, networks: { inner: { ipv4_address: 172.28.0.9 }, phys: { ipv4_address: 10.1.0.9 } } }
  plain: { image: alpine, command: sleep 1d, network_mode: host }
  alone: { image: alpine, command: sleep 1d, network_mode: none }
  guest: { image: alpine, command: sleep 1d, network_mode: 'service:web' }
steps:
  - host1$ docker run -d --name late alpine sleep 1d
`;

async function topologyOf(text: string, options = {}): Promise<Topology> {
  return await graphScenario(loadScenario(text, { file: 'lab.yaml' }), options);
}

describe('what is in the drawing', () => {
  test('machines, links, networks and containers with their addresses', async () => {
    const { hosts, links, networks, containers } = await topologyOf(LAB);
    expect(hosts[0]).toEqual({
      name: 'host1',
      interfaces: [
        { name: 'eth0', addresses: ['192.168.99.109/24', 'fd00::109/64'] },
        { name: 'eth1', addresses: [] },
      ],
    });
    expect(links).toMatchObject([
      {
        name: 'lan',
        kind: 'switch',
        quality: '',
        ends: [{ host: 'host1' }, { host: 'host2' }, { host: 'far' }],
      },
      { name: 'wan', kind: 'cable', quality: '2 Mbit/s, 30 ms, 1.5 % loss' },
    ]);
    expect(networks).toMatchObject([
      { key: 'host1/bridge', device: 'docker0', subnets: ['172.17.0.0/16'], gateways: ['172.17.0.1'] },
      { key: 'host1/inner', internal: true, subnets: ['172.28.0.0/16'], gateways: ['172.28.0.1'] },
      { key: 'host1/phys', driver: 'macvlan', device: 'eth1', gateways: [] },
    ]);
    const byName = Object.fromEntries(containers.map((container) => [container.name, container]));
    expect(byName['web']!.ports).toEqual(['127.0.0.1:5353:53/udp', '8080:80']);
    expect(byName['web']!.attachments).toEqual([
      { network: 'host1/bridge', interface: 'eth0', addresses: ['172.17.0.2'] },
    ]);
    expect(byName['both']!.attachments.map(({ network, addresses }) => [network, ...addresses])).toEqual([
      ['host1/inner', '172.28.0.9'],
      ['host1/phys', '10.1.0.9'],
    ]);
    expect(['plain', 'alone', 'guest', 'both'].map((name) => byName[name]!.mode)).toEqual([
      'host',
      'none',
      'web',
      '',
    ]);
  });

  test('at the end of the steps, or earlier', async () => {
    const names = async (options: object) =>
      (await topologyOf(LAB, options)).containers.map(({ name }) => name).includes('late');
    expect(await names({})).toBe(true);
    expect(await names({ untilNs: 0 })).toBe(false);
  });

  test('an overlay is one network of several hosts', async () => {
    const text = readFileSync(new URL('../../scenarios/overlay.yaml', import.meta.url), 'utf8');
    const { networks, containers } = await topologyOf(text);
    expect(networks).toMatchObject([{ key: 'swarm/ov', host: null, driver: 'overlay' }]);
    expect(containers.map(({ host, attachments }) => [host, attachments[0]!.network])).toEqual([
      ['host1', 'swarm/ov'],
      ['host2', 'swarm/ov'],
    ]);
  });
});

describe('languages', () => {
  /** Every name that an edge uses is the name of a node: nothing is drawn that the topology does not have. */
  test('DOT and Mermaid name each thing before they join it', async () => {
    const topology = await topologyOf(LAB);
    const things =
      topology.hosts.length +
      topology.networks.length +
      topology.containers.length +
      topology.links.filter(({ kind }) => kind === 'switch').length;
    const dot = toDot(topology);
    const dotNodes = [...dot.matchAll(/^ *("(?:[^"\\]|\\.)*") \[/gm)].map((match) => match[1]);
    const dotEdges = [...dot.matchAll(/^ *("(?:[^"\\]|\\.)*") -- ("(?:[^"\\]|\\.)*")/gm)];
    expect(dotNodes).toHaveLength(things);
    for (const [, from, to] of dotEdges) expect(dotNodes).toEqual(expect.arrayContaining([from, to]));
    const mermaid = toMermaid(topology);
    const nodes = [...mermaid.matchAll(/^ *(n\d+)[[({]/gm)].map((match) => match[1]);
    const edges = [...mermaid.matchAll(/^ *(n\d+) -.*? (n\d+)$/gm)];
    expect(nodes).toHaveLength(things);
    expect(edges).toHaveLength(dotEdges.length);
    for (const [, from, to] of edges) expect(nodes).toEqual(expect.arrayContaining([from, to]));
  });

  test('texts cannot end their quotes', async () => {
    const name = 'a"b\\c';
    const topology: Topology = {
      name,
      hosts: [{ name, interfaces: [] }],
      links: [],
      networks: [],
      containers: [],
    };
    expect(toDot(topology)).toContain('"a\\"b\\\\c" [label="a\\"b\\\\c"');
    expect(await toSvg(toDot(topology))).toContain('>a&quot;b\\c</text>');
    expect(toMermaid(topology)).toContain('["a#quot;b\\c"]');
  });

  test('SVG shows every text, and the same bytes again', async () => {
    const topology = await topologyOf(LAB);
    const svg = await toSvg(toDot(topology));
    expect(svg).toMatch(/<svg [^]*<\/svg>\n$/);
    for (const text of ['host1', '172.17.0.2', 'publishes 8080:80', 'parent eth1', 'internal bridge']) {
      expect(svg).toContain(text);
    }
    expect(await toSvg(toDot(await topologyOf(LAB)))).toBe(svg);
  });
});

describe('dockwire graph', () => {
  test('prints DOT, or the format asked for; writes a file by its ending', async () => {
    const { file, folder } = scenarioFolder(LAB);
    const dot = await runCli(['graph', file]);
    expect(dot).toMatchObject({ exitCode: 0, err: '' });
    expect(dot.out).toBe(toDot(await topologyOf(LAB)));
    expect((await runCli(['graph', file, '--format', 'mermaid'])).out).toMatch(/^flowchart TB\n/);
    const json = await runCli(['graph', file, '--format', 'json', '--until', '0s']);
    expect((JSON.parse(json.out) as Topology).containers).toHaveLength(5);
    const svg = join(folder, 'topology.svg');
    expect(await runCli(['graph', file, '-o', svg])).toEqual({ exitCode: 0, out: '', err: '' });
    expect(readFileSync(svg, 'utf8')).toBe(await toSvg(dot.out));
  });

  test.each([
    [['-o', 'topology.png'], 'no format has this ending'],
    [['--format', 'png'], 'Choices: "svg", "dot", "mermaid", "json"'],
    [['--until', 'soon'], '--until: '],
    [['-o', '/nowhere/topology.svg'], 'cannot be written'],
  ])('%j is a mistake', async (options, message) => {
    const { file, folder } = scenarioFolder(LAB);
    const { exitCode, out, err } = await runCli(['graph', file, ...options]);
    expect({ exitCode, out }).toEqual({ exitCode: 2, out: '' });
    expect(err).toContain(message);
    expect(existsSync(join(folder, 'topology.png'))).toBe(false);
  });

  test('drivers of the file want --allow-code', async () => {
    const { file } = scenarioFolder(`drivers: [./mine.ts]\n${LAB}`);
    const { exitCode, err } = await runCli(['graph', file]);
    expect(exitCode).toBe(2);
    expect(err).toContain('add --allow-code');
  });
});
