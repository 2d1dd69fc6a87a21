import { BRIDGE_GROUPS, RELEASES, type BridgeRun, type Group } from './bridge-runs.ts';
import { markdownTable } from './markdown.ts';
import { probeKey, type Protocol } from './probe.ts';
import { probesOf, type Row } from './row.ts';

const HEAD = ['From', 'To', 'Proxy', 'Protocol'];

/** The section about bridge networks. */
export function bridgePart(runs: readonly BridgeRun[]): string {
  const byRelease = (release: string) => runs.filter((run) => run.release === release);
  const current = byRelease(RELEASES[0]);
  const table = (group: Group) =>
    markdownTable([...HEAD, 'What happens'], lines(group, [current]).flatMap(merged));
  const differences = Object.values(BRIDGE_GROUPS).flatMap((group) =>
    lines(group, RELEASES.map(byRelease)).map(withDifferences).flatMap(merged),
  );
  return `## Bridge networks

host1 is 192.168.99.109, with docker0 (172.17.0.1) and the networks blue (172.18.0.0/16), inner (172.19.0.0/16, internal) and
mute (172.20.0.0/16, \`icc=false\`). \`outside\` is 192.168.99.1. "With a route" means that it sends 172.16.0.0/12 to host1.
The file is [bridge.yaml](../../test/reachability/bridge.yaml).

### By address

${table(BRIDGE_GROUPS.address)}
A UDP service that listens on 0.0.0.0 answers from the address of the interface by which the answer leaves. When that is not
the address that was asked, the answer does not fit the client's connected socket.

### Internal networks, and networks without inter-container traffic

${table(BRIDGE_GROUPS.internal)}
### The modes host, none and container

${table(BRIDGE_GROUPS.modes)}
### Published ports

A container of docker0 publishes \`8080:80\` and \`5353:53/udp\`; one of mute \`8082:80\` and \`5355:53/udp\`.

${table(BRIDGE_GROUPS.published)}
### Published on 127.0.0.1

The same container publishes \`127.0.0.1:8081:80\` and \`127.0.0.1:5354:53/udp\`.

${table(BRIDGE_GROUPS.loopback)}
### What later releases change

The lines above of which something is different with the rules of release 28 or 29.

${markdownTable([...HEAD, '20.10', '28', '29'], differences)}`;
}

/** What one protocol does with the proxy on or off: one text for each column. */
interface Entry {
  readonly proxy: boolean;
  readonly protocol: Protocol;
  readonly texts: readonly string[];
}

interface Line {
  readonly row: Row;
  readonly entries: readonly Entry[];
}

/** The lines of a group; each column is a release, given by its runs with the proxy on and off. */
function lines({ rows, protocols }: Group, columns: readonly (readonly BridgeRun[])[]): Line[] {
  return rows.map((row) => ({
    row,
    entries: [true, false].flatMap((proxy) =>
      probesOf(row, protocols).map((probe): Entry => {
        const cell = (runs: readonly BridgeRun[]) =>
          runs.find((run) => run.proxy === proxy)!.cells.get(probeKey(probe))!;
        return { proxy, protocol: probe.protocol, texts: columns.map(cell) };
      }),
    ),
  }));
}

function withDifferences({ row, entries }: Line): Line {
  return { row, entries: entries.filter(({ texts }) => texts.some((text) => text !== texts[0])) };
}

/** The lines of Markdown for one line: what does the same is said once. */
function merged({ row, entries }: Line): string[][] {
  const groups = new Map<string, Entry[]>();
  for (const entry of entries) {
    const key = JSON.stringify([entry.proxy, entry.texts]);
    groups.set(key, [...(groups.get(key) ?? []), entry]);
  }
  const byProxy = [...groups.values()].map((group) => ({
    proxy: group[0]!.proxy,
    protocols: group.map(({ protocol }) => protocol.toUpperCase()).join(', '),
    texts: group[0]!.texts,
  }));
  const rows = new Map<string, { proxies: string[]; protocols: string; texts: readonly string[] }>();
  for (const { proxy, protocols, texts } of byProxy) {
    const key = JSON.stringify([protocols, texts]);
    const found = rows.get(key);
    if (found === undefined) rows.set(key, { proxies: [onOff(proxy)], protocols, texts });
    else found.proxies.push(onOff(proxy));
  }
  return [...rows.values()].map(({ proxies, protocols, texts }) => [
    row.from,
    row.to,
    proxies.join(', '),
    protocols,
    ...texts,
  ]);
}

function onOff(proxy: boolean): string {
  return proxy ? 'on' : 'off';
}
