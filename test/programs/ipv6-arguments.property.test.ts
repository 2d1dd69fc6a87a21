import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatIpv6, Ipv6Address } from '../../protocols/ipv6-address.ts';
import { IpError } from '../../programs/ip/ip-command.ts';
import { parseAddress6, parsePrefix6 } from '../../programs/ip/prefix6.ts';
import { formatScoped, parseScopedAddress } from '../../programs/resolver/scoped-address.ts';
import { createProgramRegistry } from '../../programs/registry.ts';
import { Lab } from './lab.ts';

const address6 = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => Ipv6Address.read(bytes, 0));

/** Text near an address: what a person mistypes. */
const nearAddress = fc.oneof(
  fc.string(),
  fc.stringMatching(/^[0-9a-f:./%]{0,45}$/),
  fc
    .tuple(address6, fc.nat(60), fc.constantFrom('', ':', '::', '/', '%', '%eth0', '/129', '/-1', 'g'))
    .map(([address, at, extra]) => {
      const text = formatIpv6(address);
      return text.slice(0, at) + extra + text.slice(at);
    }),
);

describe('IPv6 words of a command line', () => {
  it('read a prefix back from its text', () => {
    fc.assert(
      fc.property(address6, fc.integer({ min: 0, max: 128 }), (address, length) => {
        const read = parsePrefix6(`${formatIpv6(address)}/${length}`);
        expect(read.length).toBe(length);
        expect(read.address.equals(address)).toBe(true);
        expect(parsePrefix6(formatIpv6(address)).length).toBe(128);
      }),
    );
  });

  it('are refused with what was expected, and never throw anything else', () => {
    fc.assert(
      fc.property(nearAddress, (text) => {
        for (const [read, what] of [
          [parsePrefix6, 'inet6 prefix'],
          [parseAddress6, 'inet6 address'],
        ] as const) {
          try {
            read(text);
          } catch (error) {
            expect(error).toBeInstanceOf(IpError);
            expect((error as Error).message).toContain(`${what} is expected rather than "${text}"`);
          }
        }
      }),
    );
  });

  it('name a device by name or number behind an address, or are no scoped address', () => {
    const { netns } = new Lab().machine;
    fc.assert(
      fc.property(address6, (address) => {
        const { loopback } = netns;
        for (const zone of ['lo', String(loopback.ifindex)]) {
          const read = parseScopedAddress(netns, `${formatIpv6(address)}%${zone}`)!;
          expect(read.address.equals(address)).toBe(true);
          expect(read.dev).toBe(loopback);
        }
        expect(parseScopedAddress(netns, `${formatIpv6(address)}%eth9`)).toBeNull();
        expect(parseScopedAddress(netns, formatScoped(address, null))!.dev).toBeNull();
      }),
    );
    fc.assert(fc.property(nearAddress, (text) => void parseScopedAddress(netns, text)));
  });

  it('put together in any way end ip with an exit code, its tables as they were when it failed', () => {
    const lab = new Lab(1, createProgramRegistry());
    lab.host.loadIpv6();
    const { machine } = lab;
    const word = fc.oneof(
      fc.constantFrom(
        'add',
        'del',
        'replace',
        'show',
        'get',
        'to',
        'via',
        'dev',
        'lo',
        'src',
        'metric',
        'table',
      ),
      fc.constantFrom(
        'default',
        'unreachable',
        'onlink',
        'lladdr',
        'nud',
        'permanent',
        'proto',
        'scope',
        '7',
      ),
      fc.constantFrom(
        'fd00::1',
        'fd00::/64',
        'fe80::1',
        '::',
        '2001:db8::/129',
        '02:00:00:00:00:09',
        '10.0.0.1',
      ),
    );
    const object = fc.constantFrom('route', 'neigh', 'addr', 'rule');
    fc.assert(
      fc.property(object, fc.array(word, { maxLength: 7 }), (name, words) => {
        const before = lab.run(machine, 'ip -6 route; ip -6 neigh').stdout;
        const { exit, stderr } = lab.run(machine, `ip -6 ${name} ${words.join(' ')}`);
        expect([0, 1, 2, 255]).toContain(exit);
        if (exit === 0) return;
        expect(stderr).not.toBe('');
        expect(lab.run(machine, 'ip -6 route; ip -6 neigh').stdout).toBe(before);
      }),
      { numRuns: 300 },
    );
  });
});
