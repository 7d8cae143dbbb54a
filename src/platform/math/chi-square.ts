import stdlibErfc from '@stdlib/math-base-special-erfc';
import { badInput } from '../../errors';

/**
 * P(X >= x) for X of the chi-square distribution with `df` degrees of freedom: the upper regularized gamma function
 * Q(df / 2, x / 2), by Q(a + 1, y) = Q(a, y) + y^a e^-y / Gamma(a + 1) from Q(1/2, y) = erfc(sqrt y) or Q(1, y) = e^-y.
 * All terms are positive, so small values keep their digits. Costs df / 2 steps.
 *
 * @param x >= 0
 * @param df an integer >= 1
 * @throws UserError when an argument is outside its range
 */
export function chiSquareUpperTail(x: number, df: number): number {
  if (!(x >= 0)) throw badInput('the chi-square statistic', x, 'must be at least 0', 'Check the table');
  if (!Number.isInteger(df) || df < 1) {
    throw badInput('the degrees of freedom', df, 'must be an integer of at least 1', 'Pass two categories');
  }
  const y = x / 2;
  if (y === 0) return 1;
  const odd = df % 2 === 1;
  let sum = odd ? stdlibErfc(Math.sqrt(y)) : Math.exp(-y);
  // ln of y^a e^-y / Gamma(a + 1), first for a = 1/2, Gamma(3/2) = sqrt(pi) / 2, or a = 1.
  let logTerm = odd ? Math.log(y) / 2 - y - Math.log(Math.sqrt(Math.PI) / 2) : Math.log(y) - y;
  for (let a = odd ? 0.5 : 1; a < df / 2; a++) {
    sum += Math.exp(logTerm);
    logTerm += Math.log(y) - Math.log(a + 1);
  }
  return Math.min(1, sum);
}
