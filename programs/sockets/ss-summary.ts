import type { SocketEntry } from './socket-list.ts';

/** `ss -s`. Not modelled: sockets of other families in the total, fragments. */
export function socketSummary(entries: readonly SocketEntry[]): string {
  const tcp = entries.filter(({ protocol }) => protocol === 'tcp');
  const inState = (...states: string[]) => tcp.filter(({ state }) => states.includes(state)).length;
  const timeWait = inState('TIME-WAIT');
  const orphaned = tcp.filter(
    (entry) => entry.connection?.orphaned === true && entry.state !== 'TIME-WAIT',
  ).length;
  const live = entries.filter(({ state }) => state !== 'TIME-WAIT');
  const counts = (protocol: string) => {
    const ipv4 = live.filter((entry) => entry.protocol === protocol && entry.family === 4).length;
    const ipv6 = live.filter((entry) => entry.protocol === protocol && entry.family === 6).length;
    return [ipv4 + ipv6, ipv4, ipv6] as const;
  };
  const [raw, udp, stream] = [counts('raw'), counts('udp'), counts('tcp')];
  const inet = [0, 1, 2].map((i) => raw[i]! + udp[i]! + stream[i]!);
  const line = (name: string, numbers: readonly number[]) =>
    `${name}\t  ${numbers.map((number) => String(number).padEnd(9)).join(' ')}\n`;
  return (
    `Total: ${live.length}\n` +
    `TCP:   ${tcp.length} (estab ${inState('ESTAB')}, closed ${timeWait}, orphaned ${orphaned}, timewait ${timeWait})\n\n` +
    'Transport Total     IP        IPv6\n' +
    line('RAW', raw) +
    line('UDP', udp) +
    line('TCP', stream) +
    line('INET', inet) +
    line('FRAG', [0, 0, 0]) +
    '\n'
  );
}
