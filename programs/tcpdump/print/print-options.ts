/** How the time stands at the start of a line: -t, the default, -tt, -ttt, -tttt and -ttttt. */
export type TimestampStyle = 'none' | 'clock' | 'seconds' | 'delta' | 'date' | 'elapsed';

/** Dump of the bytes below the line: -x, -xx, -X, -XX. The doubled ones include the link header. */
export type HexStyle = 'none' | 'x' | 'xx' | 'X' | 'XX';

/** tcpdump's options that decide what a line looks like. Addresses and ports are numbers always, as with -n. */
export interface PrintOptions {
  timestamp: TimestampStyle;
  /** --nano: nine digits after the point instead of six. */
  nanoseconds: boolean;
  /** -e */
  linkHeader: boolean;
  /** -q */
  quiet: boolean;
  /** -v, -vv, -vvv */
  verbose: number;
  /** -S: TCP sequence numbers as they are, not counted from the start of the connection. */
  absoluteSequence: boolean;
  hex: HexStyle;
  /** -A */
  ascii: boolean;
}

export const DEFAULT_PRINT_OPTIONS: PrintOptions = {
  timestamp: 'clock',
  nanoseconds: false,
  linkHeader: false,
  quiet: false,
  verbose: 0,
  absoluteSequence: false,
  hex: 'none',
  ascii: false,
};
