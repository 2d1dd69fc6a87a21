import { Bridge } from '../../core/device/bridge/bridge.ts';
import { LINK_KINDS, type LinkRequest } from '../../core/device/link-kinds.ts';
import { NetlinkError } from '../../core/namespace/netlink-error.ts';
import { EXIT_USAGE, IpError, type IpCommand } from './ip-command.ts';
import { applyBridgeOptions, readKindOptions } from './kind-options.ts';
import { readLinkArguments } from './link-arguments.ts';
import { applyLinkSettings, checkMtu } from './link-set.ts';

/** `ip link add [link LOWER] [name] NAME … type KIND [ARGS]`. */
export function addLink(command: IpCommand): number {
  const args = readLinkArguments(command);
  if (args.kind === null)
    throw new IpError('Not enough information: "type" argument is required', EXIT_USAGE);
  command.requireAdmin();
  const make = LINK_KINDS.get(args.kind);
  const netns = args.netns ?? command.netns;
  const name = args.newName ?? args.name ?? '';
  const request: LinkRequest = {
    netns,
    name,
    mac: args.mac,
    lower: args.lower,
    options: new Map(),
    peer: null,
  };
  if (args.kind === 'veth') request.peer = readPeer(command, request);
  else request.options = readKindOptions(command, args.kind);
  if (make === undefined) throw new NetlinkError('Unknown device type', true);
  if (args.kind === 'dummy' && request.options.size > 0) {
    const [first] = request.options.keys();
    throw new IpError(`Garbage instead of arguments "${first} ...". Try "ip link help".`, EXIT_USAGE);
  }
  const dev = make(request);
  if (dev instanceof Bridge) applyBridgeOptions(command, dev, request.options);
  if (args.mtu !== null) checkMtu(dev, args.mtu);
  // What names the device and its place was used above.
  applyLinkSettings(command, dev, { ...args, newName: null, netns: null, mac: null });
  return 0;
}

/** `peer [name] NAME [address MAC] [netns NS]`. */
function readPeer(command: IpCommand, request: LinkRequest): LinkRequest['peer'] {
  const word = command.take();
  if (word === undefined) return null;
  if (word !== 'peer') throw new IpError(`Unknown parameter "${word}"`, EXIT_USAGE);
  const args = readLinkArguments(command);
  return { netns: args.netns ?? request.netns, name: args.newName ?? args.name ?? '', mac: args.mac };
}
