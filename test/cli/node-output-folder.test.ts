import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NodeOutputFolder } from '../../cli/node-output-folder.ts';

const fresh = () => mkdtempSync(join(tmpdir(), 'dockwire-out-'));

describe('the output folder', () => {
  it('comes to be with its first file, and holds what was written so far', () => {
    const root = join(fresh(), 'a', 'b');
    const folder = new NodeOutputFolder(root);
    expect(existsSync(root)).toBe(false);
    const sink = folder.open('captures/x.pcap');
    sink.write(new Uint8Array([1, 2, 3]));
    expect([...readFileSync(join(root, 'captures/x.pcap'))]).toEqual([1, 2, 3]);
    sink.close();
    sink.close();
    expect(() => sink.write(new Uint8Array(1))).toThrow('closed');
  });

  it.each(['../x', 'a/../../x', '/etc/x', '', '.', 'a//b', 'a\\..\\x', 'C:x', 'a\u0000b', 'captures/'])(
    'refuses %j and writes nothing',
    (name) => {
      const parent = fresh();
      const folder = new NodeOutputFolder(join(parent, 'out'));
      expect(() => folder.writeText(name, 'x')).toThrow();
      expect(readdirSync(parent)).toEqual([]);
    },
  );

  it('follows no symbolic link out', () => {
    const parent = fresh();
    mkdirSync(join(parent, 'out'));
    mkdirSync(join(parent, 'elsewhere'));
    symlinkSync(join(parent, 'elsewhere'), join(parent, 'out', 'captures'));
    expect(() => new NodeOutputFolder(join(parent, 'out')).writeText('captures/x', 'x')).toThrow('outside');
    expect(readdirSync(join(parent, 'elsewhere'))).toEqual([]);
  });

  it('no name at all leads outside', () => {
    const parent = fresh();
    const folder = new NodeOutputFolder(join(parent, 'out'));
    const part = fc.constantFrom('..', '.', 'a', '/', '\\', '\u0000', '~', 'b.pcap');
    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
        try {
          folder.writeText(parts.join('/'), 'x');
        } catch {
          // refused, or a file is where a folder would be
        }
        expect(readdirSync(parent).filter((name) => name !== 'out')).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});
