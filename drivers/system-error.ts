import { NetlinkError } from '../core/namespace/netlink-error.ts';

/** How Go words an error of the kernel: `invalid argument`. */
export function systemErrorText(error: unknown): string {
  if (!(error instanceof NetlinkError)) throw error;
  const text = error.errorText;
  return text.charAt(0).toLowerCase() + text.slice(1);
}
