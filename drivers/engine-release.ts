/** A release of the Docker engine, such as 20.10 or 28.5: what it does differs between releases. */
export interface EngineRelease {
  readonly major: number;
  readonly minor: number;
}

/** The release that is followed when none is named. */
export const DEFAULT_ENGINE_RELEASE: EngineRelease = { major: 20, minor: 10 };

/** The releases whose behaviour a user can ask for, oldest first. `docs/reference/releases.md` says what differs. */
export const FOLLOWED_RELEASES: readonly string[] = [
  '20.10',
  '23.0',
  '24.0',
  '25.0',
  '26.1',
  '27.5',
  ...['28.0', '28.1', '28.2', '28.3', '28.4', '28.5'],
  ...['29.0', '29.1', '29.2', '29.3', '29.4', '29.5'],
];

/** Reads `20.10`, `28` or `27.5.1`; a patch level is accepted and ignored. Throws on anything else. */
export function parseEngineRelease(text: string): EngineRelease {
  const match = /^v?(\d{2})(?:\.(\d{1,2})(?:\.\d+)?)?$/.exec(text);
  if (match === null) throw new Error(`invalid Docker release "${text}": expected major.minor, as 20.10`);
  return { major: Number(match[1]), minor: Number(match[2] ?? 0) };
}

/**
 * The followed release that a text names, as `major.minor`; null when there is none. A patch level is ignored, a major
 * alone is its first followed release: `27` is 27.5, and `28`, which is how YAML reads 28.0, is 28.0.
 */
export function followedRelease(text: string): string | null {
  const match = /^v?(\d{2})(\.\d{1,2})?(?:\.\d+)?$/.exec(text);
  if (match === null) return null;
  const [, major, minor] = match;
  if (minor === undefined) return FOLLOWED_RELEASES.find((known) => known.startsWith(`${major}.`)) ?? null;
  return FOLLOWED_RELEASES.find((known) => known === `${major}${minor}`) ?? null;
}

/** True when `release` is `major.minor` or younger. */
export function isAtLeast(release: EngineRelease, major: number, minor = 0): boolean {
  return release.major > major || (release.major === major && release.minor >= minor);
}
