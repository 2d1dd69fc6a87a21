/** What a command needs of the process it runs in, so that tests can stand in for it. */
export interface Terminal {
  /** Standard output. */
  out(text: string): void;
  /** Standard error. */
  err(text: string): void;
  /** Whether standard error is a terminal, which can show progress. */
  readonly errIsTty: boolean;
  /** Environment variables. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

export const processTerminal: Terminal = {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  errIsTty: process.stderr.isTTY === true,
  env: process.env,
};

/** Whether to colour standard error: NO_COLOR (no-color.org) and dumb terminals say no, FORCE_COLOR yes. */
export function wantsColour(terminal: Terminal): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = terminal.env;
  if (NO_COLOR !== undefined && NO_COLOR !== '') return false;
  if (FORCE_COLOR !== undefined && FORCE_COLOR !== '' && FORCE_COLOR !== '0') return true;
  return terminal.errIsTty && TERM !== 'dumb';
}

/** When the reader of standard output goes away (`| head`) the run still goes on to write its files. */
export function outliveReader(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}
