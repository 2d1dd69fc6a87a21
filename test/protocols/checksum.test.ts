import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { get16, get32, put16, put32 } from '../../protocols/bytes.ts';
import {
  checksum,
  checksumAdd,
  checksumAddWords,
  checksumFold,
  checksumReplace16,
  checksumReplace32,
  pseudoHeaderSum,
} from '../../protocols/checksum.ts';
import { IPV4, ipv4HeaderError, setIpv4Checksum, writeIpv4Header } from '../../protocols/ipv4.ts';

/** RFC 1071 section 1 to the letter: words of two bytes, added with end-around carry. */
function definition(start: number, bytes: Uint8Array): number {
  let sum = start;
  for (let i = 0; i < bytes.length; i += 2) {
    sum += (bytes[i]! << 8) | (bytes[i + 1] ?? 0);
    sum = (sum & 0xffff) + (sum >>> 16);
  }
  return sum;
}

const word = fc.integer({ min: 0, max: 0xffff });
const address = fc.integer({ min: 0, max: 0xffffffff });
const bytes = fc.uint8Array({ maxLength: 200 });

describe('the Internet checksum by its definition', () => {
  it('of any bytes anywhere in a buffer', () => {
    fc.assert(
      fc.property(bytes, fc.nat(9), word, (data, offset, start) => {
        const buf = new Uint8Array(220).fill(0xa5);
        buf.set(data, offset);
        expect(checksumFold(checksumAdd(start, buf, offset, data.length))).toBe(definition(start, data));
        const words = new Int32Array(buf.buffer);
        const byWords = checksumAddWords(start, buf, words, offset, data.length);
        expect(checksumFold(byWords)).toBe(definition(start, data));
      }),
    );
  });

  it('of the longest packet, all ones', () => {
    const buf = new Uint8Array(65536).fill(0xff);
    for (const length of [65535, 65536]) {
      const expected = definition(0xffff, buf.subarray(0, length));
      expect(checksumFold(checksumAdd(0xffff, buf, 0, length))).toBe(expected);
      const words = new Int32Array(buf.buffer);
      expect(checksumFold(checksumAddWords(0xffff, buf, words, 0, length))).toBe(expected);
    }
  });

  it('of a pseudo-header', () => {
    fc.assert(
      fc.property(address, address, fc.integer({ min: 0, max: 255 }), word, (from, to, protocol, length) => {
        const header = new Uint8Array(12);
        put32(header, 0, from);
        put32(header, 4, to);
        header[9] = protocol;
        put16(header, 10, length);
        expect(checksumFold(pseudoHeaderSum(from, to, protocol, length))).toBe(definition(0, header));
      }),
    );
  });

  it('updated for a changed word or address is that of the changed bytes', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 20, maxLength: 20 }),
        word,
        address,
        (buf, newWord, newAddress) => {
          buf[0]! |= 0x40;
          const before = checksum(buf, 0, 20);
          const [oldWord, oldAddress] = [get16(buf, 4), get32(buf, 12)];
          put16(buf, 4, newWord);
          const between = checksum(buf, 0, 20);
          expect(checksumReplace16(before, oldWord, newWord)).toBe(between);
          put32(buf, 12, newAddress);
          expect(checksumReplace32(between, oldAddress, newAddress)).toBe(checksum(buf, 0, 20));
        },
      ),
    );
  });

  it('written with an IPv4 header is that of its bytes', () => {
    const byte = fc.integer({ min: 0, max: 255 });
    const fields = fc.tuple(byte, word, word, word, byte, byte, address, address);
    fc.assert(
      fc.property(fields, (values) => {
        const buf = new Uint8Array(24);
        writeIpv4Header(buf, 2, ...values);
        const written = get16(buf, 2 + IPV4.CHECKSUM);
        setIpv4Checksum(buf, 2);
        expect(written).toBe(get16(buf, 2 + IPV4.CHECKSUM));
      }),
    );
    const buf = new Uint8Array(20);
    writeIpv4Header(buf, 0, 0, 20, 0xffff, 0xffff, 255, 255, 0xffffffff, 0xffffffff);
    expect(ipv4HeaderError(buf, 0, 20)).toBe(0);
  });
});
