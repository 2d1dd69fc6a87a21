import { bisect } from 'simple-statistics';

/**
 * The t with P(|T| ≤ t) = `confidence` for `degrees` degrees of freedom, a whole number from 1: 2.262 for 0.95 and 9.
 * Abramowitz and Stegun 26.7.3 and 26.7.4, inverted by bisection.
 */
export function studentT(confidence: number, degrees: number): number {
  const angle = bisect((theta) => probability(theta, degrees) - confidence, 0, Math.PI / 2, 60, 1e-15);
  return Math.tan(Number(angle)) * Math.sqrt(degrees);
}

/** P(|T| ≤ t) for t = √degrees · tan(theta). */
function probability(theta: number, degrees: number): number {
  const [sin, cos] = [Math.sin(theta), Math.cos(theta)];
  const isOdd = degrees % 2 === 1;
  let sum = 0;
  let term = isOdd ? cos : 1;
  for (let k = isOdd ? 3 : 2; k <= degrees; k += 2) {
    sum += term;
    term *= ((k - 1) / k) * cos * cos;
  }
  return isOdd ? (2 / Math.PI) * (theta + sin * sum) : sin * sum;
}
