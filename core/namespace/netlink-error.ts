/**
 * What the kernel answers to a netlink request it refuses: an error number's text (`File exists`), or a sentence of
 * its own (extended acknowledgement), which tools print in its place.
 */
export class NetlinkError extends Error {
  /** True for a sentence, which `ip` prints after `Error: `, and not after `RTNETLINK answers: `. */
  readonly extended: boolean;
  /** The error number's text, for those who do not read the sentence. */
  readonly errorText: string;

  constructor(message: string, extended = false, errorText = extended ? 'Invalid argument' : message) {
    super(message);
    this.extended = extended;
    this.errorText = errorText;
  }
}
