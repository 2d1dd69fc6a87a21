import { Dissector, TruncatedPacket } from './dissector.ts';
import { printEthernet } from './print-ethernet.ts';
import { asciiOnly, hexAndAscii, hexOnly } from './print-hex.ts';
import type { PrintOptions } from './print-options.ts';
import { PrinterState } from './printer-state.ts';
import { timestampText } from './timestamp.ts';

/**
 * The text that tcpdump 4.99 prints for an Ethernet frame with -n, without the final newline. Never throws,
 * whatever the bytes.
 *
 * @param timeNs nanoseconds since 1970
 * @param length bytes captured from `offset`
 * @param state what is remembered from packet to packet; give the same one for all packets of a capture
 * @param originalLength bytes on the wire
 */
export function printPacket(
  timeNs: number | bigint,
  buf: Uint8Array,
  offset: number,
  length: number,
  options: PrintOptions,
  state: PrinterState = new PrinterState(),
  originalLength: number = length,
): string {
  const d = new Dissector(buf, offset + length, options, state);
  d.add(timestampText(BigInt(timeNs), options, state));
  try {
    printEthernet(d, offset, originalLength);
  } catch (error) {
    if (!(error instanceof TruncatedPacket)) throw error;
    d.addTruncation();
  }
  return d.text + dumpText(d, offset, length);
}

function dumpText(d: Dissector, offset: number, length: number): string {
  const { buf, options } = d;
  const withLink = options.hex === 'xx' || options.hex === 'XX';
  const skipped = withLink ? 0 : Math.min(d.linkHeaderBytes, length);
  const [at, size] = [offset + skipped, length - skipped];
  switch (options.hex) {
    case 'X':
    case 'XX':
      return hexAndAscii(buf, at, size);
    case 'x':
    case 'xx':
      return hexOnly(buf, at, size);
    default:
      return options.ascii ? asciiOnly(buf, at, size) : '';
  }
}
