import { ICMPV6_TYPE } from '../../protocols/icmpv6.ts';
import { EACCES, ECONNREFUSED, EHOSTUNREACH, EMSGSIZE, ENETUNREACH, EPROTO } from './errno.ts';

/** Errors for the codes of "destination unreachable" and whether they end a connection (tab_unreach). */
const UNREACH_ERRNO: readonly { errno: number; fatal: boolean }[] = [
  { errno: ENETUNREACH, fatal: false },
  { errno: EACCES, fatal: true },
  { errno: EHOSTUNREACH, fatal: false },
  { errno: EHOSTUNREACH, fatal: false },
  { errno: ECONNREFUSED, fatal: true },
  { errno: EACCES, fatal: true },
  { errno: EACCES, fatal: true },
];

/** icmpv6_err_convert: the error number an ICMPv6 error means to a socket, and whether it is a hard one. */
export function icmpv6Errno(type: number, code: number): { errno: number; fatal: boolean } {
  switch (type) {
    case ICMPV6_TYPE.DEST_UNREACH:
      return UNREACH_ERRNO[code] ?? { errno: EPROTO, fatal: false };
    case ICMPV6_TYPE.PKT_TOOBIG:
      return { errno: EMSGSIZE, fatal: false };
    case ICMPV6_TYPE.PARAMPROB:
      return { errno: EPROTO, fatal: true };
    case ICMPV6_TYPE.TIME_EXCEED:
      return { errno: EHOSTUNREACH, fatal: false };
    default:
      return { errno: EPROTO, fatal: false };
  }
}
