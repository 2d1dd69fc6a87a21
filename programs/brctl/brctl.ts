import { Bridge } from '../../core/device/bridge/bridge.ts';
import { randomMac, registerDevice } from '../../core/device/link-kinds.ts';
import { IFF_LOOPBACK, type NetDevice } from '../../core/device/net-device.ts';
import type { Process } from '../../core/host/process.ts';
import type { ProgramRun } from '../../core/host/program.ts';
import { formatMac } from '../../protocols/mac-address.ts';
import { toolName } from '../arguments.ts';

/** What a command finds wrong; printed as it stands. */
class BrctlError extends Error {}

type BrctlCommand = (proc: Process, args: readonly string[]) => void;

const COMMANDS: ReadonlyMap<string, { arguments: number; run: BrctlCommand }> = new Map([
  ['addbr', { arguments: 1, run: addBridge }],
  ['delbr', { arguments: 1, run: deleteBridge }],
  ['addif', { arguments: 2, run: addPorts }],
  ['delif', { arguments: 2, run: removePorts }],
  ['hairpin', { arguments: 3, run: setHairpin }],
  ['setageing', { arguments: 2, run: setAgeing }],
  ['show', { arguments: 0, run: show }],
  ['showmacs', { arguments: 1, run: showMacs }],
  ['stp', { arguments: 2, run: setStp }],
]);

const USAGE = `Usage: brctl [commands]
commands:
	addbr     	<bridge>		add bridge
	delbr     	<bridge>		delete bridge
	addif     	<bridge> <device>	add interface to bridge
	delif     	<bridge> <device>	delete interface from bridge
	hairpin   	<bridge> <port> {on|off}	turn hairpin on/off
	setageing 	<bridge> <time>		set ageing time
	show      	[ <bridge> ]		show a list of bridges
	showmacs  	<bridge>		show a list of mac addrs
	stp       	<bridge> {on|off}	turn stp on/off
`;

/** bridge-utils' brctl. Not modelled: STP and its settings, showstp. */
export function* brctl(proc: Process): ProgramRun {
  const [, name, ...args] = proc.argv;
  if (name === undefined || name === '--help' || name === '-h') {
    proc.printError(USAGE);
    return 1;
  }
  const command = COMMANDS.get(name);
  if (command === undefined) {
    proc.printError(`never heard of command [${name}]\n${USAGE}`);
    return 1;
  }
  if (args.length < command.arguments) {
    proc.printError(`Incorrect number of arguments for command\n${USAGE}`);
    return 1;
  }
  try {
    command.run(proc, args);
    return 0;
  } catch (error) {
    if (!(error instanceof BrctlError)) throw error;
    proc.printError(`${error.message}\n`);
    return 1;
  }
}

function bridges(proc: Process): Bridge[] {
  return proc.netns.devices.filter((dev): dev is Bridge => dev instanceof Bridge);
}

function findBridge(proc: Process, name: string, missing = `bridge ${name} does not exist!`): Bridge {
  const dev = proc.netns.device(name);
  if (!(dev instanceof Bridge)) throw new BrctlError(missing);
  return dev;
}

function requireAdmin(proc: Process, what: string): void {
  if (proc.context.netAdmin === false) throw new BrctlError(`${what}: Operation not permitted`);
}

function addBridge(proc: Process, [name = '']: readonly string[]): void {
  requireAdmin(proc, 'add bridge failed');
  if (proc.netns.device(name) !== undefined) {
    throw new BrctlError(`device ${name} already exists; can't create bridge with the same name`);
  }
  registerDevice(proc.netns, new Bridge(name, proc.host, proc.netns, randomMac(proc.netns), false));
}

function deleteBridge(proc: Process, [name = '']: readonly string[]): void {
  requireAdmin(proc, `can't delete bridge ${name}`);
  const bridge = findBridge(proc, name, `bridge ${name} doesn't exist; can't delete it`);
  if (bridge.isUp) throw new BrctlError(`bridge ${name} is still up; can't delete it`);
  proc.netns.destroyDevice(bridge);
}

