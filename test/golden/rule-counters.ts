/** The tables of `iptables-save -c`, bridges by number: each line's counters, by table and text. */
export function countersOf(dump: string): Map<string, string> {
  const bridges = new Map<string, string>();
  const text = dump.replace(/\bbr-([0-9a-f]{12})\b/g, (_, id: string) => {
    if (!bridges.has(id)) bridges.set(id, `br-<${bridges.size + 1}>`);
    return bridges.get(id)!;
  });
  const counters = new Map<string, string>();
  let table = '';
  for (const line of text.split('\n')) {
    if (line.startsWith('*')) table = line;
    const rule = /^\[(\d+:\d+)\] (.*)$/.exec(line);
    if (rule !== null) counters.set(`${table} ${rule[2]}`, rule[1]!);
    const chain = /^(:\S+ \S+) \[(\d+:\d+)\]$/.exec(line);
    if (chain !== null) counters.set(`${table} ${chain[1]}`, chain[2]!);
  }
  return counters;
}

/** What was counted from one dump to the next. */
export function counted(before: Map<string, string>, after: Map<string, string>): string[] {
  return [...after].map(([line, text]) => {
    const [packets, bytes] = text.split(':').map(Number);
    const [packetsBefore, bytesBefore] = (before.get(line) ?? '0:0').split(':').map(Number);
    return `[${packets! - packetsBefore!}:${bytes! - bytesBefore!}] ${line}`;
  });
}
