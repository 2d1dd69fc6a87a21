import { CaptureFormatError, type CaptureFile } from '../../core/capture/capture-file.ts';
import { FilterError } from '../../core/capture/filter/filter-error.ts';
import { LINKTYPE_ETHERNET } from '../../core/capture/link-type.ts';
import { readCapture } from '../../core/capture/pcap-reader.ts';
import { PcapWriter } from '../../core/capture/pcap-writer.ts';
import { IFF_LOOPBACK, type NetDevice } from '../../core/device/net-device.ts';
import { type Process, SIGINT, SIGTERM } from '../../core/host/process.ts';
import type { ProgramRun } from '../../core/host/program.ts';
import { UsageError } from '../arguments.ts';
import { FileSink, readFileBytes } from './file-bytes.ts';
import { LiveCapture } from './live-capture.ts';
import { printPacket } from './print/print-packet.ts';
import { PrinterState } from './print/printer-state.ts';
import { readSettings, type TcpdumpSettings } from './settings.ts';

/**
 * tcpdump 4.99: captures on one interface or reads a file (-r), prints or writes classic pcap (-w).
 *
 * Names are never looked up, as with -n. Not modelled, and refused: -i any, lists of interfaces and link types
 * (-D, -L, -y), rotating files (-C, -G, -W), decryption (-E), buffer sizes (-B), filters from files (-F),
 * forced decoding (-T), --print and the rest of its options.
 */
export function* tcpdump(proc: Process): ProgramRun {
  let settings: TcpdumpSettings;
  try {
    settings = readSettings(proc.argv.slice(1));
  } catch (error) {
    if (!(error instanceof UsageError) && !(error instanceof FilterError)) throw error;
    return fail(proc, error.message);
  }
  if (settings.readFile !== null) return readFromFile(proc, settings, settings.readFile);
  return yield* captureLive(proc, settings);
}

function fail(proc: Process, message: string): number {
  proc.printError(`tcpdump: ${message}\n`);
  return 1;
}

/** Where packets go: to standard output as text, to a file, or nowhere but into the count. */
class Output {
  written = 0;
  private readonly proc: Process;
  private readonly settings: TcpdumpSettings;
  private readonly writer: PcapWriter | null;
  private readonly state = new PrinterState();
  /** What the stamps of a file are counted from, so that today's dates stay exact. */
  private readonly epochNs: bigint;

  constructor(proc: Process, settings: TcpdumpSettings, epochNs: bigint) {
    this.proc = proc;
    this.epochNs = epochNs;
    this.settings = settings;
    const file = settings.writeFile;
    this.writer =
      file === null ? null : new PcapWriter(new FileSink(proc, file), { snaplen: settings.snaplen, epochNs });
    this.writer?.flush();
  }

  /** More packets are wanted. */
  get wantsMore(): boolean {
    return this.written < this.settings.count;
  }

  put(
    timeNs: number | bigint,
    buf: Uint8Array,
    offset: number,
    length: number,
    originalLength: number,
  ): void {
    this.written++;
    if (this.writer !== null) {
      this.writer.writePacket(Number(BigInt(timeNs) - this.epochNs), buf, offset, length, originalLength);
      this.writer.flush();
      return;
    }
    if (this.settings.countOnly) return;
    const number = this.settings.numbered ? `${String(this.written).padStart(5)}  ` : '';
    const options = this.settings.print;
    this.proc.print(
      `${number}${printPacket(timeNs, buf, offset, length, options, this.state, originalLength)}\n`,
    );
  }

  close(): void {
    this.writer?.close();
  }
}

function* captureLive(proc: Process, settings: TcpdumpSettings): ProgramRun {
  const device = chooseDevice(proc, settings.interfaceName);
  if (typeof device === 'string') return fail(proc, device);
  const interrupt = proc.catchSignal(SIGINT);
  const terminate = proc.catchSignal(SIGTERM);
  const capture = new LiveCapture(device, settings);
  proc.own(capture);
  const output = new Output(proc, settings, 0n);
  announce(proc, settings, device.name);
  while (output.wantsMore && !interrupt.raised && !terminate.raised) {
    yield* proc.waitAny([capture.arrived, interrupt.queue, terminate.queue]);
    for (const { timeNs, bytes, originalLength } of capture.take()) {
      if (output.wantsMore) output.put(timeNs, bytes, 0, bytes.length, originalLength);
    }
  }
  output.close();
  if (interrupt.raised || terminate.raised) proc.print('\n');
  if (settings.countOnly) proc.print(`${packets(output.written)}\n`);
  proc.printError(`${packets(output.written)} captured\n${packets(capture.accepted)} received by filter\n`);
  proc.printError('0 packets dropped by kernel\n');
  return 0;
}

/** The device of that name, or the first that is up and no loopback; a message when there is none. */
function chooseDevice(proc: Process, name: string | null): NetDevice | string {
  if (name === 'any') return 'any: capturing on all interfaces at once is not modelled; name one with -i';
  if (name !== null)
    return proc.netns.device(name) ?? `${name}: No such device exists\n(No such device exists)`;
  const devices = proc.netns.devices;
  const first = devices.find((device) => device.isUp && (device.flags & IFF_LOOPBACK) === 0);
  return first ?? devices.find((device) => device.isUp) ?? 'no suitable device found';
}

function announce(proc: Process, settings: TcpdumpSettings, deviceName: string): void {
  const listening =
    `listening on ${deviceName}, link-type EN10MB (Ethernet), ` +
    `snapshot length ${settings.snaplen} bytes\n`;
  if (settings.writeFile !== null || settings.print.verbose > 0)
    return proc.printError(`tcpdump: ${listening}`);
  proc.printError('tcpdump: verbose output suppressed, use -v[v]... for full protocol decode\n');
  proc.printError(listening);
}

function packets(count: number): string {
  return count === 1 ? '1 packet' : `${count} packets`;
}

function readFromFile(proc: Process, settings: TcpdumpSettings, name: string): number {
  const bytes = readFileBytes(proc, name);
  if (bytes === null) return fail(proc, `${name}: No such file or directory`);
  let file: CaptureFile;
  try {
    file = readCapture(bytes);
  } catch (error) {
    if (!(error instanceof CaptureFormatError)) throw error;
    return fail(proc, error.message);
  }
  const foreign = file.interfaces.find((iface) => iface.linkType !== LINKTYPE_ETHERNET);
  if (foreign !== undefined) return fail(proc, `${name}: link type ${foreign.linkType} is not modelled`);
  const snaplen = file.interfaces[0]?.snaplen ?? settings.snaplen;
  proc.printError(`reading from file ${name}, link-type EN10MB (Ethernet), snapshot length ${snaplen}\n`);
  const output = new Output(proc, settings, file.packets[0]?.timeNs ?? 0n);
  for (const p of file.packets) {
    if (!output.wantsMore) break;
    if (settings.filter.matches(p.buf, p.offset, p.length)) {
      output.put(p.timeNs, p.buf, p.offset, p.length, p.originalLength);
    }
  }
  output.close();
  if (settings.countOnly) proc.print(`${packets(output.written)}\n`);
  if (file.truncated) return fail(proc, 'truncated dump file; the last packet is cut off');
  return 0;
}
