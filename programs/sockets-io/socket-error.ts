import { errnoMessage } from '../../core/socket/errno.ts';

/** A socket call that failed, with Linux's error number. */
export class SocketError extends Error {
  readonly errno: number;

  constructor(errno: number) {
    super(errnoMessage(errno));
    this.errno = errno;
  }
}

/** The program's own time-out passed before a socket call was done. */
export class SocketTimeout extends Error {}
