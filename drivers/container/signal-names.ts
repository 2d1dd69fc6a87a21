const SIGNALS: Readonly<Record<string, number>> = {
  HUP: 1,
  INT: 2,
  QUIT: 3,
  ILL: 4,
  TRAP: 5,
  ABRT: 6,
  BUS: 7,
  FPE: 8,
  KILL: 9,
  USR1: 10,
  SEGV: 11,
  USR2: 12,
  PIPE: 13,
  ALRM: 14,
  TERM: 15,
  CHLD: 17,
  CONT: 18,
  STOP: 19,
  TSTP: 20,
  TTIN: 21,
  TTOU: 22,
  WINCH: 28,
};

/** The number of `9`, `KILL` or `SIGKILL`; null for what is no signal (signal.ParseSignal). */
export function signalNumber(text: string): number | null {
  if (/^\d+$/.test(text)) return Number(text) > 0 && Number(text) <= 64 ? Number(text) : null;
  const name = text.toUpperCase().replace(/^SIG/, '');
  return Object.hasOwn(SIGNALS, name) ? SIGNALS[name]! : null;
}
