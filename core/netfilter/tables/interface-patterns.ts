import type { NetDevice } from '../../device/net-device.ts';
import type { InterfaceTest } from './rule.ts';

/**
 * The interface tests of a rule set, numbered, and for each device which of them it passes: a rule's test is then
 * one load. Pattern 0 passes always.
 */
export class InterfacePatterns {
  private readonly tests: InterfaceTest[] = [];
  private readonly numbers = new Map<string, number>();
  private readonly results = new Map<NetDevice, { name: string; bits: Uint8Array }>();
  private noDevice: Uint8Array | null = null;
  private lastDevice: NetDevice | null = null;
  private lastName = '';
  private lastBits: Uint8Array | null = null;

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

  /** For each pattern 1 when the device passes it. A packet without a device has the empty name. */
  bits(device: NetDevice | null): Uint8Array {
    if (device === null) return (this.noDevice ??= this.evaluate(''));
    if (device === this.lastDevice && device.name === this.lastName) return this.lastBits!;
    let known = this.results.get(device);
    if (known === undefined || known.name !== device.name) {
      known = { name: device.name, bits: this.evaluate(device.name) };
      this.results.set(device, known);
    }
    this.lastDevice = device;
    this.lastName = known.name;
    this.lastBits = known.bits;
    return known.bits;
  }

  private evaluate(name: string): Uint8Array {
    const bits = new Uint8Array(this.tests.length + 1);
    bits[0] = 1;
    this.tests.forEach((test, i) => {
      bits[i + 1] = interfaceMatches(test.name, name) !== test.inverted ? 1 : 0;
    });
    return bits;
  }
}

/** Whether a device name fits a pattern (ifname_compare): the whole name, or what is before a final `+`. */
export function interfaceMatches(pattern: string, name: string): boolean {
  return pattern.endsWith('+') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}
