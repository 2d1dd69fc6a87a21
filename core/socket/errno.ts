/** Error numbers as Linux has them (include/uapi/asm-generic/errno.h). Calls return them negative, or 0. */
export const EPERM = 1;
export const EINTR = 4;
export const EAGAIN = 11;
export const EACCES = 13;
export const EINVAL = 22;
export const EPIPE = 32;
export const ENONET = 64;
export const EPROTO = 71;
export const EMSGSIZE = 90;
export const EPROTONOSUPPORT = 93;
export const ENOPROTOOPT = 92;
export const EOPNOTSUPP = 95;
export const EAFNOSUPPORT = 97;
export const EADDRINUSE = 98;
export const EADDRNOTAVAIL = 99;
export const ENETDOWN = 100;
export const ENETUNREACH = 101;
export const ECONNABORTED = 103;
export const ECONNRESET = 104;
export const ENOBUFS = 105;
export const EISCONN = 106;
export const ENOTCONN = 107;
export const ETIMEDOUT = 110;
export const ECONNREFUSED = 111;
export const EHOSTDOWN = 112;
export const EHOSTUNREACH = 113;
export const EINPROGRESS = 115;

const MESSAGES: ReadonlyMap<number, string> = new Map([
  [EPERM, 'Operation not permitted'],
  [EINTR, 'Interrupted system call'],
  [EAGAIN, 'Resource temporarily unavailable'],
  [EACCES, 'Permission denied'],
  [EINVAL, 'Invalid argument'],
  [EPIPE, 'Broken pipe'],
  [EMSGSIZE, 'Message too long'],
  [ENOPROTOOPT, 'Protocol not available'],
  [EPROTONOSUPPORT, 'Protocol not supported'],
  [EAFNOSUPPORT, 'Address family not supported by protocol'],
  [EADDRINUSE, 'Address already in use'],
  [EADDRNOTAVAIL, 'Cannot assign requested address'],
  [ENETDOWN, 'Network is down'],
  [ENETUNREACH, 'Network is unreachable'],
  [ECONNABORTED, 'Software caused connection abort'],
  [ECONNRESET, 'Connection reset by peer'],
  [ENOBUFS, 'No buffer space available'],
  [EISCONN, 'Transport endpoint is already connected'],
  [ENOTCONN, 'Transport endpoint is not connected'],
  [ETIMEDOUT, 'Connection timed out'],
  [ECONNREFUSED, 'Connection refused'],
  [EHOSTDOWN, 'Host is down'],
  [EHOSTUNREACH, 'No route to host'],
  [EINPROGRESS, 'Operation now in progress'],
]);

/** strerror: the C library's text for an error number. */
export function errnoMessage(errno: number): string {
  return MESSAGES.get(errno) ?? `Unknown error ${errno}`;
}
