import { ICMP_TYPE } from '../../protocols/icmp.ts';
import {
  ECONNREFUSED,
  EHOSTDOWN,
  EHOSTUNREACH,
  EMSGSIZE,
  ENETUNREACH,
  ENONET,
  ENOPROTOOPT,
  EOPNOTSUPP,
  EPROTO,
} from './errno.ts';

/** Errors for the codes of "destination unreachable" and whether they end a connection (icmp_err_convert). */
const UNREACH_ERRNO: readonly { errno: number; fatal: boolean }[] = [
  { errno: ENETUNREACH, fatal: false },
  { errno: EHOSTUNREACH, fatal: false },
  { errno: ENOPROTOOPT, fatal: true },
  { errno: ECONNREFUSED, fatal: true },
  { errno: EMSGSIZE, fatal: false },
  { errno: EOPNOTSUPP, fatal: false },
  { errno: ENETUNREACH, fatal: true },
  { errno: EHOSTDOWN, fatal: true },
  { errno: ENONET, fatal: true },
  { errno: ENETUNREACH, fatal: true },
  { errno: EHOSTUNREACH, fatal: true },
  { errno: ENETUNREACH, fatal: false },
  { errno: EHOSTUNREACH, fatal: false },
  { errno: EHOSTUNREACH, fatal: true },
  { errno: EHOSTUNREACH, fatal: true },
  { errno: EHOSTUNREACH, fatal: true },
];

/** The error number an ICMP error means to a socket, and whether it is a hard one. */
export function icmpErrno(type: number, code: number): { errno: number; fatal: boolean } {
  if (type === ICMP_TYPE.DEST_UNREACH) return UNREACH_ERRNO[code] ?? { errno: EHOSTUNREACH, fatal: true };
  if (type === ICMP_TYPE.PARAMETERPROB) return { errno: EPROTO, fatal: true };
  return { errno: EHOSTUNREACH, fatal: false };
}
