import { normalCdf } from './distributions';

const halfLogTwoPi = 0.5 * Math.log(2 * Math.PI);

/**
 * ln Phi(z) of the standard normal distribution, accurate in both tails: to the left by the asymptotic series of Mills'
 * ratio where Phi itself would underflow, to the right through log1p. 0 only above z = 38.
 */
export function logNormalCdf(z: number): number {
  if (z > 0) return Math.log1p(-normalCdf(-z));
  if (z > -30) return Math.log(normalCdf(z));
  let term = 1;
  let sum = 0;
  for (let k = 1; k <= 8; k++) {
    term *= -(2 * k - 1) / (z * z);
    sum += term;
  }
  return -0.5 * z * z - halfLogTwoPi - Math.log(-z) + Math.log1p(sum);
}
