/** What the command's exit codes mean. */
export const EXIT = {
  ok: 0,
  /** An expectation of the scenario failed. */
  failed: 1,
  /** The file or the arguments are wrong. */
  usage: 2,
  /** A bug in Dockwire (EX_SOFTWARE of sysexits.h). */
  bug: 70,
  /** 128 + SIGINT. */
  interrupted: 130,
} as const;
