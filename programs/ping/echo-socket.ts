import type { NetDevice } from '../../core/device/net-device.ts';
import type { WaitQueue } from '../../core/host/wait-queue.ts';
import type { QueuedError } from '../../core/socket/raw-socket-queue.ts';
import type { RawSocket } from '../../core/socket/raw-socket.ts';
import type { Raw6Socket } from '../../core/socket/raw6-socket.ts';
import { ICMP_TYPE } from '../../protocols/icmp.ts';
import { ICMPV6_TYPE } from '../../protocols/icmpv6.ts';
import { formatIpv4 } from '../../protocols/ipv4-address.ts';
import { sameIp, type IpAddress } from '../../protocols/ip-address.ts';
import type { Ipv6Address } from '../../protocols/ipv6-address.ts';
import { formatScoped } from '../resolver/scoped-address.ts';
import { echoRequest, echoRequest6, readIcmp, readMessage, type ReceivedIcmp } from './echo-packet.ts';
import { icmp6Text, icmpText } from './icmp-text.ts';

/** An error about one of ping's packets; `offender` is who reported it. */
export type EchoError = QueuedError<IpAddress>;

/** What ping does with a raw socket, the same for both families. */
export abstract class EchoSocket {
  abstract readonly target: IpAddress;
  abstract readonly requestType: number;
  abstract readonly replyType: number;
  protected abstract readonly socket: RawSocket | Raw6Socket;

  get readable(): WaitQueue {
    return this.socket.readable;
  }

  get hasData(): boolean {
    return this.socket.hasData;
  }

  get hasErrors(): boolean {
    return this.socket.errors.length > 0;
  }

  /** Takes the next error off the queue. */
  takeError(): EchoError | undefined {
    const error = this.socket.errors.shift();
    this.socket.softError = this.socket.errors[0]?.errno ?? 0;
    return error;
  }

  isTarget(address: IpAddress): boolean {
    return sameIp(address, this.target);
  }

  /** The next message, or null; what is too short to be one is skipped. */
  receive(): ReceivedIcmp | null {
    while (this.socket.hasData) {
      const icmp = this.receiveOne();
      if (icmp !== null) return icmp;
    }
    return null;
  }

  /** Sends a request to the target. 0 or a positive error number. */
  abstract send(id: number, sequence: number, data: Uint8Array, confirm?: boolean): number;
  /** What an error means, in iputils' words. */
  abstract errorText(type: number, code: number, info: number): string;
  abstract formatAddress(address: IpAddress): string;
  /** Takes the packet that is there apart; null when it is too short. */
  protected abstract receiveOne(): ReceivedIcmp | null;
}

/** A socket of `ping -4`. */
export class EchoSocket4 extends EchoSocket {
  readonly target: number;
  readonly requestType = ICMP_TYPE.ECHO;
  readonly replyType = ICMP_TYPE.ECHOREPLY;
  protected readonly socket: RawSocket;

  constructor(socket: RawSocket, target: number) {
    super();
    this.socket = socket;
    this.target = target;
  }

  send(id: number, sequence: number, data: Uint8Array, confirm = false): number {
    return this.socket.sendTo(echoRequest(id, sequence, data), this.target, confirm);
  }

  errorText(type: number, code: number, info: number): string {
    return icmpText(type, code, info);
  }

  formatAddress(address: IpAddress): string {
    return formatIpv4(address as number);
  }

  protected receiveOne(): ReceivedIcmp | null {
    const { data, source, receivedNs } = this.socket.receive()!;
    return readIcmp(data, source, receivedNs);
  }
}

/** A socket of `ping -6`. */
export class EchoSocket6 extends EchoSocket {
  readonly target: Ipv6Address;
  readonly requestType = ICMPV6_TYPE.ECHO_REQUEST;
  readonly replyType = ICMPV6_TYPE.ECHO_REPLY;
  protected readonly socket: Raw6Socket;
  /** The zone of a link-local target. */
  private readonly dev: NetDevice | null;

  constructor(socket: Raw6Socket, target: Ipv6Address, dev: NetDevice | null) {
    super();
    this.socket = socket;
    this.target = target;
    this.dev = dev;
  }

  send(id: number, sequence: number, data: Uint8Array, confirm = false): number {
    const dev = this.dev ?? this.socket.boundDev;
    return this.socket.sendTo(echoRequest6(id, sequence, data), this.target, dev, confirm);
  }

  errorText(type: number, code: number, info: number): string {
    return icmp6Text(type, code, info);
  }

  formatAddress(address: IpAddress): string {
    return formatScoped(address as Ipv6Address, this.dev);
  }

  protected receiveOne(): ReceivedIcmp | null {
    const { data, source, hopLimit, receivedNs } = this.socket.receive()!;
    return readMessage(data, source, hopLimit, receivedNs);
  }
}
