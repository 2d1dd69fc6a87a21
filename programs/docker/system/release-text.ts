import type { EngineRelease } from '../../../drivers/engine-release.ts';

/** The last patch of releases whose behaviour is followed closely. */
const PATCHES: Readonly<Record<string, string>> = {
  '20.10': '24',
  '23.0': '6',
  '24.0': '9',
  '25.0': '5',
  '26.1': '4',
  '27.5': '1',
  '28.0': '4',
  '28.5': '2',
};

/** `20.10.24` */
export function releaseText({ major, minor }: EngineRelease): string {
  return `${major}.${minor}.${PATCHES[`${major}.${minor}`] ?? '0'}`;
}

/** The API's version (docker/cli documents the pairs). */
export function apiVersion({ major }: EngineRelease): string {
  const versions: Readonly<Record<number, string>> = {
    20: '1.41',
    23: '1.42',
    24: '1.43',
    25: '1.44',
    26: '1.45',
    27: '1.47',
    28: '1.51',
  };
  return versions[major] ?? '1.52';
}
