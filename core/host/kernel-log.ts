/** Lines kept; older ones are overwritten, as in the kernel's ring (printk). */
const MAX_LINES = 4096;

export interface KernelLogLine {
  timeNs: number;
  text: string;
}

/** What the kernel of a machine logged: the lines of the LOG and TRACE targets. */
export class KernelLog {
  private held: KernelLogLine[] = [];

  add(timeNs: number, text: string): void {
    if (this.held.length === MAX_LINES) this.held.shift();
    this.held.push({ timeNs, text });
  }

  /** Oldest first. */
  get lines(): readonly KernelLogLine[] {
    return this.held;
  }

  clear(): void {
    this.held = [];
  }
}
