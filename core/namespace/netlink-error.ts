/**
 * What the kernel answers to a netlink request it refuses: an error number's text (`File exists`), or a sentence of
 * its own (extended acknowledgement), which tools print in its place.
 */
export class NetlinkError extends Error {
  /** True for a sentence, which `ip` prints after `Error: `, and not after `RTNETLINK answers: `. */
  readonly extended: boolean;

  constructor(message: string, extended = false) {
    super(message);
    this.extended = extended;
  }
}
