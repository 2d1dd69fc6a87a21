import type { Process } from '../../../core/host/process.ts';
import { ENETUNREACH, EADDRNOTAVAIL } from '../../../core/socket/errno.ts';
import { formatIp, isIpText, type IpAddress } from '../../../protocols/ip-address.ts';
import { isIpv4Text, parseIpv4 } from '../../../protocols/ipv4-address.ts';
import type { Run } from '../../line-input.ts';
import { inOrder } from '../../resolver/address-order.ts';
import { resolveHost } from '../../resolver/resolve.ts';
import { bracketed, connectTcp } from '../../sockets-io/connect-tcp.ts';
import { SocketError, SocketTimeout } from '../../sockets-io/socket-error.ts';
import { TcpStream } from '../../sockets-io/tcp-stream.ts';
import type { Url } from '../url.ts';
import { CURLE, CurlError } from './curl-error.ts';
import type { CurlSettings } from './settings.ts';

/** Times of one connection attempt, and where it says what it does (-v). */
export interface ConnectContext {
  startNs: number;
  deadlineNs: number;
  say: (text: string) => void;
}

/** An open connection that later requests may use again. */
export interface CurlConnection {
  stream: TcpStream;
  /** The n-th connection of this run, from 0. */
  number: number;
  key: string;
}

export function connectionKey(url: Url): string {
  return `${url.host}:${url.port}`;
}

/**
 * Resolves the host and tries its addresses one after another.
 * Not modelled: the race between families, in which the second starts 200 ms after the first.
 */
export function* openConnection(
  proc: Process,
  url: Url,
  settings: CurlSettings,
  context: ConnectContext,
): Run<TcpStream> {
  const addresses = yield* lookUp(proc, url, settings, context);
  const localAddress = settings.interface === null ? 0 : localAddressOf(proc, settings.interface);
  const startNs = proc.nowNs;
  const deadlineNs = Math.min(context.deadlineNs, context.startNs + settings.connectTimeoutNs);
  for (const address of addresses) {
    const text = formatIp(address);
    context.say(`  Trying ${bracketed(text)}:${url.port}...`);
    try {
      const socket = yield* connectTcp(proc, address, url.port, {
        deadlineNs,
        localAddress,
        localPort: settings.localPort,
        prepare: (created) => void (created.noDelay = true),
      });
      return new TcpStream(proc, socket);
    } catch (error) {
      if (error instanceof SocketTimeout) throw timedOut(proc, context);
      if (!(error instanceof SocketError)) throw error;
      const immediate = error.errno === ENETUNREACH || error.errno === EADDRNOTAVAIL;
      context.say(
        immediate
          ? `Immediate connect fail for ${text}: ${error.message}`
          : `connect to ${text} port ${url.port} failed: ${error.message}`,
      );
    }
  }
  const message = `Failed to connect to ${url.host} port ${url.port} after ${elapsedMs(proc, startNs)} ms: Couldn't connect to server`;
  throw new CurlError(CURLE.COULDNT_CONNECT, message);
}

function timedOut(proc: Process, context: ConnectContext): CurlError {
  const message = `Connection timed out after ${elapsedMs(proc, context.startNs)} milliseconds`;
  return new CurlError(CURLE.OPERATION_TIMEDOUT, message);
}

export function elapsedMs(proc: Process, startNs: number): number {
  return Math.floor((proc.nowNs - startNs) / 1e6);
}

function* lookUp(
  proc: Process,
  url: Url,
  settings: CurlSettings,
  context: ConnectContext,
): Run<readonly IpAddress[]> {
  const given = settings.resolve.find(({ host, port }) => host === url.host && port === url.port);
  if (given !== undefined) {
    context.say(`Hostname ${url.host} was found in DNS cache`);
    return [given.address];
  }
  const resolved = yield* resolveHost(proc, url.host, settings.family);
  if (typeof resolved === 'string') {
    if (isIpText(url.host)) throw new CurlError(CURLE.COULDNT_CONNECT, "Couldn't connect to server");
    throw new CurlError(CURLE.COULDNT_RESOLVE_HOST, `Could not resolve host: ${url.host}`);
  }
  // curl answers for localhost itself, IPv4 first.
  if (url.host === 'localhost') return [...resolved.ipv4, ...resolved.ipv6];
  return inOrder(proc.netns, resolved);
}

/** --interface: a device's first address, or an address of this machine. */
function localAddressOf(proc: Process, name: string): number {
  const device = proc.netns.device(name);
  const address = device?.ipv4.addresses[0]?.local ?? (isIpv4Text(name) ? parseIpv4(name) : 0);
  if (address === 0) throw new CurlError(CURLE.INTERFACE_FAILED, `Couldn't bind to '${name}'`);
  if (!proc.netns.ipv4.fib.isLocal(address)) {
    throw new CurlError(CURLE.INTERFACE_FAILED, `bind failed with errno 99: Cannot assign requested address`);
  }
  return address;
}
