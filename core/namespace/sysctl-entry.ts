/** One setting under /proc/sys: its text without the newline, and how it is set. `write` throws on a bad value. */
export interface SysctlEntry {
  read(): string;
  /** null: the setting cannot be written. */
  write: ((value: string) => void) | null;
  /** Cannot be read, only written (net.ipv4.route.flush). */
  writeOnly?: boolean;
}

/** The numbers of an object that hold numbers. */
export type NumberKey<T> = { [K in keyof T]: T[K] extends number ? K : never }[keyof T];

/** An entry that is a number of an object, in units of `scale`. */
export function numberEntry<T>(owner: T, key: NumberKey<T>, scale = 1): SysctlEntry {
  const record = owner as Record<typeof key, number>;
  return {
    read: () => String(Math.round(record[key] / scale)),
    write: (value) => void (record[key] = parseNumber(value) * scale),
  };
}

/** A fixed entry, for what is the same in every kernel that is modelled. */
export function constantEntry(text: string): SysctlEntry {
  return { read: () => text, write: null };
}

export function parseNumber(value: string): number {
  const text = value.trim();
  if (!/^-?(\d+|0x[0-9a-fA-F]+)$/.test(text)) throw new Error('Invalid argument');
  return Number(text);
}

/** An entry of several numbers, written with tabs between. */
export function rangeEntry(values: number[]): SysctlEntry {
  return {
    read: () => values.join('\t'),
    write: (text) => {
      const numbers = text.trim().split(/\s+/).map(parseNumber);
      if (numbers.length > values.length) throw new Error('Invalid argument');
      numbers.forEach((number, i) => (values[i] = number));
    },
  };
}
