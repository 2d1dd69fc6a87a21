import type { NeighbourParameters } from './neighbour-parameters.ts';
import { numberEntry, type NumberKey, type SysctlEntry } from './sysctl-entry.ts';

const NS_PER_S = 1e9;
const NS_PER_MS = 1e6;

type ParameterKey = NumberKey<NeighbourParameters>;

const KEYS: readonly (readonly [name: string, key: ParameterKey, scale?: number])[] = [
  ['delay_first_probe_time', 'delayProbeTimeNs', NS_PER_S],
  ['retrans_time_ms', 'retransTimeNs', NS_PER_MS],
  ['gc_stale_time', 'gcStaletimeNs', NS_PER_S],
  ['ucast_solicit', 'ucastProbes'],
  ['mcast_solicit', 'mcastProbes'],
  ['app_solicit', 'appProbes'],
  ['unres_qlen_bytes', 'queueLenBytes'],
];

/** Where settings of neighbours are found and what else a write of them does. */
export interface NeighbourSettings {
  /** `net/ipv4/neigh` or `net/ipv6/neigh`. */
  readonly directory: string;
  /** Makes the time an entry stays reachable of a new base, which counts at once (neigh_proc_base_reachable_time). */
  readonly takeBaseTime: (parameters: NeighbourParameters) => void;
  /** The parameters of devices that exist. */
  readonly ofDevices: () => Iterable<NeighbourParameters>;
}

/**
 * Adds a neighbour table's settings of one device, or of `default`. A default that is written reaches the devices whose own
 * was never written (neigh_copy_dflt_parms of net/core/neighbour.c).
 */
export function addNeighbourEntries(
  entries: Map<string, SysctlEntry>,
  { directory, takeBaseTime, ofDevices }: NeighbourSettings,
  name: string,
  parameters: NeighbourParameters,
): void {
  const add = (key: string, field: ParameterKey, scale = 1, written?: () => void) => {
    const entry = numberEntry(parameters, field, scale);
    const write = (value: string) => {
      entry.write!(value);
      parameters.written.add(field);
      if (name === 'default') {
        for (const one of ofDevices()) if (!one.written.has(field)) one[field] = parameters[field];
      }
      written?.();
    };
    entries.set(`${directory}/${name}/${key}`, { read: entry.read, write });
  };
  const takeBase = () => takeBaseTime(parameters);
  add('base_reachable_time', 'baseReachableTimeNs', NS_PER_S, takeBase);
  add('base_reachable_time_ms', 'baseReachableTimeNs', NS_PER_MS, takeBase);
  for (const [key, field, scale] of KEYS) add(key, field, scale);
}
