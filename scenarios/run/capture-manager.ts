import { Bridge } from '../../core/device/bridge/bridge.ts';
import { compileFilter } from '../../core/capture/filter/packet-filter.ts';
import { PcapWriter } from '../../core/capture/pcap-writer.ts';
import { PcapngWriter } from '../../core/capture/pcapng-writer.ts';
import type { CaptureWriter } from '../../core/capture/capture-writer.ts';
import { CaptureTap } from '../../core/capture/tap.ts';
import type { NetDevice } from '../../core/device/net-device.ts';
import type { Capture } from '../schema/capture.ts';
import type { OutputFolder, RunOptions } from './run-options.ts';

/** Where a capture's files go when nothing is to be written. */
const NOWHERE = { write: () => undefined, close: () => undefined };

interface OpenCapture {
  readonly name: string;
  readonly writer: PcapWriter | PcapngWriter;
  readonly taps: { dev: NetDevice; tap: CaptureTap; promiscuous: boolean }[];
}

/** What summary.json says of a capture. */
export interface CaptureSummary {
  readonly file: string;
  readonly packets: number;
}

/** Opens and closes the captures of a run. A capture's name is its file's without the extension. */
export class CaptureManager {
  readonly finished: CaptureSummary[] = [];
  private readonly output: OutputFolder | undefined;
  private readonly comment: string;
  private readonly resolve: (capture: Capture['points'][number]) => NetDevice;
  private readonly onCaptured: RunOptions['onCaptured'];
  private readonly open: OpenCapture[] = [];

  constructor(
    output: OutputFolder | undefined,
    comment: string,
    resolve: (point: Capture['points'][number]) => NetDevice,
    onCaptured?: RunOptions['onCaptured'],
  ) {
    this.output = output;
    this.comment = comment;
    this.resolve = resolve;
    this.onCaptured = onCaptured;
  }

  /** The files of captures that are open. */
  get openFiles(): string[] {
    return this.open.map(({ name }) => name);
  }

  start(capture: Capture): void {
    const devices = capture.points.map((point) => this.resolve(point));
    const filter = capture.filter === '' ? null : compileFilter(capture.filter);
    const sink = this.output?.open(`captures/${capture.file}`) ?? NOWHERE;
    const writer =
      capture.format === 'pcap' ? new PcapWriter(sink) : new PcapngWriter(sink, { comment: this.comment });
    const opened: OpenCapture = { name: capture.file, writer, taps: [] };
    for (const [index, dev] of devices.entries()) {
      const tap = new CaptureTap(this.told(writer, capture.file), { filter });
      if (writer instanceof PcapngWriter) {
        tap.interfaceIndex = writer.addInterface({
          name: capture.points[index]!.text,
          ...(capture.filter === '' ? {} : { filter: capture.filter }),
        });
      }
      const promiscuous = capture.promiscuous ?? dev instanceof Bridge;
      if (promiscuous) dev.setPromiscuity(1);
      dev.addTap(tap);
      opened.taps.push({ dev, tap, promiscuous });
    }
    this.open.push(opened);
  }

  /** Closes captures by name, or all when none is named. */
  stop(names: readonly string[] = []): void {
    for (const capture of this.open.slice()) {
      const plain = capture.name.replace(/\.pcap(ng)?$/, '');
      if (names.length > 0 && !names.includes(plain) && !names.includes(capture.name)) continue;
      this.close(capture);
    }
  }

  /** Writes what is buffered, so that a reader (or a run cut short) finds whole files. */
  flush(): void {
    for (const capture of this.open) capture.writer.flush();
  }

  /** The writer, or one that tells of each packet before it writes it. */
  private told(writer: CaptureWriter, file: string): CaptureWriter {
    const { onCaptured } = this;
    if (onCaptured === undefined) return writer;
    return {
      writePacket: (...packet) => {
        onCaptured(file, packet[7]);
        writer.writePacket(...packet);
      },
      flush: () => writer.flush(),
      close: () => writer.close(),
    };
  }

  private close(capture: OpenCapture): void {
    this.open.splice(this.open.indexOf(capture), 1);
    let packets = 0;
    for (const { dev, tap, promiscuous } of capture.taps) {
      tap.stop();
      dev.removeTap(tap);
      if (promiscuous) dev.setPromiscuity(-1);
      packets += tap.captured;
    }
    capture.writer.close();
    this.finished.push({ file: capture.name, packets });
  }
}
