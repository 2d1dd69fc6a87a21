import type { NetNamespace } from '../../namespace/net-namespace.ts';
import { RTN_LOCAL, RTN_UNICAST } from '../../namespace/ipv4-route.ts';
import { HZ } from '../../netfilter/conntrack/jiffies.ts';
import type { CommandOutput } from '../../netfilter/ipset/ipset-command.ts';
import { splitWords } from '../../netfilter/text/iptables-restore.ts';
import { IpvsError } from '../ipvs-error.ts';
import { ipvsOf } from '../ipvs-of.ts';
import type { IpvsService } from '../ipvs-service.ts';
import type { IpvsState } from '../ipvs-state.ts';
import { TCP_S_ESTABLISHED, TCP_S_FIN_WAIT } from '../tcp-states.ts';
import { checkOptions, COMMANDS } from './command-table.ts';
import { listConnections } from './list-connections.ts';
import { listServices, type ListFormat } from './list-services.ts';
import { IpvsadmError, readCommandLine, type CommandLine } from './options.ts';
import { parseTimeout, Request } from './request.ts';
import { saveServices } from './save-services.ts';
import { USAGE, VERSION } from './usage.ts';

const NOT_UNICAST = 'Invalid operation.  Possibly wrong module version, address not unicast, ...';
const FORMATS: readonly ListFormat[] = ['stats', 'rate', 'thresholds', 'persistent-conn'];
const NOT_MODELLED: readonly string[] = ['start-daemon', 'stop-daemon'];

/**
 * ipvsadm 1.31 over IPVS 1.2.1. `argv` is without the program's name; `stdin` is what `-R` reads.
 * Not modelled, and refused by name: the synchronisation daemons, IPv6, SCTP services, persistence engines, GUE and
 * GRE tunnels. Host names are not looked up, and addresses print as numbers without `-n` too.
 */
export function ipvsadm(netns: NetNamespace, argv: readonly string[], stdin = ''): CommandOutput {
  try {
    return { code: 0, stdout: run(ipvsOf(netns), argv, stdin), stderr: '' };
  } catch (error) {
    if (error instanceof IpvsadmError) return { code: error.code, stdout: '', stderr: `${error.message}\n` };
    // ipvsadm ends with what libipvs gave, -1.
    if (error instanceof IpvsError) return { code: 255, stdout: '', stderr: `${error.message}\n` };
    throw error;
  }
}

function run(ipvs: IpvsState, argv: readonly string[], stdin: string | null): string {
  if (argv.length === 0) {
    return listServices(ipvs, null, { format: 'plain', numeric: false, exact: false, nosort: false });
  }
  const line = readCommandLine(argv);
  const command = line.options[0]?.name;
  if (command === 'help') return `${VERSION}\n${USAGE}`;
  if (command === 'version') return `${VERSION}\n`;
  if (command !== undefined && NOT_MODELLED.includes(command)) {
    throw new IpvsadmError(`not modelled: --${command}`);
  }
  const rules = command === undefined ? undefined : COMMANDS.get(command);
  if (command === undefined || rules === undefined) {
    throw new IpvsadmError("Try `ipvsadm -h' or 'ipvsadm --help' for more information.", 255);
  }
  const request = new Request();
  for (const option of line.options.slice(1)) request.take(option);
  const operands = command === 'set' ? 3 : 0;
  if (command === 'set' && line.operands.length < operands) {
    throw new IpvsadmError('--set option requires 3 timeout values');
  }
  if (line.operands.length > operands) {
    throw new IpvsadmError(`unexpected argument ${line.operands[operands]}`);
  }
  checkOptions(rules, line);
  return perform(ipvs, command, request, line, stdin);
}

