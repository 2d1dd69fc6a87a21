import type { Tap } from '../../core/capture/tap.ts';
import { IFF_LOOPBACK, IFF_NOARP, TAP_IN, type NetDevice } from '../../core/device/net-device.ts';
import { SIGINT, type Process } from '../../core/host/process.ts';
import type { ProgramRun } from '../../core/host/program.ts';
import { WaitQueue } from '../../core/host/wait-queue.ts';
import { UdpSocket } from '../../core/socket/udp-socket.ts';
import {
  ARP,
  ARP_OP,
  arpOperation,
  arpSenderAddress,
  arpTargetAddress,
  isEthernetIpv4Arp,
} from '../../protocols/arp.ts';
import { get16 } from '../../protocols/bytes.ts';
import { ETHERNET_HEADER_LENGTH, ETHERTYPE } from '../../protocols/ethernet.ts';
import { formatIpv4, isIpv4Text, parseIpv4 } from '../../protocols/ipv4-address.ts';
import { formatMac, isBroadcastMac, sameMac } from '../../protocols/mac-address.ts';
import { parseArguments, toolName, type ParsedArguments } from '../arguments.ts';
import type { Run } from '../line-input.ts';
import { resolveIpv4 } from '../resolver/resolve.ts';

const BROADCAST = new Uint8Array(6).fill(0xff);
const INTERVAL_NS = 1e9;
const PROBE_PORT = 1025;

const USAGE = `Usage: arping [-fqbDUA] [-c CNT] [-w TIMEOUT] [-I IFACE] [-s SRC_IP] DST_IP
`;

/** arping of busybox and of iputils, which print the same lines. Not modelled: hops over other link layers. */
export function* arping(proc: Process): ProgramRun {
  const args = parseArguments(proc, { short: 'fqbDUAc:w:I:i:s:', usage: USAGE });
  if (args === null) return 1;
  const text = args.operands[0];
  if (text === undefined) {
    proc.printError(USAGE);
    return 1;
  }
  const fail = (message: string): number => {
    proc.printError(`${toolName(proc)}: ${message}\n`);
    return proc.context.userland === 'busybox' ? 1 : 2;
  };
  const name = args.value('I') ?? args.value('i') ?? 'eth0';
  const dev = proc.netns.device(name);
  if (dev === undefined) return fail(`Device ${name} not available.`);
  if (!dev.isUp) return fail(`Interface "${name}" is down`);
  if ((dev.flags & (IFF_NOARP | IFF_LOOPBACK)) !== 0) return fail(`Interface "${name}" is not ARPable`);
  const target = yield* resolveIpv4(proc, text);
  if (target === null) return fail(`${text}: Name or service not known`);
  const source = sourceAddress(proc, args, dev, target);
  if (source === null) return fail('Cannot assign requested address');
  return yield* new Arping(proc, args, dev, source, target).run();
}

/** -s, the target itself for announcements, none for duplicate detection, or what the route says. */
function sourceAddress(proc: Process, args: ParsedArguments, dev: NetDevice, target: number): number | null {
  const given = args.value('s');
  if (given !== undefined) return isIpv4Text(given) ? parseIpv4(given) : null;
  if (args.has('D')) return 0;
  if (args.has('U') || args.has('A')) return target;
  const probe = new UdpSocket(proc.netns, proc);
  probe.boundDev = dev;
  const error = probe.connect(target, PROBE_PORT);
  const address = probe.localAddress;
  probe.close();
  return error === 0 ? address : proc.netns.ipv4.selectSourceAddress(dev, target);
}

/** An ARP message that came in on the device. */
interface ReceivedArp {
  frame: Uint8Array;
  receivedNs: number;
}

class Arping implements Tap {
  private readonly proc: Process;
  private readonly args: ParsedArguments;
  private readonly dev: NetDevice;
  private readonly source: number;
  private readonly target: number;
  /** Where requests go: to all until somebody answered. */
  private peer = BROADCAST;
  private readonly arrived: ReceivedArp[] = [];
  private readonly readable = new WaitQueue();
  private sent = 0;
  private broadcasts = 0;
  private received = 0;
  private requests = 0;
  private lastSentNs = 0;

  constructor(proc: Process, args: ParsedArguments, dev: NetDevice, source: number, target: number) {
    this.proc = proc;
    this.args = args;
    this.dev = dev;
    this.source = source;
    this.target = target;
  }

