/** A file whose text is made when it is read, and which may take writes (as under /proc and /sys). */
export interface VirtualFile {
  read(): string;
  write?(text: string): void;
}

/** Directories every image has, whether or not a file is in them. */
const STANDARD_DIRECTORIES = (
  '/ /bin /dev /etc /home /lib /media /mnt /opt /proc /proc/self /root /run /sbin /srv /sys /tmp /usr /usr/bin ' +
  '/usr/lib /usr/local /usr/local/bin /usr/local/sbin /usr/sbin /usr/share /var /var/lib /var/log /var/run /var/tmp'
).split(' ');

/**
 * The files a process sees, by absolute path. Directories exist by their files, by `makeDirectory`, or because
 * every image has them; symbolic links are followed.
 * Not modelled: permissions, owners, times.
 */
export class VirtualFileSystem {
  private readonly files = new Map<string, VirtualFile>();
  private readonly links = new Map<string, string>();
  private readonly directories = new Set<string>(STANDARD_DIRECTORIES);
  private readonly dynamic: { prefix: string; lookup: (path: string) => VirtualFile | null }[] = [];

  /** Stores a plain text file. */
  writeText(path: string, text: string): void {
    const existing = this.find(path);
    if (existing?.write !== undefined) {
      existing.write(text);
      return;
    }
    const file = { text };
    this.files.set(this.resolve(path), { read: () => file.text, write: (next) => void (file.text = next) });
  }

  /** The file's text, or null when there is no such file. */
  readText(path: string): string | null {
    return this.find(path)?.read() ?? null;
  }

  find(path: string): VirtualFile | null {
    const resolved = this.resolve(path);
    const file = this.files.get(resolved);
    if (file !== undefined) return file;
    for (const { prefix, lookup } of this.dynamic) {
      if (!resolved.startsWith(prefix)) continue;
      const found = lookup(resolved);
      if (found !== null) return found;
    }
    return null;
  }

  define(path: string, file: VirtualFile): void {
    this.files.set(this.resolve(path), file);
  }

  /** Serves every path below `prefix` by a function (for /proc/sys and the like). */
  defineTree(prefix: string, lookup: (path: string) => VirtualFile | null): void {
    this.dynamic.push({ prefix, lookup });
  }

  symlink(target: string, path: string): void {
    this.links.set(path, target);
  }

  readlink(path: string): string | null {
    return this.links.get(path) ?? null;
  }

  remove(path: string): boolean {
    if (this.links.delete(path)) return true;
    return this.files.delete(this.resolve(path));
  }

  /** Takes everything below `prefix` away: files, links, and directories that not every image has. */
  removeTree(prefix: string): void {
    for (const table of [this.files, this.links]) {
      for (const path of [...table.keys()]) if (path.startsWith(prefix)) table.delete(path);
    }
    for (const path of [...this.directories]) {
      if (path.startsWith(prefix) && !STANDARD_DIRECTORIES.includes(path)) this.directories.delete(path);
    }
  }

  /** Names directly below a directory, sorted. */
  list(directory: string): string[] {
    const base = directory.endsWith('/') ? directory : `${directory}/`;
    const names = new Set<string>();
    for (const path of [...this.files.keys(), ...this.links.keys(), ...this.directories]) {
      if (path.startsWith(base) && path.length > base.length)
        names.add(path.slice(base.length).split('/')[0]!);
    }
    return [...names].sort();
  }

  makeDirectory(path: string): void {
    this.directories.add(path);
  }

  /** Takes an empty directory away: false when it is not one. */
  removeDirectory(path: string): boolean {
    return this.list(path).length === 0 && this.directories.delete(path);
  }

  /** True for a directory made, a standard one, and one that has files. */
  isDirectory(path: string): boolean {
    if (this.directories.has(path)) return true;
    return this.list(path).length > 0 || this.dynamic.some(({ prefix }) => prefix.startsWith(`${path}/`));
  }

  private resolve(path: string): string {
    let current = path;
    for (let hops = 0; hops < 8; hops++) {
      const target = this.links.get(current);
      if (target === undefined) return current;
      current = target;
    }
    return current;
  }
}
