/** Options of macvlan networks (libnetwork drivers/macvlan/macvlan_network.go). */
import { DockerError } from '../docker-error.ts';
import type { NetworkInfo } from '../driver.ts';
import { dummyParentName } from '../parent-link.ts';

export const MACVLAN_MODES = ['bridge', 'private', 'vepa', 'passthru'] as const;
export type MacvlanModeName = (typeof MACVLAN_MODES)[number];

export interface MacvlanOptions {
  /** `-o parent`, else the name of the dummy that stands in for it. */
  readonly parent: string;
  readonly dummyName: string;
  readonly hasDummyParent: boolean;
  readonly mode: MacvlanModeName;
  /** No default route: asked for with `--internal`, or for want of a parent. */
  readonly internal: boolean;
}

/** Reads the options of a network; unknown ones are ignored, as Docker does. */
export function parseMacvlanOptions(info: NetworkInfo): MacvlanOptions {
  const asked = info.driverOptions.get('macvlan_mode') ?? '';
  const mode = asked === '' ? 'bridge' : MACVLAN_MODES.find((each) => each === asked);
  if (mode === undefined) {
    throw new DockerError(
      'internal',
      `requested macvlan mode '${asked}' is not valid, 'bridge' mode is the macvlan driver default`,
    );
  }
  const parent = info.driverOptions.get('parent') ?? '';
  if (parent === 'lo') {
    throw new DockerError('internal', 'loopback interface is not a valid macvlan parent link');
  }
  const dummyName = dummyParentName('dm-', info.id);
  return {
    parent: parent === '' ? dummyName : parent,
    dummyName,
    hasDummyParent: parent === '',
    mode,
    internal: info.internal || parent === '',
  };
}
