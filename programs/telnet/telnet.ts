import type { Process } from '../../core/host/process.ts';
import type { ProgramRun } from '../../core/host/program.ts';
import { formatIpv4 } from '../../protocols/ipv4-address.ts';
import { parseArguments } from '../arguments.ts';
import { copyBothWays } from '../netcat/copy-loop.ts';
import { TcpPeer } from '../netcat/peer.ts';
import { resolveIpv4 } from '../resolver/resolve.ts';
import { connectTcp } from '../sockets-io/connect-tcp.ts';
import { SocketError } from '../sockets-io/socket-error.ts';

const TELNET_PORT = 23;

/**
 * `telnet HOST [PORT]`: busybox's where the image has busybox, else netkit's. What it is given goes to the peer; it ends
 * when its input or the connection does. Not modelled: option negotiation, the escape character, IPv6.
 */
export function* telnet(proc: Process): ProgramRun {
  const args = parseArguments(proc, { short: '+4al:' });
  if (args === null) return 1;
  const [host, portText = String(TELNET_PORT)] = args.operands;
  if (host === undefined) {
    proc.printError('usage: telnet HOST [PORT]\n');
    return 1;
  }
  const isBusybox = proc.context.userland === 'busybox';
  const address = yield* resolveIpv4(proc, host);
  if (address === null) {
    proc.printError(
      isBusybox
        ? `telnet: bad address '${host}'\n`
        : `telnet: could not resolve ${host}/${portText}: Name or service not known\n`,
    );
    return 1;
  }
  if (!isBusybox) proc.print(`Trying ${formatIpv4(address)}...\n`);
  try {
    const socket = yield* connectTcp(proc, address, Number(portText));
    proc.print(
      isBusybox
        ? `Connected to ${host}\n\nEntering character mode\nEscape character is '^]'.\n\n`
        : `Connected to ${host}.\nEscape character is '^]'.\n`,
    );
    const peer = new TcpPeer(socket);
    yield* copyBothWays(proc, peer, {
      idleNs: Infinity,
      atInputEnd: { quitAfterNs: 0 },
      chunkBytes: 8192,
      ignoreInput: false,
      atPeerEnd: 'end',
    });
    socket.close();
    proc.printError('Connection closed by foreign host.\n');
    return 1;
  } catch (error) {
    if (!(error instanceof SocketError)) throw error;
    proc.printError(
      isBusybox
        ? `telnet: can't connect to remote host (${formatIpv4(address)}): ${error.message}\n`
        : `telnet: Unable to connect to remote host: ${error.message}\n`,
    );
    return 1;
  }
}
