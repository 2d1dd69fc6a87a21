/**
 * The frame a filter looks at. As in the BPF machine, a load past the end of the packet ends the program with
 * "no match", whatever stood before it: `rejected` is set, and the filter's answer is no, even under `not`.
 */
export class FrameView {
  buf: Uint8Array = new Uint8Array(0);
  offset = 0;
  length = 0;
  rejected = false;

  set(buf: Uint8Array, offset: number, length: number): void {
    this.buf = buf;
    this.offset = offset;
    this.length = length;
    this.rejected = false;
  }

  /** Big-endian load of 1, 2 or 4 bytes at `at` from the start of the frame; 0 and `rejected` past its end. */
  load(at: number, size: number): number {
    if (at + size > this.length) {
      this.rejected = true;
      return 0;
    }
    const buf = this.buf;
    const i = this.offset + at;
    if (size === 1) return buf[i]!;
    if (size === 2) return (buf[i]! << 8) | buf[i + 1]!;
    return ((buf[i]! << 24) | (buf[i + 1]! << 16) | (buf[i + 2]! << 8) | buf[i + 3]!) >>> 0;
  }
}
