import type { EngineRelease } from '../../../drivers/engine-release.ts';

interface ReleaseVersions {
  readonly patch: number;
  readonly api: string;
  /** The oldest API that the daemon still speaks. */
  readonly oldestApi: string;
}

/** A patch of each followed release, and its versions of the API (Docker's API version matrix). */
const VERSIONS: Readonly<Record<string, ReleaseVersions>> = {
  '20.10': { patch: 24, api: '1.41', oldestApi: '1.12' },
  '23.0': { patch: 6, api: '1.42', oldestApi: '1.12' },
  '24.0': { patch: 9, api: '1.43', oldestApi: '1.12' },
  '25.0': { patch: 5, api: '1.44', oldestApi: '1.24' },
  '26.1': { patch: 4, api: '1.45', oldestApi: '1.24' },
  '27.5': { patch: 1, api: '1.47', oldestApi: '1.24' },
  '28.0': { patch: 4, api: '1.48', oldestApi: '1.24' },
  '28.1': { patch: 1, api: '1.49', oldestApi: '1.24' },
  '28.2': { patch: 2, api: '1.50', oldestApi: '1.24' },
  '28.3': { patch: 3, api: '1.51', oldestApi: '1.24' },
  '28.4': { patch: 0, api: '1.51', oldestApi: '1.24' },
  '28.5': { patch: 2, api: '1.51', oldestApi: '1.24' },
  '29.0': { patch: 4, api: '1.52', oldestApi: '1.44' },
  '29.1': { patch: 4, api: '1.52', oldestApi: '1.44' },
  '29.2': { patch: 0, api: '1.53', oldestApi: '1.44' },
  '29.3': { patch: 1, api: '1.54', oldestApi: '1.40' },
  '29.4': { patch: 0, api: '1.54', oldestApi: '1.40' },
  '29.5': { patch: 0, api: '1.54', oldestApi: '1.40' },
};

/** The newest API of all, for a release that no user can ask for. */
const NEWEST: ReleaseVersions = { patch: 0, api: '1.54', oldestApi: '1.40' };

function versionsOf({ major, minor }: EngineRelease): ReleaseVersions {
  return VERSIONS[`${major}.${minor}`] ?? NEWEST;
}

/** `20.10.24` */
export function releaseText(release: EngineRelease): string {
  return `${release.major}.${release.minor}.${versionsOf(release).patch}`;
}

/** The API's version: `1.41`. */
export function apiVersion(release: EngineRelease): string {
  return versionsOf(release).api;
}

/** The oldest version of the API that the daemon accepts: `1.12`. */
export function oldestApiVersion(release: EngineRelease): string {
  return versionsOf(release).oldestApi;
}