  /** As a packet socket for ARP sees it. */
  capture(timeNs: number, buf: Uint8Array, offset: number, length: number, direction: number): void {
    if (direction !== TAP_IN || length < ETHERNET_HEADER_LENGTH || get16(buf, offset + 12) !== ETHERTYPE.ARP)
      return;
    this.arrived.push({ frame: buf.slice(offset, offset + length), receivedNs: timeNs });
    this.readable.wake();
  }

  *run(): Run<number> {
    const { proc, args, dev } = this;
    const interrupt = proc.catchSignal(SIGINT);
    const count = Number(args.value('c') ?? Infinity);
    const endNs = args.has('w') ? proc.nowNs + Number(args.value('w')) * 1e9 : Infinity;
    proc.print(`ARPING ${formatIpv4(this.target)} from ${formatIpv4(this.source)} ${dev.name}\n`);
    dev.addTap(this);
    try {
      for (;;) {
        if (this.sent >= count || proc.nowNs >= endNs || interrupt.raised) break;
        this.send();
        const nextNs = Math.min(proc.nowNs + INTERVAL_NS, endNs);
        let quit = false;
        while (!quit && proc.nowNs < nextNs && !interrupt.raised) {
          quit = this.receiveAll(count);
          if (!quit) yield* proc.waitAny([this.readable, interrupt.queue], nextNs - proc.nowNs);
        }
        if (quit) break;
      }
    } finally {
      dev.removeTap(this);
    }
    return this.finish();
  }

  private send(): void {
    const { dev, args } = this;
    const operation = args.has('A') ? ARP_OP.REPLY : ARP_OP.REQUEST;
    const announces = args.has('A') || args.has('U');
    const targetMac = announces && args.has('A') ? dev.mac : this.peer;
    dev.netns.ipv4.arp.send(dev, operation, this.source, this.target, this.peer, targetMac);
    this.lastSentNs = this.proc.nowNs;
    this.sent++;
    if (isBroadcastMac(this.peer)) this.broadcasts++;
  }

  /** Reads what came; true when that ends it. */
  private receiveAll(count: number): boolean {
    for (let arp = this.arrived.shift(); arp !== undefined; arp = this.arrived.shift()) {
      if (!this.accept(arp)) continue;
      if (this.args.has('f') || this.args.has('D')) return true;
      const iputils = this.proc.context.userland === 'debian';
      if (iputils && this.received >= count) return true;
    }
    return false;
  }

  /** recv_pack: whether the message is an answer for us; prints it. */
  private accept({ frame, receivedNs }: ReceivedArp): boolean {
    const { proc, args, dev } = this;
    const at = ETHERNET_HEADER_LENGTH;
    if (!isEthernetIpv4Arp(frame, at, frame.length - at)) return false;
    const operation = arpOperation(frame, at);
    const sender = arpSenderAddress(frame, at);
    if (sender !== this.target) return false;
    if (this.source !== 0) {
      if (arpTargetAddress(frame, at) !== this.source) return false;
      if (!sameMac(frame, at + ARP.THA, dev.mac, 0)) return false;
    } else if (sameMac(frame, at + ARP.SHA, dev.mac, 0)) return false;
    if (operation === ARP_OP.REQUEST) this.requests++;
    this.received++;
    if (!args.has('q')) {
      const mode = isBroadcastMac(frame, 0) ? 'Broadcast' : 'Unicast';
      const kind = operation === ARP_OP.REPLY ? 'reply' : 'request';
      const us = Math.floor((receivedNs - this.lastSentNs) / 1000);
      const milliseconds = `${Math.floor(us / 1000)}.${String(us % 1000).padStart(3, '0')}`;
      const mac = formatMac(frame, at + ARP.SHA).toUpperCase();
      proc.print(`${mode} ${kind} from ${formatIpv4(sender)} [${mac}]  ${milliseconds}ms\n`);
    }
    if (!args.has('b')) this.peer = frame.slice(at + ARP.SHA, at + ARP.SHA + 6);
    return true;
  }

  private finish(): number {
    const { proc, args } = this;
    if (!args.has('q')) {
      const requests = this.requests > 0 ? ` (${this.requests} request(s))` : '';
      proc.print(
        `Sent ${this.sent} probes (${this.broadcasts} broadcast(s))\nReceived ${this.received} response(s)${requests}\n`,
      );
    }
    if (args.has('D')) return this.received > 0 ? 1 : 0;
    if (args.has('U') || args.has('A')) return 0;
    return this.received > 0 ? 0 : 1;
  }
}
