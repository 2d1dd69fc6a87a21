import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseShortPort } from '../../programs/compose-file/schema/ports.ts';
import {
  parseComposeSize,
  parseDuration,
  parseProbability,
  parseRate,
  parseSize,
} from '../../programs/compose-file/schema/units.ts';

describe('units', () => {
  it.each([
    ['500ms', 500e6],
    ['1.5s', 1.5e9],
    ['20us', 20e3],
    ['7ns', 7],
    ['2min', 120e9],
    ['1h', 3600e9],
    ['1m30s', 90e9],
    ['0', 0],
    ['0.1us', 100],
  ])('time %s', (text, ns) => expect(parseDuration(text)).toBe(ns));

  it.each(['5', 's', '-1s', '1 parsec', '5s later', '1e3s', '', '200000h'])('refuses the time "%s"', (text) =>
    expect(() => parseDuration(text)).toThrow(),
  );

  it.each([
    ['10Gbit', 10e9],
    ['1.5 Mbit', 1.5e6],
    ['64kbit', 64e3],
    ['9600bit', 9600],
  ])('rate %s', (text, bps) => expect(parseRate(text)).toBe(bps));
  it.each(['10', '0bit', '1GB', 'fast'])('refuses the rate "%s"', (text) =>
    expect(() => parseRate(text)).toThrow(),
  );

  it('sizes count in 1024s where the unit says so, and always in Compose', () => {
    expect(parseSize('64KiB')).toBe(65536);
    expect(parseSize('64kB')).toBe(64000);
    expect(parseSize('2MiB')).toBe(2097152);
    expect(parseComposeSize('64m')).toBe(64 * 1024 * 1024);
    expect(parseComposeSize('1gb')).toBe(1024 ** 3);
  });

  it('probabilities', () => {
    expect(parseProbability('1%')).toBe(0.01);
    expect(parseProbability('0.25')).toBe(0.25);
    expect(() => parseProbability('5')).toThrow();
    expect(() => parseProbability('101%')).toThrow();
  });

  it('a whole number of any unit comes back exactly', () => {
    fc.assert(
      fc.property(fc.nat(1_000_000), (n) => {
        expect(parseDuration(`${n}us`)).toBe(n * 1000);
        expect(parseDuration(`${n} ms`)).toBe(n * 1e6);
      }),
    );
  });
});

describe('published ports, the short form', () => {
  const all = { hostIp: undefined, protocol: 'tcp', mode: 'ingress' };
  it.each([
    ['80', [{ ...all, target: 80, published: undefined }]],
    ['8080:80', [{ ...all, target: 80, published: { first: 8080, last: 8080 } }]],
    ['127.0.0.1::80', [{ ...all, hostIp: '127.0.0.1', target: 80, published: undefined }]],
    ['[::1]:8080:80/tcp', [{ ...all, hostIp: '::1', target: 80, published: { first: 8080, last: 8080 } }]],
    ['53:53/udp', [{ ...all, protocol: 'udp', target: 53, published: { first: 53, last: 53 } }]],
    ['9000-9009:80', [{ ...all, target: 80, published: { first: 9000, last: 9009 } }]],
  ])('%s', (text, mappings) => expect(parseShortPort(text)).toEqual(mappings));

  it('a range gives one mapping a port', () => {
    expect(
      parseShortPort('8000-8002:7000-7002').map(({ target, published }) => [published?.first, target]),
    ).toEqual([
      [8000, 7000],
      [8001, 7001],
      [8002, 7002],
    ]);
  });

  it.each(['8000-8005:80-81', '80:x', '70000', '1.2.3:80:80', '80/icmp', '', ':', '90-80', 'a:b:c:d'])(
    'refuses "%s"',
    (text) => expect(() => parseShortPort(text)).toThrow(),
  );
});
