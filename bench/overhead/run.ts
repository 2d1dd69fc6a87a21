// Measures what kinds of networks cost, prints tables and writes bench/results/*.csv: `npm run bench:overhead`.
import { mkdirSync, writeFileSync } from 'node:fs';
import { MODES } from './topology.ts';
import { LINK_MTUS, study, type Row } from './study.ts';
import { overheadCsv, stagesCsv } from './csv.ts';
import { cpuTable, parseCsv, stageTable, wireTable } from './tables.ts';

const rows: Row[] = [];
for (const linkMtu of LINK_MTUS) {
  for (const mode of MODES) {
    process.stderr.write(`${mode}, link MTU ${linkMtu}\n`);
    rows.push(...study(mode, linkMtu));
  }
}
const folder = new URL('../results/', import.meta.url);
mkdirSync(folder, { recursive: true });
const [overhead, stages] = [overheadCsv(rows), stagesCsv(rows)];
writeFileSync(new URL('overhead.csv', folder), overhead);
writeFileSync(new URL('overhead-stages.csv', folder), stages);

const [lines, stageLines] = [parseCsv(overhead), parseCsv(stages)];
for (const linkMtu of LINK_MTUS) {
  for (const transport of ['udp', 'tcp']) {
    console.log(`\n${transport.toUpperCase()}, link MTU ${linkMtu}: the wire\n`);
    console.log(wireTable(lines, transport, linkMtu));
    console.log(
      `${transport.toUpperCase()}, link MTU ${linkMtu}: one core, profile linux (low, mid, high)\n`,
    );
    console.log(cpuTable(lines, transport, linkMtu));
  }
}
for (const machine of ['client', 'server']) {
  console.log(`\nUDP, 1024 bytes, link MTU 1500: ns by stage on the ${machine}, profile linux:mid\n`);
  console.log(stageTable(stageLines, { transport: 'udp', linkMtu: 1500, payload: 1024, machine }));
}
