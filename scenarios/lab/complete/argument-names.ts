import { namedNamespaces } from '../../../core/host/namespace-file.ts';
import { IP_OBJECTS } from '../../../programs/ip/objects.ts';
import type { Spot } from './spot.ts';

/** Programs whose operand is a machine. */
const REACHES_HOST = new Set(
  'arping curl dig host iperf3 nc nslookup ping ping6 telnet tracepath traceroute wget'.split(' '),
);
/** Programs whose operand is an interface. */
const NAMES_INTERFACE = new Set(['ethtool', 'ifconfig']);
/** Words after which an interface is named. */
const BEFORE_INTERFACE = new Set(['dev', 'master', 'link', '-i', '-I', '--interface']);
const SHOWS_INTERFACE = new Set(['show', 'set', 'delete', 'del', 'addif', 'delif', 'showmacs', 'showstp']);
const INTERFACE_TOOLS = new Set(['ip', 'bridge', 'brctl', 'tcpdump', 'arping', 'ping', 'tc']);

/** What the next argument of a program may be by name; null when nothing but a file comes to mind. */
export function argumentNames(
  spot: Spot,
  words: readonly string[],
  nodeNames: () => string[],
): string[] | null {
  const [program = '', ...rest] = words;
  const last = rest.at(-1);
  if (program === 'ip') {
    const objects = ipNames(spot, rest);
    if (objects !== null) return objects;
  }
  if (wantsInterface(program, rest, last)) return interfaces(spot);
  if (REACHES_HOST.has(program)) return nodeNames();
  return null;
}

/** `ip OBJECT`, `ip netns exec NAME`. */
function ipNames(spot: Spot, words: readonly string[]): string[] | null {
  const plain = words.filter((word) => !word.startsWith('-'));
  if (words.at(-1) === '-n' || words.at(-1) === 'netns') {
    const names = namedNamespaces(spot.host, spot.context.fileSystem).map(({ name }) => name);
    if (words.at(-1) === '-n' || plain.length > 1) return names;
    return ['add', 'delete', 'exec', 'identify', 'list', 'pids'];
  }
  if (plain.length === 0) return IP_OBJECTS.map(([name]) => name);
  if (plain[0] === 'netns' && ['exec', 'delete', 'del', 'pids'].includes(words.at(-1)!)) {
    return namedNamespaces(spot.host, spot.context.fileSystem).map(({ name }) => name);
  }
  return null;
}

function wantsInterface(program: string, words: readonly string[], last: string | undefined): boolean {
  if (NAMES_INTERFACE.has(program)) return true;
  if (!INTERFACE_TOOLS.has(program) || last === undefined) return false;
  const isShown = program !== 'ping' && program !== 'tcpdump' && SHOWS_INTERFACE.has(last);
  return isShown || (BEFORE_INTERFACE.has(last) && words.length > 1) || last === '-i';
}

function interfaces({ context }: Spot): string[] {
  return context.netns.devices.map(({ name }) => name);
}
