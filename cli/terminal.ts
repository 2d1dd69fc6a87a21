import { fstatSync, writeSync } from 'node:fs';

/** What a command needs of the process it runs in, so that tests can stand in for it. */
export interface Terminal {
  /** Standard output. */
  out(text: string): void;
  /** Standard error. */
  err(text: string): void;
  /** Whether standard error is a terminal, which can show progress. */
  errIsTty(): boolean;
  /** How many characters a line of standard output has room for. */
  columns(): number;
  /** Environment variables. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

const DEFAULT_COLUMNS = 80;
const RETRY_MS = 5;

export const processTerminal: Terminal = {
  out: writerTo(1, () => process.stdout),
  err: writerTo(2, () => process.stderr),
  errIsTty: () => mayBeTerminal(2) && process.stderr.isTTY,
  columns: () => (mayBeTerminal(1) ? process.stdout.columns : undefined) ?? DEFAULT_COLUMNS,
  env: process.env,
};

/** Whether to colour standard error: NO_COLOR (no-color.org) and dumb terminals say no, FORCE_COLOR yes. */
export function wantsColour(terminal: Terminal): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = terminal.env;
  if (NO_COLOR !== undefined && NO_COLOR !== '') return false;
  if (FORCE_COLOR !== undefined && FORCE_COLOR !== '' && FORCE_COLOR !== '0') return true;
  return terminal.errIsTty() && TERM !== 'dumb';
}

function mayBeTerminal(descriptor: number): boolean {
  return fstatSync(descriptor).isCharacterDevice();
}

/** Node's own streams take as long to set up as a scenario takes to read: only a terminal gets them. */
function writerTo(descriptor: number, stream: () => NodeJS.WriteStream): (text: string) => void {
  let toStream: boolean | undefined;
  return (text) => {
    toStream ??= mayBeTerminal(descriptor);
    if (toStream) stream().write(text);
    else writeAll(descriptor, Buffer.from(text));
  };
}

/** When the reader goes away (`| head`) the run still goes on to write its files. */
function writeAll(descriptor: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length;) {
    try {
      at += writeSync(descriptor, bytes, at);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EPIPE') return;
      if (code !== 'EAGAIN') throw error;
      waitMs(RETRY_MS);
    }
  }
}

/** For a pipe that someone else has set to not wait, and that is full. */
function waitMs(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