function perform(
  ipvs: IpvsState,
  command: string,
  request: Request,
  line: CommandLine,
  stdin: string | null,
): string {
  const { services } = ipvs;
  switch (command) {
    case 'add-service':
      services.add(request.checkService(), request.service);
      return '';
    case 'edit-service':
      request.checkService();
      services.edit(serviceOf(ipvs, request, 'No such service'), request.service);
      return '';
    case 'delete-service':
      services.remove(serviceOf(ipvs, request, 'No such service'));
      return '';
    case 'add-server': {
      const destination = request.checkDestination();
      checkUnicast(ipvs, destination.address);
      services.addDestination(serviceOf(ipvs, request, 'Service not defined'), destination);
      return '';
    }
    case 'edit-server':
      services.editDestination(serviceOf(ipvs, request, 'Service not defined'), request.checkDestination());
      return '';
    case 'delete-server': {
      const { address, port } = request.destination;
      services.removeDestination(serviceOf(ipvs, request, 'Service not defined'), address, port);
      return '';
    }
    case 'clear':
      services.flush();
      return '';
    case 'zero':
      services.zero(request.key === null ? null : serviceOf(ipvs, request, 'No such service'));
      return '';
    case 'set':
      setTimeouts(ipvs, line.operands);
      return '';
    case 'save':
      return saveServices(ipvs, has(line, 'numeric'));
    case 'restore':
      return restore(ipvs, stdin);
    default:
      return list(ipvs, request, line);
  }
}

function has(line: CommandLine, name: string): boolean {
  return line.options.some((option) => option.name === name);
}

function serviceOf(ipvs: IpvsState, request: Request, complaint: string): IpvsService {
  const service = ipvs.services.find(request.needKey());
  if (service === null) throw new IpvsError(complaint);
  return service;
}

function checkUnicast(ipvs: IpvsState, address: number): void {
  const type = ipvs.netns.ipv4.fib.addressType(address);
  if (type !== RTN_UNICAST && type !== RTN_LOCAL) throw new IpvsError(NOT_UNICAST);
}

function setTimeouts(ipvs: IpvsState, operands: readonly string[]): void {
  const [tcp, tcpFin, udp] = operands.map((text) => parseTimeout(text, 0));
  ipvs.setTimeouts(tcp!, tcpFin!, udp!);
}

function list(ipvs: IpvsState, request: Request, line: CommandLine): string {
  const formats = FORMATS.filter((name) => has(line, name));
  const isTable = ['connection', 'timeout', 'daemon'].some((name) => has(line, name));
  if (isTable && formats.length > 0) throw new IpvsadmError('options conflicts in the list command');
  const numeric = has(line, 'numeric');
  if (has(line, 'connection')) return listConnections(ipvs, numeric);
  if (has(line, 'timeout')) return timeoutText(ipvs);
  if (has(line, 'daemon')) return '';
  const only = request.key === null ? null : serviceOf(ipvs, request, 'No such service');
  const format = formats[0] ?? 'plain';
  return listServices(ipvs, only, {
    format,
    numeric,
    exact: has(line, 'exact'),
    nosort: has(line, 'nosort'),
  });
}

function timeoutText(ipvs: IpvsState): string {
  const tcp = ipvs.tcpTimeouts[TCP_S_ESTABLISHED]! / HZ;
  const tcpFin = ipvs.tcpTimeouts[TCP_S_FIN_WAIT]! / HZ;
  return `Timeout (tcp tcpfin udp): ${tcp} ${tcpFin} ${ipvs.udpTimeout / HZ}\n`;
}

/** `-R`: each line is a command line of its own; the first that fails ends it. */
function restore(ipvs: IpvsState, stdin: string | null): string {
  if (stdin === null) {
    throw new IpvsadmError("Try `ipvsadm -h' or 'ipvsadm --help' for more information.", 255);
  }
  let output = '';
  for (const line of stdin.split('\n')) {
    const words = splitWords(line.trim());
    if (words.length === 0 || words[0]!.startsWith('#')) continue;
    output += run(ipvs, words, null);
  }
  return output;
}
