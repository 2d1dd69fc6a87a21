/** CRC-32C (Castagnoli), the checksum of SCTP (RFC 9260 appendix A). */
const POLYNOMIAL = 0x82f63b78;

let table: Int32Array | null = null;

function makeTable(): Int32Array {
  return Int32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) !== 0 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    return crc;
  });
}

/** The CRC of `length` bytes from `offset`, unsigned. SCTP stores it with its low byte first. */
export function crc32c(buf: Uint8Array, offset: number, length: number): number {
  const ofByte = (table ??= makeTable());
  let crc = -1;
  for (let i = offset; i < offset + length; i++) crc = ofByte[(crc ^ buf[i]!) & 0xff]! ^ (crc >>> 8);
  return ~crc >>> 0;
}
