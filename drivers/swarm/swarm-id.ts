/** Ids and secrets of a swarm (swarmkit identity/randomid.go, ca/certificates.go): numbers in base 36. */
import type { RandomStream } from '../../core/sim/random-streams.ts';

/** Digits of a 128-bit number in base 36. */
const ID_DIGITS = 25;
/** Digits of a 256-bit number in base 36. */
const DIGEST_DIGITS = 50;

/** The id of a node, network, service or task: 25 digits. */
export function drawSwarmId(random: RandomStream): string {
  return base36(random.hex(32), ID_DIGITS);
}

/** The digest of the root certificate, which is the same in every token of a swarm. */
export function drawCaDigest(random: RandomStream): string {
  return base36(random.hex(64), DIGEST_DIGITS);
}

/** SWMTKN-1-DIGEST-SECRET. */
export function drawJoinToken(caDigest: string, random: RandomStream): string {
  return `SWMTKN-1-${caDigest}-${base36(random.hex(32), ID_DIGITS)}`;
}

function base36(hex: string, digits: number): string {
  return BigInt(`0x${hex}`).toString(36).padStart(digits, '0');
}
