/** Options of ipvlan networks (libnetwork drivers/ipvlan/ipvlan_network.go). */
import { DockerError } from '../docker-error.ts';
import type { NetworkInfo } from '../driver.ts';
import { isAtLeast, type EngineRelease } from '../engine-release.ts';
import { dummyParentName } from '../parent-link.ts';

export type IpvlanModeName = 'l2' | 'l3' | 'l3s';
export type IpvlanFlagName = 'bridge' | 'private' | 'vepa';

export interface IpvlanOptions {
  /** `-o parent`, else the name of the dummy that stands in for it. */
  readonly parent: string;
  readonly dummyName: string;
  readonly hasDummyParent: boolean;
  readonly mode: IpvlanModeName;
  readonly flag: IpvlanFlagName;
  /** No default route: asked for with `--internal`, or for want of a parent. */
  readonly internal: boolean;
}

/** Reads the options of a network; unknown ones are ignored. Mode l3s and flags are known from release 23. */
export function parseIpvlanOptions(info: NetworkInfo, release: EngineRelease): IpvlanOptions {
  const knowsFlags = isAtLeast(release, 23);
  const mode = parseMode(info.driverOptions.get('ipvlan_mode') ?? '', knowsFlags);
  const flag = knowsFlags ? parseFlag(info.driverOptions.get('ipvlan_flag') ?? '') : 'bridge';
  const parent = info.driverOptions.get('parent') ?? '';
  if (parent === 'lo') {
    throw new DockerError('internal', 'loopback interface is not a valid ipvlan parent link');
  }
  const dummyName = dummyParentName('di-', info.id);
  return {
    parent: parent === '' ? dummyName : parent,
    dummyName,
    hasDummyParent: parent === '',
    mode,
    flag,
    internal: info.internal || parent === '',
  };
}

function parseMode(asked: string, knowsL3s: boolean): IpvlanModeName {
  if (asked === '') return 'l2';
  if (asked === 'l2' || asked === 'l3' || (asked === 'l3s' && knowsL3s)) return asked;
  throw new DockerError(
    'internal',
    `requested ipvlan mode '${asked}' is not valid, 'l2' mode is the ipvlan driver default`,
  );
}

function parseFlag(asked: string): IpvlanFlagName {
  if (asked === '') return 'bridge';
  if (asked === 'bridge' || asked === 'private' || asked === 'vepa') return asked;
  throw new DockerError(
    'internal',
    `requested ipvlan flag '${asked}' is not valid, 'bridge' is the ipvlan driver default`,
  );
}
