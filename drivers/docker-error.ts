/** What went wrong, as the daemon's API tells errors apart (errdefs: 404, 409, 400, 403, 500, 503). */
export type DockerErrorKind = 'notFound' | 'conflict' | 'invalid' | 'forbidden' | 'internal' | 'unavailable';

/** An error that Docker reports to its user. The message is Docker's own, without `Error response from daemon: `. */
export class DockerError extends Error {
  readonly kind: DockerErrorKind;

  constructor(kind: DockerErrorKind, message: string) {
    super(message);
    this.name = 'DockerError';
    this.kind = kind;
  }
}
