/** A release of the Docker engine, such as 20.10 or 28.5: what it does differs between releases. */
export interface EngineRelease {
  readonly major: number;
  readonly minor: number;
}

/** The release that is followed when none is named. */
export const DEFAULT_ENGINE_RELEASE: EngineRelease = { major: 20, minor: 10 };

/** Reads `20.10`, `28` or `27.5.1`; a patch level is accepted and ignored. Throws on anything else. */
export function parseEngineRelease(text: string): EngineRelease {
  const match = /^v?(\d{2})(?:\.(\d{1,2})(?:\.\d+)?)?$/.exec(text);
  if (match === null) throw new Error(`invalid Docker release "${text}": expected major.minor, as 20.10`);
  return { major: Number(match[1]), minor: Number(match[2] ?? 0) };
}

/** True when `release` is `major.minor` or younger. */
export function isAtLeast(release: EngineRelease, major: number, minor = 0): boolean {
  return release.major > major || (release.major === major && release.minor >= minor);
}
