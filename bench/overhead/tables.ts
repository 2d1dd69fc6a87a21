/** Overhead tables in Markdown, from the lines of the CSV files. */

export type CsvRow = Readonly<Record<string, string>>;

/** The lines of a CSV file without quotes, by column. */
export function parseCsv(text: string): CsvRow[] {
  const [head, ...lines] = text.trimEnd().split('\n');
  const columns = head!.split(',');
  return lines.map((line) => {
    const cells = line.split(',');
    return Object.fromEntries(columns.map((column, i) => [column, cells[i]!]));
  });
}

/** One table of the wire: a line for each payload and network. */
export function wireTable(rows: readonly CsvRow[], transport: string, linkMtu: number): string {
  const lines = rows.filter((row) => row['transport'] === transport && row['link_mtu'] === String(linkMtu));
  return markdown(
    ['Network', 'MTU', 'Payload', 'Packets', 'Frame bytes', 'Wire bytes a byte', '1 Gbit/s', '10 Gbit/s'],
    lines.map((row) => [
      row['network']!,
      row['interface_mtu']!,
      row['payload_bytes']!,
      row['frames_per_payload']!,
      row['frame_bytes_per_payload']!,
      row['wire_bytes_per_payload_byte']!,
      row['goodput_mbps_1g']!,
      row['goodput_mbps_10g']!,
    ]),
  );
}

/** CPU time and what one core allows. */
export function cpuTable(rows: readonly CsvRow[], transport: string, linkMtu: number): string {
  const lines = rows.filter((row) => row['transport'] === transport && row['link_mtu'] === String(linkMtu));
  const band = (row: CsvRow, column: string) =>
    ['low', 'mid', 'high'].map((level) => row[`${column}_${level}`]).join(', ');
  return markdown(
    ['Network', 'Payload', 'Client, ns', 'Server, ns', 'One core, Mbit/s'],
    lines.map((row) => [
      row['network']!,
      row['payload_bytes']!,
      band(row, 'client_cpu_ns'),
      band(row, 'server_cpu_ns'),
      band(row, 'core_goodput_mbps'),
    ]),
  );
}

/** Where one machine's time goes: a line for each stage, a column for each network. */
export function stageTable(
  rows: readonly CsvRow[],
  which: { transport: string; linkMtu: number; payload: number; machine: string },
): string {
  const wanted = rows.filter(
    (row) =>
      row['transport'] === which.transport &&
      row['link_mtu'] === String(which.linkMtu) &&
      row['payload_bytes'] === String(which.payload) &&
      row['machine'] === which.machine,
  );
  const networks = [...new Set(wanted.map((row) => row['network']!))];
  const stages = [...new Set(wanted.map((row) => row['stage']!))];
  const cell = (stage: string, network: string) =>
    wanted.find((row) => row['stage'] === stage && row['network'] === network)?.['ns'] ?? '';
  const total = networks.map((network) =>
    wanted
      .filter((row) => row['network'] === network)
      .reduce((sum, row) => sum + Number(row['ns']), 0)
      .toFixed(0),
  );
  return markdown(
    ['Stage', ...networks],
    [
      ...stages.map((stage) => [stage, ...networks.map((network) => cell(stage, network))]),
      ['all', ...total],
    ],
  );
}

/** A table whose columns, but for the first, stand to the right. */
function markdown(head: readonly string[], lines: readonly (readonly string[])[]): string {
  const widths = head.map((title, i) => Math.max(title.length, 4, ...lines.map((line) => line[i]!.length)));
  const row = (cells: readonly string[]) =>
    `| ${cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join(' | ')} |\n`;
  const rule = `| ${widths.map((width, i) => (i === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |\n`;
  return row(head) + rule + lines.map(row).join('');
}
