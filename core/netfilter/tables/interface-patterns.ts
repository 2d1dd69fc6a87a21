import type { NetDevice } from '../../device/net-device.ts';
import type { InterfaceTest } from './rule.ts';

/** How the tests of a rule set turn out for a device. */
export interface InterfaceResult {
  readonly name: string;
  /** For each pattern 1 when the device passes it. */
  readonly bits: Uint8Array;
  /** The number of the device's name among those that tests ask for as a whole, or 0. */
  readonly number: number;
}

/**
 * The interface tests of a rule set, numbered, and for each device which of them it passes: a rule's test is then
 * one load. Pattern 0 passes always.
 */
export class InterfacePatterns {
  private readonly tests: InterfaceTest[] = [];
  private readonly numbers = new Map<string, number>();
  private readonly exact = new Map<string, number>();
  private readonly results = new Map<NetDevice, InterfaceResult>();
  private noDevice: InterfaceResult | null = null;

  /** The number of a test; all are added before the first look-up. */
  add(test: InterfaceTest | null): number {
    if (test === null) return 0;
    const key = `${test.inverted ? '!' : ''}${test.name}`;
    let number = this.numbers.get(key);
    if (number === undefined) {
      this.tests.push(test);
      number = this.tests.length;
      this.numbers.set(key, number);
    }
    return number;
  }

  /** The number, from 1, of a name that a test asks for as a whole; 0 when it is inverted or has a `+`. */
  exactNumber(test: InterfaceTest | null): number {
    if (test === null || test.inverted || test.name.endsWith('+')) return 0;
    let number = this.exact.get(test.name);
    if (number === undefined) {
      number = this.exact.size + 1;
      this.exact.set(test.name, number);
    }
    return number;
  }

  /** How the tests turn out for a device. A packet without one has the empty name. */
  resultOf(device: NetDevice | null): InterfaceResult {
    if (device === null) return (this.noDevice ??= this.evaluate(''));
    const known = this.results.get(device);
    if (known !== undefined && known.name === device.name) return known;
    const result = this.evaluate(device.name);
    this.results.set(device, result);
    return result;
  }

  private evaluate(name: string): InterfaceResult {
    const bits = new Uint8Array(this.tests.length + 1);
    bits[0] = 1;
    this.tests.forEach((test, i) => {
      bits[i + 1] = interfaceMatches(test.name, name) !== test.inverted ? 1 : 0;
    });
    return { name, bits, number: this.exact.get(name) ?? 0 };
  }
}

/** Whether a device name fits a pattern (ifname_compare): the whole name, or what is before a final `+`. */
export function interfaceMatches(pattern: string, name: string): boolean {
  return pattern.endsWith('+') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}
