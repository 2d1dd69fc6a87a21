/** How a Compose file is laid over another, as `-f a -f b` asks (Compose specification, chapter "Merge"). */

type YamlMap = Record<string, unknown>;

/** Keys whose list or text replaces the one below. */
const REPLACED = new Set(['command', 'entrypoint', 'test']);

/** Keys that may be `[NAME=value]` or `{NAME: value}`. */
const PAIR_LISTS = new Set(['environment', 'labels', 'sysctls', 'annotations', 'extra_hosts']);

/** Keys that may be a list of names or a map by name. */
const NAME_LISTS = new Set(['networks', 'depends_on']);

/** `over` laid over `base`: maps are merged, lists joined, everything else is replaced. */
export function mergeComposeData(base: unknown, over: unknown, key = ''): unknown {
  if (over === null || over === undefined) return base;
  if (REPLACED.has(key)) return over;
  const [below, above] = [asMapWhereItMayBe(base, key), asMapWhereItMayBe(over, key)];
  if (isMap(below) && isMap(above)) {
    const out: YamlMap = { ...below };
    for (const [name, value] of Object.entries(above)) out[name] = mergeComposeData(below[name], value, name);
    return out;
  }
  if (Array.isArray(below) && Array.isArray(above)) return joined(below, above);
  return above;
}

/** What stands in both lists stands in the result once. */
function joined(below: readonly unknown[], above: readonly unknown[]): unknown[] {
  const seen = new Set<string>();
  return [...below, ...above].filter((item) => {
    const text = JSON.stringify(item);
    return !seen.has(text) && seen.add(text);
  });
}

function asMapWhereItMayBe(value: unknown, key: string): unknown {
  if (!Array.isArray(value)) return value;
  if (PAIR_LISTS.has(key)) return Object.fromEntries(value.map(pairOf));
  if (!NAME_LISTS.has(key)) return value;
  const plain = key === 'depends_on' ? { condition: 'service_started' } : null;
  return Object.fromEntries(value.map((name) => [String(name), plain]));
}

function pairOf(entry: unknown): [string, unknown] {
  const text = String(entry);
  const match = /^([^=:]+)[=:](.*)$/s.exec(text);
  return match === null ? [text, null] : [match[1]!, match[2]!];
}

function isMap(value: unknown): value is YamlMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
