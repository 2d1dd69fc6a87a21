/** How the macvlans of a port stand to each other (enum macvlan_mode in if_link.h). */
export const MACVLAN_MODE_PRIVATE = 1;
export const MACVLAN_MODE_VEPA = 2;
export const MACVLAN_MODE_BRIDGE = 4;
export const MACVLAN_MODE_PASSTHRU = 8;
export const MACVLAN_MODE_ALL = 15;

const NAMES: readonly (readonly [string, number])[] = [
  ['private', MACVLAN_MODE_PRIVATE],
  ['vepa', MACVLAN_MODE_VEPA],
  ['bridge', MACVLAN_MODE_BRIDGE],
  ['passthru', MACVLAN_MODE_PASSTHRU],
];

/** The mode of a name, undefined for one that is not modelled (`source`) or does not exist. */
export function macvlanMode(name: string): number | undefined {
  return NAMES.find(([known]) => known === name)?.[1];
}

export function macvlanModeName(mode: number): string {
  return NAMES.find(([, known]) => known === mode)![0];
}
