/** States of a TCP connection as IPVS keeps them (IP_VS_TCP_S_*). */
export const TCP_S_NONE = 0;
export const TCP_S_ESTABLISHED = 1;
export const TCP_S_SYN_RECV = 3;
export const TCP_S_FIN_WAIT = 4;
export const TCP_S_TIME_WAIT = 5;
export const TCP_S_CLOSE = 6;

export const TCP_STATE_NAMES = [
  'NONE',
  'ESTABLISHED',
  'SYN_SENT',
  'SYN_RECV',
  'FIN_WAIT',
  'TIME_WAIT',
  'CLOSE',
  'CLOSE_WAIT',
  'LAST_ACK',
  'LISTEN',
  'SYNACK',
] as const;

/** Timeouts by state, in seconds (ip_vs_proto_tcp.c tcp_timeouts). */
export const TCP_TIMEOUTS_S: readonly number[] = [2, 900, 120, 60, 120, 120, 10, 60, 30, 120, 120];

/** Which way a packet goes; INPUT_ONLY when only the client's are seen. */
export const DIRECTION_INPUT = 0;
export const DIRECTION_OUTPUT = 1;
export const DIRECTION_INPUT_ONLY = 2;

const STATES = TCP_STATE_NAMES.length;
const FIN = 0x01;
const SYN = 0x02;
const RST = 0x04;
const ACK = 0x10;

/** By direction, then SYN, FIN, ACK, RST; a column for each state, as two-letter abbreviations of the next. */
const TRANSITIONS = nextStates(`
  SR ES ES SR SR SR SR SR SR SR SR
  CL CW SS TW TW TW CL CW LA LI TW
  ES ES SS ES FW TW CL CW CL LI ES
  CL CL CL SR CL CL CL CL LA LI SR

  SS ES SS SR SS SS SS SS SS LI SR
  TW FW SS TW FW TW CL TW LA LI TW
  ES ES SS ES FW TW CL CW LA ES ES
  CL CL SS CL CL TW CL CL CL CL CL

  SR ES ES SR SR SR SR SR SR SR SR
  CL FW SS TW FW TW CL CW LA LI TW
  ES ES SS ES FW TW CL CW CL LI ES
  CL CL CL SR CL CL CL CL LA LI CL`);

/** The state after a segment with `flags` (set_tcp_state, the table of `secure_tcp` off). */
export function nextTcpState(state: number, flags: number, direction: number): number {
  const row =
    (flags & RST) !== 0
      ? 3
      : (flags & SYN) !== 0
        ? 0
        : (flags & FIN) !== 0
          ? 1
          : (flags & ACK) !== 0
            ? 2
            : -1;
  return row < 0 ? TCP_S_CLOSE : TRANSITIONS[(direction * 4 + row) * STATES + state]!;
}

function nextStates(text: string): Uint8Array {
  const abbreviations = ['NO', 'ES', 'SS', 'SR', 'FW', 'TW', 'CL', 'CW', 'LA', 'LI', 'SA'];
  return Uint8Array.from(text.trim().split(/\s+/), (word) => abbreviations.indexOf(word));
}
