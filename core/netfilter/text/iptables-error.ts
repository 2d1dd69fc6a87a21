/** Exit codes of iptables (enum xtables_exittype). */
export const PARAMETER_PROBLEM = 2;
export const VERSION_PROBLEM = 3;

/** A mistake in a command, with the words after `iptables v1.8.9 (legacy): `. */
export class ParameterError extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode = PARAMETER_PROBLEM) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** What the kernel refused, with the words after `iptables: `. Exit code 1. */
export class KernelError extends Error {}

/** The words of iptc_strerror and strerror that commands print. */
export const NO_CHAIN = 'No chain/target/match by that name.';
export const INVALID_ARGUMENT = "Invalid argument. Run `dmesg' for more information.";
