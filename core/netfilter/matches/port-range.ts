import {
  alias,
  bang,
  INVERTIBLE_VALUE,
  type GivenOptions,
  type OptionForm,
  type RuleSurroundings,
} from '../text/extension.ts';
import { KernelError, INVALID_ARGUMENT } from '../text/iptables-error.ts';
import { parsePortRange, portText } from '../text/services.ts';

/** `--sport` and `--dport` with their other names. */
export const PORT_OPTIONS: Readonly<Record<string, OptionForm>> = {
  'source-port': INVERTIBLE_VALUE,
  sport: alias('source-port', INVERTIBLE_VALUE),
  'destination-port': INVERTIBLE_VALUE,
  dport: alias('destination-port', INVERTIBLE_VALUE),
};

/** A test of one port: a range, perhaps inverted. */
export class PortRange {
  readonly low: number;
  readonly high: number;
  readonly inverted: boolean;

  constructor(low: number, high: number, inverted: boolean) {
    this.low = low;
    this.high = high;
    this.inverted = inverted;
  }

  /** The range of an option, any port when it was not given. */
  static from(given: GivenOptions, option: string): PortRange {
    const found = given.get(option);
    if (found === undefined) return new PortRange(0, 65535, false);
    const [low, high] = parsePortRange(given.extension, option, found.values[0]!);
    return new PortRange(low, high, found.inverted);
  }

  get isAny(): boolean {
    return this.low === 0 && this.high === 65535 && !this.inverted;
  }

  matches(port: number): boolean {
    return (port >= this.low && port <= this.high) !== this.inverted;
  }

  save(option: string): string {
    if (this.isAny) return '';
    const range = this.low === this.high ? `${this.low}` : `${this.low}:${this.high}`;
    return `${bang(this.inverted)} ${option} ${range}`;
  }

  list(name: string, numeric: boolean): string {
    if (this.isAny) return '';
    const inverted = this.inverted ? '!' : '';
    const low = portText(this.low, numeric);
    return this.low === this.high
      ? ` ${name}:${inverted}${low}`
      : ` ${name}s:${inverted}${low}:${portText(this.high, numeric)}`;
  }
}

/** What the kernel says to a protocol's match in a rule without that `-p`. */
export function requireProtocol(_name: string, protocol: number, rule: RuleSurroundings): void {
  if (rule.protocol !== protocol || rule.protocolInverted) throw new KernelError(INVALID_ARGUMENT);
}
