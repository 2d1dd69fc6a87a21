/**
 * Values as Go templates see them. A plain object is a struct, its keys the JSON names in the order of the fields; a
 * Map is a Go map; `undefined` is what a missing key of a map gives.
 */
export type GoValue =
  string | number | boolean | null | undefined | readonly GoValue[] | ReadonlyMap<string, GoValue> | GoStruct;

export interface GoStruct {
  readonly [field: string]: GoValue;
}

/** Fields whose name in Go is not their name in JSON. */
const GO_NAMES: Readonly<Record<string, string>> = {
  Id: 'ID',
  AuxiliaryAddresses: 'AuxAddress',
  HostIp: 'HostIP',
  Dns: 'DNS',
  DnsOptions: 'DNSOptions',
  DnsSearch: 'DNSSearch',
};

export function goName(jsonName: string): string {
  return GO_NAMES[jsonName] ?? jsonName;
}

export function isGoMap(value: GoValue): value is ReadonlyMap<string, GoValue> {
  return value instanceof Map;
}

export function isGoStruct(value: GoValue): value is GoStruct {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Map);
}

/** The entries of a map in the order in which Go walks over it in templates and JSON: by key. */
export function sortedEntries(map: ReadonlyMap<string, GoValue>): [string, GoValue][] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

/** The value as it is once it has been through JSON: structs are maps. */
export function asRaw(value: GoValue): GoValue {
  if (Array.isArray(value)) return value.map((each: GoValue) => asRaw(each));
  if (isGoMap(value)) return new Map([...value].map(([key, each]) => [key, asRaw(each)]));
  if (isGoStruct(value)) return new Map(Object.entries(value).map(([key, each]) => [key, asRaw(each)]));
  return value;
}

/** Truth in templates: false for zero, nil and what is empty. Structs are true. */
export function isTrue(value: GoValue): boolean {
  if (value === null || value === undefined || value === false || value === 0 || value === '') return false;
  if (Array.isArray(value)) return value.length > 0;
  return isGoMap(value) ? value.size > 0 : true;
}
