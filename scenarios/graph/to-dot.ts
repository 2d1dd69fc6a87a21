import { containerLabel, hostLabel, linkLabel, networkLabel, uplinkLabel } from './labels.ts';
import type { Topology, TopologyContainer, TopologyHost, TopologyLink, TopologyNetwork } from './topology.ts';

/** Graphviz knows how wide the first is; the others are near, and are what a viewer may have. */
const FONT = '"Helvetica,Arial,sans-serif"';

/** The drawing as a graph in Graphviz' language. */
export function toDot(topology: Topology): string {
  const { name, hosts, links, networks, containers } = topology;
  const lines = [
    `graph ${quote([name])} {`,
    `  graph [fontname=${FONT}, nodesep=0.6, ranksep=0.7]`,
    `  node [fontname=${FONT}, fontsize=11, margin="0.25,0.08", shape=box, style=filled, fillcolor="#ffffff"]`,
    `  edge [fontname=${FONT}, fontsize=9]`,
    ...hosts.flatMap((host) => cluster(host, topology)),
    ...networks.filter(({ host }) => host === null).map((network) => `  ${networkNode(network)}`),
    ...links.flatMap(linkLines),
    ...networks.flatMap(uplink),
    ...containers.flatMap(attachments),
    '}',
  ];
  return `${lines.join('\n')}\n`;
}

/** A machine with what runs on it. */
function cluster(host: TopologyHost, { networks, containers }: Topology): string[] {
  return [
    `  subgraph ${quote([`cluster_${host.name}`])} {`,
    '    style="rounded,filled"; color="#9aa5b1"; fillcolor="#f4f6f8"',
    `    ${quote([host.name])} [label=${quote(hostLabel(host))}, fillcolor="#d9e2ec"]`,
    ...networks.filter((each) => each.host === host.name).map((each) => `    ${networkNode(each)}`),
    ...containers
      .filter((each) => each.host === host.name)
      .map(
        (each) => `    ${quote([each.key])} [label=${quote(containerLabel(each))}, style="rounded,filled"]`,
      ),
    '  }',
  ];
}

function networkNode(network: TopologyNetwork): string {
  const { key, internal } = network;
  const style = internal ? ', style="filled,dashed"' : '';
  return `${quote([`net ${key}`])} [label=${quote(networkLabel(network))}, shape=ellipse, fillcolor="#e3f0e3"${style}]`;
}

/** A cable is a line, a switch a thing of its own. */
function linkLines(link: TopologyLink): string[] {
  const label = quote(linkLabel(link));
  if (link.kind === 'cable') {
    const [from, to] = [link.ends[0]!, link.ends[1]!];
    const ends = `taillabel=${quote([from.interface])}, headlabel=${quote([to.interface])}`;
    return [`  ${quote([from.host])} -- ${quote([to.host])} [label=${label}, ${ends}, penwidth=2]`];
  }
  const key = quote([`link ${link.name}`]);
  return [
    `  ${key} [label=${label}, shape=box3d, fillcolor="#fdf3d8"]`,
    ...link.ends.map(
      (end) => `  ${key} -- ${quote([end.host])} [headlabel=${quote([end.interface])}, penwidth=2]`,
    ),
  ];
}

function uplink(network: TopologyNetwork): string[] {
  if (network.host === null) return [];
  const label = quote(uplinkLabel(network));
  return [`  ${quote([network.host])} -- ${quote([`net ${network.key}`])} [label=${label}]`];
}

function attachments({ key, host, mode, attachments: places }: TopologyContainer): string[] {
  if (mode === 'host') return [`  ${quote([host])} -- ${quote([key])} [style=dashed]`];
  if (mode !== '' && mode !== 'none') {
    return [`  ${quote([`${host}/${mode}`])} -- ${quote([key])} [style=dashed, label="same network"]`];
  }
  return places.map(({ network, interface: name, addresses }) => {
    const label = quote([name, ...addresses].filter((text) => text !== ''));
    return `  ${quote([`net ${network}`])} -- ${quote([key])} [label=${label}]`;
  });
}

/** A string of DOT, one line for each text. */
function quote(lines: readonly string[]): string {
  return `"${lines.map((text) => text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')).join('\\n')}"`;
}
