/**
 * The one place where the Docker layer runs iptables: with the arguments that dockerd passes, through the command
 * of the Linux layer.
 */
import type { NetNamespace } from '../core/namespace/net-namespace.ts';
import { AF_INET, AF_INET6 } from '../core/netfilter/conntrack/tuple.ts';
import { iptables, type CommandOutput } from '../core/netfilter/text/iptables-command.ts';
import { DockerError } from './docker-error.ts';

export type IptablesFamily = 4 | 6;

/** iptables or ip6tables on one namespace, with the helpers of libnetwork's iptables package. */
export class Iptables {
  readonly netns: NetNamespace;
  readonly family: IptablesFamily;

  constructor(netns: NetNamespace, family: IptablesFamily = 4) {
    this.netns = netns;
    this.family = family;
  }

  /** Runs the command; Docker's error when it fails. */
  run(...args: string[]): string {
    const { code, stdout, stderr } = this.execute(args);
    if (code === 0) return stdout;
    const command = this.family === 4 ? 'iptables' : 'ip6tables';
    throw new DockerError(
      'internal',
      `${command} failed: ${command} --wait ${args.join(' ')}: ${stderr} (exit status ${code})`,
    );
  }

  /** Runs the command and says whether it succeeded. */
  try(...args: string[]): boolean {
    return this.execute(args).code === 0;
  }

  exists(table: string, chain: string, rule: readonly string[]): boolean {
    return this.try('-t', table, '-C', chain, ...rule);
  }

  hasChain(table: string, chain: string): boolean {
    return this.try('-t', table, '-n', '-L', chain);
  }

  /** Makes a chain unless it is there. */
  ensureChain(table: string, chain: string): void {
    if (!this.hasChain(table, chain)) this.run('-t', table, '-N', chain);
  }

  /** Puts a rule at the end of a chain unless it is there. */
  append(table: string, chain: string, ...rule: string[]): void {
    if (!this.exists(table, chain, rule)) this.run('-t', table, '-A', chain, ...rule);
  }

  /** Puts a rule at the head of a chain unless it is there. */
  insert(table: string, chain: string, ...rule: string[]): void {
    if (!this.exists(table, chain, rule)) this.run('-t', table, '-I', chain, ...rule);
  }

  /** Takes a rule away if it is there. */
  delete(table: string, chain: string, ...rule: string[]): void {
    if (this.exists(table, chain, rule)) this.run('-t', table, '-D', chain, ...rule);
  }

  /** Makes the jump to `target` the first rule of a chain (EnsureJumpRule). */
  ensureJump(table: string, chain: string, target: string): void {
    this.delete(table, chain, '-j', target);
    this.run('-t', table, '-I', chain, '-j', target);
  }

  /** Makes RETURN the last rule of a chain (AddReturnRule). */
  addReturn(table: string, chain: string): void {
    this.append(table, chain, '-j', 'RETURN');
  }

  private execute(args: readonly string[]): CommandOutput {
    return iptables(this.netns, this.family === 4 ? AF_INET : AF_INET6, args);
  }
}
