import { closeSync, mkdirSync, openSync, realpathSync, writeFileSync, writeSync } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';
import type { ByteSink } from '../core/capture/byte-sink.ts';
import type { OutputFolder } from '../scenarios/run/run-options.ts';

/** Each part of a name is plain: no `..`, no separators of any system, no drive letters, no control characters. */
const PLAIN_PART = /^(?!\.{1,2}$)[A-Za-z0-9_.+=@,-]{1,200}$/;

/** A file that is written as bytes come; the system has all of them, so a killed run leaves readable files. */
class FileSink implements ByteSink {
  private descriptor: number | undefined;

  constructor(path: string) {
    this.descriptor = openSync(path, 'w');
  }

  write(bytes: Uint8Array): void {
    if (this.descriptor === undefined) throw new Error('write to a closed file');
    for (let at = 0; at < bytes.length;) at += writeSync(this.descriptor, bytes, at, bytes.length - at);
  }

  close(): void {
    if (this.descriptor === undefined) return;
    closeSync(this.descriptor);
    this.descriptor = undefined;
  }
}

/** A folder of the file system. It comes to be with the first file; no name leads outside it. */
export class NodeOutputFolder implements OutputFolder {
  readonly root: string;

  constructor(root: string) {
    this.root = resolve(root);
  }

  open(name: string): ByteSink {
    return new FileSink(this.place(name));
  }

  writeText(name: string, text: string): void {
    writeFileSync(this.place(name), text);
  }

  /** The file's path, its folder made. Throws when the name, or a symbolic link on the way, leads outside. */
  private place(name: string): string {
    const parts = name.split('/');
    if (!parts.every((part) => PLAIN_PART.test(part)))
      throw new Error(`"${name}" is no name for a file in the output folder`);
    const path = join(this.root, ...parts);
    mkdirSync(dirname(path), { recursive: true });
    const root = realpathSync(this.root);
    const folder = realpathSync(dirname(path));
    if (folder !== root && !folder.startsWith(root + sep))
      throw new Error(`"${name}" leads outside the output folder`);
    return path;
  }
}
