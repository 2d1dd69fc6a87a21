import { iptables } from '../../core/netfilter/text/iptables-command.ts';
import type { NetNamespace } from '../../core/namespace/net-namespace.ts';
import { DockerError } from '../docker-error.ts';

export type IptablesFamily = 4 | 6;

/** Docker's use of iptables in one namespace (libnetwork/iptables): every helper looks for the same rule first. */
export class Iptables {
  private readonly netns: NetNamespace;
  private readonly family: IptablesFamily;

  constructor(netns: NetNamespace, family: IptablesFamily = 4) {
    this.netns = netns;
    this.family = family;
  }

  /** Runs one command; true when it succeeded. */
  try(...args: string[]): boolean {
    return iptables(this.netns, this.family, args).code === 0;
  }

  /** Runs one command, which must succeed. */
  run(...args: string[]): void {
    const { code, stderr } = iptables(this.netns, this.family, args);
    if (code === 0) return;
    throw new DockerError('internal', `iptables failed: iptables --wait ${args.join(' ')}: ${stderr.trim()}`);
  }

  exists(table: string, chain: string, rule: readonly string[]): boolean {
    return this.try('-t', table, '-C', chain, ...rule);
  }

  append(table: string, chain: string, rule: readonly string[]): void {
    if (!this.exists(table, chain, rule)) this.run('-t', table, '-A', chain, ...rule);
  }

  insert(table: string, chain: string, rule: readonly string[]): void {
    if (!this.exists(table, chain, rule)) this.run('-t', table, '-I', chain, ...rule);
  }

  delete(table: string, chain: string, rule: readonly string[]): void {
    if (this.exists(table, chain, rule)) this.run('-t', table, '-D', chain, ...rule);
  }

  /** Deletes the rule if it is there and puts it at the head (EnsureJumpRule). */
  ensureFirst(table: string, chain: string, rule: readonly string[]): void {
    this.delete(table, chain, rule);
    this.run('-t', table, '-I', chain, ...rule);
  }

  newChain(table: string, chain: string): void {
    this.try('-t', table, '-N', chain);
  }
}
