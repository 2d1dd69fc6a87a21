import { ConntrackTable } from '../core/netfilter/conntrack/conntrack-table.ts';
import { ConntrackEntry } from '../core/netfilter/conntrack/entry.ts';
import { invertTuple } from '../core/netfilter/conntrack/read-tuple.ts';
import { TcpTracking } from '../core/netfilter/conntrack/tcp-tracking.ts';
import { Tuple } from '../core/netfilter/conntrack/tuple.ts';
import { Lab, medianSeconds, report } from './lab.ts';

const PROTOCOL_TCP = 6;
const PROTOCOL_UDP = 17;
const LOOKUPS = 1_000_000;
const TIMEOUT_JIFFIES = 30 * 250;

/** The n-th of a million flows, each from another port or host. */
function fill(tuple: Tuple, protocol: number, n: number): void {
  tuple.protocol = protocol;
  tuple.src = (0xac110002 + Math.floor(n / 50_000)) | 0;
  tuple.dst = 0xc0a86301 | 0;
  tuple.srcPart = 1024 + (n % 50_000);
  tuple.dstPart = 9000;
}

function insertAll(table: ConntrackTable, protocol: number, count: number): void {
  const tuple = new Tuple();
  const reply = new Tuple();
  for (let n = 0; n < count; n++) {
    fill(tuple, protocol, n);
    invertTuple(tuple, reply);
    const entry = new ConntrackEntry(tuple, reply);
    entry.expires = TIMEOUT_JIFFIES;
    if (protocol === PROTOCOL_TCP) entry.tcp = new TcpTracking();
    table.insert(entry);
  }
}

function measure(count: number): void {
  const { initNamespace: netns } = new Lab().host('host1');
  const name = count >= 1e6 ? '1 M' : '1 k';
  let table = new ConntrackTable(netns);
  const rounds = count >= 1e6 ? 3 : 101;
  const insertSeconds = medianSeconds(rounds, () => {
    table = new ConntrackTable(netns);
    insertAll(table, PROTOCOL_UDP, count);
  });
  report(`conntrack: insert ${name} connections`, count / insertSeconds, 'inserts/s');
  const tuple = new Tuple();
  let found = 0;
  const lookupSeconds = medianSeconds(5, () => {
    for (let i = 0; i < LOOKUPS; i++) {
      // A stride that visits all in an order of its own.
      fill(tuple, PROTOCOL_UDP, (i * 7919) % count);
      if (table.find(tuple) !== null) found++;
    }
  });
  if (found !== 5 * LOOKUPS) throw new Error(`found ${found} of ${5 * LOOKUPS}`);
  report(`conntrack: look-up among ${name}`, LOOKUPS / lookupSeconds, 'look-ups/s');
}

function bytesEach(protocol: number, count: number): number {
  const { initNamespace: netns } = new Lab().host('host1');
  const collect = globalThis.gc ?? ((): void => undefined);
  collect();
  const before = process.memoryUsage().heapUsed;
  const table = new ConntrackTable(netns);
  insertAll(table, protocol, count);
  collect();
  const bytes = (process.memoryUsage().heapUsed - before) / table.count;
  return bytes;
}

export function run(): void {
  measure(1000);
  measure(1_000_000);
  if (globalThis.gc === undefined) console.log('(bytes an entry are exact only with node --expose-gc)');
  report('conntrack: a UDP entry, buckets included', bytesEach(PROTOCOL_UDP, 1_000_000), 'bytes');
  report('conntrack: a TCP entry, buckets included', bytesEach(PROTOCOL_TCP, 500_000), 'bytes');
}
