import { containerLabel, hostLabel, linkLabel, networkLabel, uplinkLabel } from './labels.ts';
import type { Topology, TopologyContainer, TopologyLink, TopologyNetwork } from './topology.ts';

/** Mermaid wants plain names: each thing gets a number, in the order it is first named. */
class Names {
  private readonly names = new Map<string, string>();

  of(key: string): string {
    const known = this.names.get(key);
    if (known !== undefined) return known;
    const name = `n${this.names.size}`;
    this.names.set(key, name);
    return name;
  }
}

/** The drawing as a flowchart in Mermaid's language, which web sites of code show as a picture. */
export function toMermaid({ hosts, links, networks, containers }: Topology): string {
  const names = new Names();
  const lines = ['flowchart TB'];
  for (const [index, host] of hosts.entries()) {
    lines.push(`  subgraph h${index}[${quote([host.name])}]`);
    lines.push(`    ${names.of(host.name)}[${quote(hostLabel(host))}]`);
    for (const network of networks) {
      if (network.host === host.name) lines.push(`    ${networkNode(names, network)}`);
    }
    for (const container of containers) {
      if (container.host === host.name)
        lines.push(`    ${names.of(container.key)}(${quote(containerLabel(container))})`);
    }
    lines.push('  end');
  }
  for (const network of networks) if (network.host === null) lines.push(`  ${networkNode(names, network)}`);
  for (const link of links) lines.push(...linkLines(names, link));
  for (const network of networks) {
    if (network.host !== null)
      lines.push(edge(names.of(network.host), names.of(`net ${network.key}`), uplinkLabel(network)));
  }
  for (const container of containers) lines.push(...attachments(names, container));
  return `${lines.join('\n')}\n`;
}

function networkNode(names: Names, network: TopologyNetwork): string {
  return `${names.of(`net ${network.key}`)}([${quote(networkLabel(network))}])`;
}

function linkLines(names: Names, link: TopologyLink): string[] {
  const nodes = link.ends.map(({ host }) => names.of(host));
  if (link.kind === 'cable') {
    const ends = link.ends.map((end) => end.interface).join(' to ');
    return [edge(nodes[0]!, nodes[1]!, [...linkLabel(link), ends])];
  }
  const key = names.of(`link ${link.name}`);
  return [
    `  ${key}{{${quote(linkLabel(link))}}}`,
    ...nodes.map((node, index) => edge(key, node, [link.ends[index]!.interface])),
  ];
}

function attachments(names: Names, { key, host, mode, attachments: places }: TopologyContainer): string[] {
  if (mode === 'host') return [`  ${names.of(host)} -.- ${names.of(key)}`];
  if (mode !== '' && mode !== 'none') {
    return [`  ${names.of(`${host}/${mode}`)} -. ${quote(['same network'])} .- ${names.of(key)}`];
  }
  return places.map(({ network, interface: name, addresses }) =>
    edge(names.of(`net ${network}`), names.of(key), [name, ...addresses]),
  );
}

function edge(from: string, to: string, label: readonly string[]): string {
  const texts = label.filter((text) => text !== '');
  return texts.length === 0 ? `  ${from} --- ${to}` : `  ${from} ---|${quote(texts)}| ${to}`;
}

function quote(lines: readonly string[]): string {
  return `"${lines.map((text) => text.replaceAll('"', '#quot;')).join('<br>')}"`;
}
