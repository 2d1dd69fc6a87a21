import * as v from 'valibot';
import { described } from '../../programs/compose-file/schema/described.ts';
import { FormatError } from '../../programs/compose-file/schema/format-error.ts';
import { map } from '../../programs/compose-file/schema/map.ts';
import { parsed } from '../../programs/compose-file/schema/parsed.ts';
import { flag, oneOrMany, text } from '../../programs/compose-file/schema/values.ts';

/**
 * A place to listen: `node/device`, `node:netns/device`, or `container/device@host` for the host's end of a
 * container's veth. `node` is a host or a container.
 */
export interface CapturePoint {
  readonly text: string;
  readonly node: string;
  /** A named network namespace of the host. */
  readonly netns: string | undefined;
  readonly device: string;
  /** The other end, on the host. */
  readonly hostEnd: boolean;
}

/** One trace to write. */
export interface Capture {
  readonly points: readonly CapturePoint[];
  /** File name within captures/, with its extension. */
  readonly file: string;
  readonly format: 'pcap' | 'pcapng';
  /** In tcpdump's language; '' passes everything. */
  readonly filter: string;
  /** Undefined: true on bridges, false elsewhere. */
  readonly promiscuous: boolean | undefined;
}

const POINT = /^([A-Za-z0-9][A-Za-z0-9_.-]*)(?::([A-Za-z0-9][A-Za-z0-9_.-]*))?\/([A-Za-z0-9_.-]+?)(@host)?$/;

export function parseCapturePoint(text: string): CapturePoint {
  const match = POINT.exec(text.trim());
  if (match === null) {
    throw new FormatError(
      `"${text}" is not a place to capture`,
      'write host1/eth0, c1/eth0, c1/eth0@host or host1:ov/br0',
    );
  }
  return {
    text: text.trim(),
    node: match[1]!,
    netns: match[2],
    device: match[3]!,
    hostEnd: match[4] !== undefined,
  };
}

/** A trace's name, plain: no folders, nothing a file system would take otherwise. */
const PLAIN_NAME = /^[A-Za-z0-9_][A-Za-z0-9_.+=@,-]{0,199}$/;

function checkPlainName(text: string): string {
  if (PLAIN_NAME.test(text)) return text;
  throw new FormatError(
    `"${text}" is not a capture file's name: a plain name, without folders, is expected`,
    'captures go to captures/ in the output folder; write a name as underlay.pcap',
  );
}

/** Checks a capture's name; the extension says the format, `.pcap` unless several points share the file. */
export function captureFile(text: string, pointCount: number): Pick<Capture, 'file' | 'format'> {
  checkPlainName(text);
  const format = text.endsWith('.pcapng') ? 'pcapng' : text.endsWith('.pcap') ? 'pcap' : undefined;
  if (format === 'pcap' && pointCount > 1) {
    throw new FormatError(
      `"${text}": a .pcap file holds one interface, not ${pointCount}`,
      'name it .pcapng',
    );
  }
  if (format !== undefined) return { file: text, format };
  return pointCount > 1
    ? { file: `${text}.pcapng`, format: 'pcapng' }
    : { file: `${text}.pcap`, format: 'pcap' };
}

export const captureSchema = described(
  parsed(
    map({
      on: described(
        oneOrMany(parsed(text, parseCapturePoint)),
        'Where: host/interface, container/interface, container/interface@host, host:netns/interface.',
      ),
      file: described(
        parsed(text, checkPlainName),
        'Name of the file in captures/: .pcap for one interface, .pcapng for many.',
      ),
      filter: v.optional(described(text, "What is kept, in tcpdump's language.")),
      promiscuous: v.optional(flag),
    }),
    ({ on, file, filter = '', promiscuous }): Capture => {
      if (on.length === 0) throw new FormatError('nowhere to capture', 'name a place under `on`');
      return { points: on, ...captureFile(file, on.length), filter, promiscuous };
    },
  ),
  'A capture that is on from the start.',
);
