import type { ByteSink } from './byte-sink.ts';

/** Default size of a writer's batch, in bytes. */
export const DEFAULT_BATCH_BYTES = 256 * 1024;
const MINIMUM_BATCH_BYTES = 64 * 1024;
const MAXIMUM_BATCH_BYTES = 1024 * 1024;

/** Source buffers up to this size are copied whole and shifted; see `appendBytes`. */
const WHOLE_COPY_BYTES = 4096;
/** Below this length a plain loop beats two calls into the runtime. */
const LOOP_COPY_BYTES = 48;

/**
 * The buffer between a capture writer and its sink: little-endian records are appended, and the whole is handed
 * over when it is full. Records never straddle two batches unless one is larger than a batch, so a file cut off
 * between batches ends at a record.
 */
export class Batch {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** Bytes filled. Writers set fields by `view` at `used` and move it on. */
  used = 0;
  private readonly sink: ByteSink;

  constructor(sink: ByteSink, batchBytes: number) {
    if (batchBytes < MINIMUM_BATCH_BYTES || batchBytes > MAXIMUM_BATCH_BYTES) {
      throw new RangeError(
        `batch size ${batchBytes}: expected ${MINIMUM_BATCH_BYTES} to ${MAXIMUM_BATCH_BYTES} bytes`,
      );
    }
    this.sink = sink;
    this.bytes = new Uint8Array(batchBytes);
    this.view = new DataView(this.bytes.buffer);
  }

  /** Makes room for a record of `length` bytes that follows; it must not exceed the batch. */
  reserve(length: number): void {
    if (this.used + length > this.bytes.length) this.flush();
  }

  /** Hands what is buffered to the sink. */
  flush(): void {
    if (this.used === 0) return;
    this.sink.write(this.bytes.subarray(0, this.used));
    this.used = 0;
  }

  close(): void {
    this.flush();
    this.sink.close();
  }

  put16(value: number): void {
    this.view.setUint16(this.used, value, true);
    this.used += 2;
  }

  put32(value: number): void {
    this.view.setUint32(this.used, value, true);
    this.used += 4;
  }

  /**
   * Copies `length` bytes of `buf` and moves on. Room must have been reserved.
   *
   * The quick ways to copy in a JavaScript engine are `set` of a whole array and `copyWithin`; `subarray` would
   * allocate a view for every packet. So the packet's whole buffer is copied to where the packet goes, and then
   * shifted down over its headroom.
   */
  appendBytes(buf: Uint8Array, offset: number, length: number): void {
    const at = this.used;
    this.used = at + length;
    if (length <= LOOP_COPY_BYTES) {
      const bytes = this.bytes;
      for (let i = 0; i < length; i++) bytes[at + i] = buf[offset + i]!;
      return;
    }
    if (buf.length <= WHOLE_COPY_BYTES && at + buf.length <= this.bytes.length) {
      this.bytes.set(buf, at);
      if (offset !== 0) this.bytes.copyWithin(at, at + offset, at + offset + length);
      return;
    }
    this.bytes.set(buf.subarray(offset, offset + length), at);
  }

  /** Writes a record larger than a batch past the buffer, in order. */
  passThrough(buf: Uint8Array, offset: number, length: number): void {
    this.flush();
    this.sink.write(buf.subarray(offset, offset + length));
  }

  /** Appends zero bytes up to a multiple of four. */
  pad4(): void {
    while ((this.used & 3) !== 0) this.bytes[this.used++] = 0;
  }
}
