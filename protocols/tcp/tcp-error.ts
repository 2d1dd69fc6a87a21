/**
 * Why a connection failed, in the kernel's own error names: what a socket call would return (tcp_ipv4.c, icmp.c:
 * icmp_err_convert).
 */
export type TcpError =
  | 'ECONNREFUSED'
  | 'ECONNRESET'
  | 'ECONNABORTED'
  | 'ETIMEDOUT'
  | 'EHOSTUNREACH'
  | 'ENETUNREACH'
  | 'ENOPROTOOPT'
  | 'EMSGSIZE'
  | 'EOPNOTSUPP'
  | 'EPROTO'
  | 'EPIPE';
