// Runs the benchmarks named on the command line, or all: `npm run bench -- bridge tcp`.
import { cpus } from 'node:os';

const SUBJECTS = ['events', 'bridge', 'conntrack', 'ipvs', 'netfilter', 'pcap', 'startup', 'tcp', 'xfrm'];

const wanted = process.argv.slice(2);
console.log(
  `${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} processors, Node ${process.version}\n`,
);
for (const subject of wanted.length > 0 ? wanted : SUBJECTS) {
  const module = (await import(`./${subject}.ts`)) as { run: () => void | Promise<void> };
  console.log(`# ${subject}`);
  await module.run();
  console.log('');
}
