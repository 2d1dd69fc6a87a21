/** Big-endian reads and writes by index: on the packet path this beats a DataView made per packet. */
export function get16(buf: Uint8Array, offset: number): number {
  return (buf[offset]! << 8) | buf[offset + 1]!;
}

/** An unsigned 32-bit big-endian integer. */
export function get32(buf: Uint8Array, offset: number): number {
  return ((buf[offset]! << 24) | (buf[offset + 1]! << 16) | (buf[offset + 2]! << 8) | buf[offset + 3]!) >>> 0;
}

export function put16(buf: Uint8Array, offset: number, value: number): void {
  buf[offset] = value >>> 8;
  buf[offset + 1] = value;
}

export function put32(buf: Uint8Array, offset: number, value: number): void {
  buf[offset] = value >>> 24;
  buf[offset + 1] = value >>> 16;
  buf[offset + 2] = value >>> 8;
  buf[offset + 3] = value;
}

/** Moves a header's bytes within a buffer; the ranges may overlap. For so few a loop takes less than copyWithin's call. */
export function moveBytes(buf: Uint8Array, to: number, from: number, length: number): void {
  if (to < from) {
    for (let i = 0; i < length; i++) buf[to + i] = buf[from + i]!;
    return;
  }
  for (let i = length - 1; i >= 0; i--) buf[to + i] = buf[from + i]!;
}
