/**
 * Block and option numbers of pcapng (draft-ietf-opsawg-pcapng) and the blocks that are written rarely, built
 * whole. Everything is little-endian.
 */
export const BLOCK_SECTION_HEADER = 0x0a0d0d0a;
export const BLOCK_INTERFACE_DESCRIPTION = 1;
export const BLOCK_PACKET_OBSOLETE = 2;
export const BLOCK_SIMPLE_PACKET = 3;
export const BLOCK_INTERFACE_STATISTICS = 5;
export const BLOCK_ENHANCED_PACKET = 6;
export const BYTE_ORDER_MAGIC = 0x1a2b3c4d;

export const OPT_ENDOFOPT = 0;
export const OPT_COMMENT = 1;
export const SHB_OS = 3;
export const SHB_USERAPPL = 4;
export const IF_NAME = 2;
export const IF_DESCRIPTION = 3;
export const IF_TSRESOL = 9;
export const IF_FILTER = 11;
export const IF_TSOFFSET = 14;
export const EPB_FLAGS = 2;
export const EPB_PACKETID = 5;
export const ISB_IFRECV = 4;
export const ISB_IFDROP = 5;
export const ISB_FILTERACCEPT = 6;

/** An option's length field has 16 bits; longer text is cut at this many bytes. */
const MAXIMUM_OPTION_BYTES = 65_532;

/** Text as UTF-8, cut at a whole character. TextEncoder is not used: core/ relies on the language alone. */
export function encodeUtf8(text: string): Uint8Array {
  const bytes: number[] = [];
  for (const character of text) {
    const code = character.codePointAt(0)!;
    if (bytes.length + 4 > MAXIMUM_OPTION_BYTES) break;
    if (code < 0x80) bytes.push(code);
    else if (code < 0x800) bytes.push(0xc0 | (code >> 6), 0x80 | (code & 63));
    else if (code < 0x1_0000) bytes.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
    else {
      bytes.push(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 63));
      bytes.push(0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
    }
  }
  return Uint8Array.from(bytes);
}

function option(code: number, value: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(4 + ((value.length + 3) & ~3));
  const view = new DataView(bytes.buffer);
  view.setUint16(0, code, true);
  view.setUint16(2, value.length, true);
  bytes.set(value, 4);
  return bytes;
}

/** A text option with its padding. */
export function textOption(code: number, text: string): Uint8Array {
  return option(code, encodeUtf8(text));
}

function block(type: number, body: Uint8Array, options: Uint8Array[]): Uint8Array {
  const optionBytes = options.reduce((sum, each) => sum + each.length, 0) + (options.length > 0 ? 4 : 0);
  const bytes = new Uint8Array(12 + body.length + optionBytes);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, type, true);
  view.setUint32(4, bytes.length, true);
  bytes.set(body, 8);
  let at = 8 + body.length;
  for (const each of options) {
    bytes.set(each, at);
    at += each.length;
  }
  view.setUint32(bytes.length - 4, bytes.length, true);
  return bytes;
}

function textOptions(...pairs: [number, string | undefined][]): Uint8Array[] {
  const options: Uint8Array[] = [];
  for (const [code, text] of pairs) if (text !== undefined) options.push(textOption(code, text));
  return options;
}

/** A section header of unknown length (−1), as a writer that streams must give. */
export function sectionHeaderBlock(
  comment: string | undefined,
  os: string | undefined,
  application: string | undefined,
): Uint8Array {
  const body = new Uint8Array(16).fill(0xff);
  const view = new DataView(body.buffer);
  view.setUint32(0, BYTE_ORDER_MAGIC, true);
  view.setUint16(4, 1, true);
  view.setUint16(6, 0, true);
  return block(
    BLOCK_SECTION_HEADER,
    body,
    textOptions([OPT_COMMENT, comment], [SHB_OS, os], [SHB_USERAPPL, application]),
  );
}

/** An interface with nanosecond stamps. */
export function interfaceDescriptionBlock(
  linkType: number,
  snaplen: number,
  name: string,
  description: string | undefined,
  filter: string | undefined,
): Uint8Array {
  const body = new Uint8Array(8);
  const view = new DataView(body.buffer);
  view.setUint16(0, linkType, true);
  view.setUint32(4, snaplen, true);
  const options = textOptions([IF_NAME, name], [IF_DESCRIPTION, description]);
  options.push(option(IF_TSRESOL, Uint8Array.of(9)));
  // The filter's text starts with a byte that says what language it is in: 0 is libpcap's.
  if (filter !== undefined) options.push(option(IF_FILTER, Uint8Array.of(0, ...encodeUtf8(filter))));
  return block(BLOCK_INTERFACE_DESCRIPTION, body, options);
}
