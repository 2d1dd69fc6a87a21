import type { NetDevice } from '../../core/device/net-device.ts';
import type { WaitQueue } from '../../core/host/wait-queue.ts';
import type { RawSocket } from '../../core/socket/raw-socket.ts';
import type { Raw6Socket } from '../../core/socket/raw6-socket.ts';
import { get16 } from '../../protocols/bytes.ts';
import { ICMP_TYPE } from '../../protocols/icmp.ts';
import { ICMPV6, ICMPV6_HEADER_LENGTH, ICMPV6_TYPE, writeIcmpv6Echo } from '../../protocols/icmpv6.ts';
import { formatIpv4 } from '../../protocols/ipv4-address.ts';
import { sameIp, type IpAddress } from '../../protocols/ip-address.ts';
import type { Ipv6Address } from '../../protocols/ipv6-address.ts';
import { formatScoped } from '../resolver/scoped-address.ts';
import { echoRequest, readIcmp, type ReceivedIcmp } from './echo-packet.ts';
import { icmp6Text, icmpText } from './icmp-text.ts';

/** An error about one of ping's packets; `offender` is who reported it. */
export interface EchoError {
  errno: number;
  type: number;
  code: number;
  info: number;
  offender: IpAddress;
  local: boolean;
  /** The message that was sent, as far as the error quoted it. */
  data: Uint8Array;
}

/** What ping does with a raw socket, the same for both families. */
export interface EchoSocket {
  readonly target: IpAddress;
  readonly requestType: number;
  readonly replyType: number;
  readonly readable: WaitQueue;
  readonly hasData: boolean;
  readonly hasErrors: boolean;
  /** Sends a request to the target. 0 or a positive error number. */
  send(id: number, sequence: number, data: Uint8Array, confirm?: boolean): number;
  receive(): ReceivedIcmp | null;
  /** Takes the next error off the queue. */
  takeError(): EchoError | undefined;
  isTarget(address: IpAddress): boolean;
  /** What an error means, in iputils' words. */
  errorText(type: number, code: number, info: number): string;
  formatAddress(address: IpAddress): string;
}

export class EchoSocket4 implements EchoSocket {
  readonly target: number;
  readonly requestType = ICMP_TYPE.ECHO;
  readonly replyType = ICMP_TYPE.ECHOREPLY;
  private readonly socket: RawSocket;

  constructor(socket: RawSocket, target: number) {
    this.socket = socket;
    this.target = target;
  }

  get readable(): WaitQueue {
    return this.socket.readable;
  }

  get hasData(): boolean {
    return this.socket.hasData;
  }

  get hasErrors(): boolean {
    return this.socket.errors.length > 0;
  }

  send(id: number, sequence: number, data: Uint8Array, confirm = false): number {
    return this.socket.sendTo(echoRequest(id, sequence, data), this.target, confirm);
  }

  receive(): ReceivedIcmp | null {
    for (let raw = this.socket.receive(); raw !== null; raw = this.socket.receive()) {
      const icmp = readIcmp(raw.data, raw.source, raw.receivedNs);
      if (icmp !== null) return icmp;
    }
    return null;
  }

  takeError(): EchoError | undefined {
    const error = this.socket.errors.shift();
    this.socket.softError = this.socket.errors[0]?.errno ?? 0;
    return error;
  }

  isTarget(address: IpAddress): boolean {
    return address === this.target;
  }

  errorText(type: number, code: number, info: number): string {
    return icmpText(type, code, info);
  }

  formatAddress(address: IpAddress): string {
    return formatIpv4(address as number);
  }
}

export class EchoSocket6 implements EchoSocket {
  readonly target: Ipv6Address;
  readonly requestType = ICMPV6_TYPE.ECHO_REQUEST;
  readonly replyType = ICMPV6_TYPE.ECHO_REPLY;
  private readonly socket: Raw6Socket;
  /** The zone of a link-local target. */
  private readonly dev: NetDevice | null;

  constructor(socket: Raw6Socket, target: Ipv6Address, dev: NetDevice | null) {
    this.socket = socket;
    this.target = target;
    this.dev = dev;
  }

  get readable(): WaitQueue {
    return this.socket.readable;
  }

  get hasData(): boolean {
    return this.socket.hasData;
  }

  get hasErrors(): boolean {
    return this.socket.errors.length > 0;
  }

  send(id: number, sequence: number, data: Uint8Array, confirm = false): number {
    const message = new Uint8Array(ICMPV6_HEADER_LENGTH + data.length);
    message.set(data, ICMPV6_HEADER_LENGTH);
    writeIcmpv6Echo(message, 0, ICMPV6_TYPE.ECHO_REQUEST, id, sequence);
    return this.socket.sendTo(message, this.target, this.dev ?? this.socket.boundDev, confirm);
  }

  receive(): ReceivedIcmp | null {
    for (let raw = this.socket.receive(); raw !== null; raw = this.socket.receive()) {
      if (raw.data.length < ICMPV6_HEADER_LENGTH) continue;
      return {
        source: raw.source,
        ttl: raw.hopLimit,
        type: raw.data[ICMPV6.TYPE]!,
        code: raw.data[ICMPV6.CODE]!,
        id: get16(raw.data, ICMPV6.ID),
        sequence: get16(raw.data, ICMPV6.SEQUENCE),
        message: raw.data,
        receivedNs: raw.receivedNs,
      };
    }
    return null;
  }

  takeError(): EchoError | undefined {
    const error = this.socket.errors.shift();
    this.socket.softError = this.socket.errors[0]?.errno ?? 0;
    return error;
  }

  isTarget(address: IpAddress): boolean {
    return sameIp(address, this.target);
  }

  errorText(type: number, code: number, info: number): string {
    return icmp6Text(type, code, info);
  }

  formatAddress(address: IpAddress): string {
    return formatScoped(address as Ipv6Address, this.dev);
  }
}