function addPorts(proc: Process, [name = '', ...ports]: readonly string[]): void {
  const bridge = findBridge(proc, name);
  requireAdmin(proc, `can't add to bridge ${name}`);
  for (const port of ports) {
    const dev = findDevice(proc, port);
    if (dev.master !== null) {
      throw new BrctlError(
        `device ${port} is already a member of a bridge; can't enslave it to bridge ${name}.`,
      );
    }
    if (dev instanceof Bridge) {
      throw new BrctlError(
        `device ${port} is a bridge device itself; can't enslave a bridge device to a bridge device.`,
      );
    }
    if ((dev.flags & IFF_LOOPBACK) !== 0 || dev.rxHandler !== null) {
      throw new BrctlError(`can't add ${port} to bridge ${name}: Invalid argument`);
    }
    bridge.addPort(dev);
  }
}

function removePorts(proc: Process, [name = '', ...ports]: readonly string[]): void {
  const bridge = findBridge(proc, name);
  requireAdmin(proc, `can't delete from bridge ${name}`);
  for (const port of ports) {
    const dev = findDevice(proc, port);
    if (dev.master !== bridge) throw new BrctlError(`device ${port} is not a slave of ${name}`);
    bridge.removePort(dev);
  }
}

function findDevice(proc: Process, name: string): NetDevice {
  const dev = proc.netns.device(name);
  if (dev === undefined) throw new BrctlError(`interface ${name} does not exist!`);
  return dev;
}

function readSwitch(word: string): boolean {
  if (['on', 'yes', '1'].includes(word)) return true;
  if (['off', 'no', '0'].includes(word)) return false;
  throw new BrctlError(`expect on/off for argument`);
}

function setHairpin(proc: Process, [name = '', port = '', value = '']: readonly string[]): void {
  const member = findBridge(proc, name).portOf(findDevice(proc, port));
  if (member === undefined)
    throw new BrctlError(`can't set ${port} to hairpin on bridge ${name}: Invalid argument`);
  requireAdmin(proc, `can't set ${port} to hairpin on bridge ${name}`);
  member.hairpinMode = readSwitch(value);
}

function setAgeing(proc: Process, [name = '', seconds = '']: readonly string[]): void {
  const bridge = findBridge(proc, name);
  if (!/^\d+(\.\d+)?$/.test(seconds)) throw new BrctlError('bad ageing time value');
  requireAdmin(proc, 'set ageing time failed');
  bridge.ageingTimeNs = Math.round(Number(seconds) * 1e9);
}

function setStp(proc: Process, [name = '', value = '']: readonly string[]): void {
  findBridge(proc, name);
  if (readSwitch(value)) throw new BrctlError(`${toolName(proc)}: not modelled: the spanning tree protocol`);
}

/** `brctl show [BRIDGE…]`: the ports in the order of their names, one a line. */
function show(proc: Process, names: readonly string[]): void {
  proc.print('bridge name\tbridge id\t\tSTP enabled\tinterfaces\n');
  const chosen =
    names.length === 0 ? bridges(proc).sort(byName) : names.map((name) => findBridge(proc, name));
  for (const bridge of chosen) {
    const id = `8000.${formatMac(bridge.mac).replaceAll(':', '')}`;
    const ports = bridge.ports.map(({ dev }) => dev.name).sort();
    proc.print(
      `${bridge.name}\t\t${id}\t${bridge.stpEnabled ? 'yes' : 'no'}\t\t${ports.join('\n\t\t\t\t\t\t\t')}\n`,
    );
  }
}

function byName(a: Bridge, b: Bridge): number {
  return a.name < b.name ? -1 : 1;
}

function showMacs(proc: Process, [name = '']: readonly string[]): void {
  const bridge = findBridge(proc, name);
  proc.print('port no\tmac addr\t\tis local?\tageing timer\n');
  for (const entry of bridge.fdb.list()) {
    if (entry.port === null) continue;
    const mac = entry.macHigh.toString(16).padStart(4, '0') + entry.macLow.toString(16).padStart(8, '0');
    const ageNs = entry.isLocal || entry.isStatic ? 0 : proc.nowNs - entry.updatedNs;
    const hundredths = Math.floor(ageNs / 1e7);
    const age = `${String(Math.floor(hundredths / 100)).padStart(4)}.${String(hundredths % 100).padStart(2, '0')}`;
    const local = entry.isLocal ? 'yes' : 'no';
    proc.print(
      `${String(entry.port.portNumber).padStart(3)}\t${mac.match(/../g)!.join(':')}\t${local}\t\t${age}\n`,
    );
  }
}
