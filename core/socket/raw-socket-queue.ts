import type { Process, ProcessResource } from '../host/process.ts';
import { WaitQueue } from '../host/wait-queue.ts';
import type { NetNamespace } from '../namespace/net-namespace.ts';
import { EMSGSIZE } from './errno.ts';

/** One entry of a socket's error queue (struct sock_extended_err). */
export interface QueuedError<Address> {
  errno: number;
  type: number;
  code: number;
  /** MTU of an EMSGSIZE. */
  info: number;
  offender: Address;
  /** True when this machine made the error itself (SO_EE_ORIGIN_LOCAL). */
  local: boolean;
  /** The payload that was sent, as far as the error quoted it. */
  data: Uint8Array;
}

/** What raw sockets of both families have: the queues of what was received and of errors, and who holds them. */
export abstract class RawSocketQueue<
  Address,
  Datagram extends { readonly data: Uint8Array },
> implements ProcessResource {
  readonly netns: NetNamespace;
  readonly protocol: number;
  recvErr = false;
  softError = 0;
  /** Woken when a packet or an error is there. */
  readonly readable = new WaitQueue();
  readonly errors: QueuedError<Address>[] = [];
  receiveBufferBytes: number;
  private readonly queue: Datagram[] = [];
  private queuedBytes = 0;
  readonly owner: Process | null;

  constructor(netns: NetNamespace, protocol: number, owner: Process | null) {
    this.netns = netns;
    this.protocol = protocol;
    this.receiveBufferBytes = netns.sysctl.rmemDefault;
    this.owner = owner;
    owner?.own(this);
  }

  /** recvfrom(2) without blocking. */
  receive(): Datagram | null {
    const datagram = this.queue.shift();
    if (datagram === undefined) return null;
    this.queuedBytes -= datagram.data.length;
    const { cost } = this.netns.host;
    if (cost !== null) cost.chargeSystemCall(datagram.data.length);
    return datagram;
  }

  get hasData(): boolean {
    return this.queue.length > 0;
  }

  takeError(): number {
    const error = this.softError;
    this.softError = 0;
    return error;
  }

  close(): void {
    this.leaveTable();
    this.owner?.disown(this);
  }

  releasedBy(_process: Process): void {
    this.close();
  }

  /** For the table. */
  enqueue(datagram: Datagram): boolean {
    if (this.queuedBytes + datagram.data.length > this.receiveBufferBytes) return false;
    this.queuedBytes += datagram.data.length;
    this.queue.push(datagram);
    this.readable.wake();
    return true;
  }

  /** For the table: an ICMP error about a packet of this socket. */
  reportError(error: QueuedError<Address>): void {
    if (this.recvErr) this.errors.push(error);
    this.softError = error.errno;
    this.readable.wake();
  }

  /** ip_local_error, ipv6_local_error: the packet is longer than the path allows. */
  protected queueLocalMtuError(address: Address, mtu: number, data: Uint8Array): void {
    if (!this.recvErr) return;
    this.errors.push({ errno: EMSGSIZE, type: 0, code: 0, info: mtu, offender: address, local: true, data });
  }

  protected abstract leaveTable(): void;
}
