const NONE: readonly never[] = [];

/** Values under numbers, several under one, in the order they came: the chains of the kernel's hash tables. */
export class Buckets<Value> {
  private readonly chains = new Map<number, Value[]>();

  /** What is under a number. */
  at(key: number): readonly Value[] {
    return this.chains.get(key) ?? NONE;
  }

  add(key: number, value: Value): void {
    const chain = this.chains.get(key);
    if (chain === undefined) this.chains.set(key, [value]);
    else chain.push(value);
  }

  /** Does nothing when the value is not there. */
  remove(key: number, value: Value): void {
    const chain = this.chains.get(key);
    const index = chain?.indexOf(value) ?? -1;
    if (chain === undefined || index < 0) return;
    chain.splice(index, 1);
    if (chain.length === 0) this.chains.delete(key);
  }

  /** The values of each number. */
  all(): Iterable<readonly Value[]> {
    return this.chains.values();
  }

  /** All values, those of the number that came first before others. */
  list(): Value[] {
    return [...this.chains.values()].flat();
  }

  /** All values by number. */
  sorted(): Value[] {
    return [...this.chains.keys()].sort((a, b) => a - b).flatMap((key) => this.chains.get(key)!);
  }

  clear(): void {
    this.chains.clear();
  }
}
