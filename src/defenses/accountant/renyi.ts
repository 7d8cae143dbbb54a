import { badInput } from '../../errors';
import { logNormalCdf } from '../../platform/math/distributions';
import { logDifference, logSum } from '../../platform/math/log-space';
import { checkDelta, checkEpsilon, stretches, type Spent } from './sampled-gaussian';

/** The orders at which Opacus accounts: 1.1 to 10.9 by 0.1, then 12 to 63. */
export const defaultOrders: readonly number[] = [
  ...Array.from({ length: 99 }, (_, i) => 1 + (i + 1) / 10),
  ...Array.from({ length: 52 }, (_, i) => 12 + i),
];

/** What a conversion from Renyi divergences gives. */
export interface RenyiEpsilon {
  /** At least 0; Infinity without privacy. */
  readonly epsilon: number;
  /** The order that gave it. At either end of the list, more orders might give a smaller epsilon. */
  readonly order: number;
}

/**
 * Renyi divergence in nats, at one order, of one step of the Poisson-subsampled Gaussian mechanism between data sets that
 * differ by one record added or removed: ln(A) / (order - 1), A = E_{z ~ N(0, sigma^2)}[(1 - q + q e^((2z - 1) / (2 sigma^2)))^order]
 * (Mironov, Talwar and Zhang 2019, arXiv:1908.10530, section 3.3). The direction computed is the larger one (Theorem 5).
 * Whole orders by the binomial sum without its constant terms, exact also where the divergence is tiny; fractional
 * orders by the two alternating series, with an absolute error of about 1e-15 in A.
 *
 * @param sampleRate q, in (0, 1]
 * @param noiseMultiplier sigma, at least 0
 * @param order above 1 and finite
 * @throws UserError if an argument is out of range
 */
export function renyiDivergence(sampleRate: number, noiseMultiplier: number, order: number): number {
  stretches({ sampleRate, noiseMultiplier, steps: 1 });
  checkOrder(order);
  if (noiseMultiplier === 0) return Infinity;
  if (sampleRate === 1) return order / (2 * noiseMultiplier ** 2);
  const logMoment = Number.isInteger(order) ? wholeLogMoment : fractionalLogMoment;
  return logMoment(sampleRate, noiseMultiplier, order) / (order - 1);
}

/** ln A = ln(1 + sum over k >= 2 of C(a, k) (1 - q)^(a - k) q^k (e^((k^2 - k) / (2 sigma^2)) - 1)): no term is negative. */
function wholeLogMoment(q: number, sigma: number, order: number): number {
  let logExcess = -Infinity;
  let logBinomial = 0;
  for (let k = 1; k <= order; k++) {
    logBinomial += Math.log((order - k + 1) / k);
    const exponent = (k * k - k) / (2 * sigma * sigma);
    if (exponent === 0) continue;
    const weight = logBinomial + (order - k) * Math.log1p(-q) + k * Math.log(q);
    logExcess = logSum(logExcess, weight + exponent + Math.log(-Math.expm1(-exponent)));
  }
  return logOnePlus(logExcess);
}

/** ln(1 + e^x), with its digits where e^x is tiny. */
function logOnePlus(x: number): number {
  return x > 0 ? x + Math.log1p(Math.exp(-x)) : Math.log1p(Math.exp(x));
}

/** ln(1e-16): smaller terms of the series change nothing. */
const negligible = -37;

/** Below and above z0, where both parts of the mixture are equal, the power is expanded in the smaller one. */
function fractionalLogMoment(q: number, sigma: number, order: number): number {
  const z0 = sigma * sigma * Math.log(1 / q - 1) + 0.5;
  const [logQ, logRest, twice] = [Math.log(q), Math.log1p(-q), 2 * sigma * sigma];
  let [below, above] = [-Infinity, -Infinity];
  let [logBinomial, positive] = [0, true];
  for (let i = 0; ; i++) {
    const j = order - i;
    const termBelow =
      logBinomial + i * logQ + j * logRest + (i * i - i) / twice + logNormalCdf((z0 - i) / sigma);
    const termAbove =
      logBinomial + j * logQ + i * logRest + (j * j - j) / twice + logNormalCdf((j - z0) / sigma);
    below = positive ? logSum(below, termBelow) : logDifference(below, termBelow);
    above = positive ? logSum(above, termAbove) : logDifference(above, termAbove);
    if (Math.max(termBelow, termAbove) < negligible) break;
    logBinomial += Math.log(Math.abs(j) / (i + 1));
    if (j < 0) positive = !positive;
  }
  return Math.max(0, logSum(below, above));
}

/** Divergences of all steps at each order: they add up under composition. */
function composed(spent: Spent, orders: readonly number[]): number[] {
  if (orders.length === 0) {
    throw badInput('orders', orders, 'must have at least one order', 'Leave them out for those of Opacus');
  }
  const list = stretches(spent);
  return orders.map((order) =>
    list.reduce(
      (sum, { sampleRate, noiseMultiplier, steps }) =>
        sum + steps * renyiDivergence(sampleRate, noiseMultiplier, order),
      0,
    ),
  );
}

/**
 * The smallest epsilon for which all steps together are (epsilon, delta)-DP by Renyi accounting; neighbors differ by one
 * record added or removed. From the divergence r at order a: r + ln((a - 1) / a) - (ln delta + ln a) / (a - 1)
 * (Balle et al. 2020, arXiv:1905.09982, Theorem 21; Canonne, Kamath and Steinke 2020), the least over the orders.
 *
 * @param delta in (0, 1)
 * @param orders above 1; default: those of Opacus
 * @throws UserError if an argument is out of range
 */
export function renyiEpsilon(
  spent: Spent,
  delta: number,
  orders: readonly number[] = defaultOrders,
): RenyiEpsilon {
  checkDelta(delta);
  if (stretches(spent).length === 0) return { epsilon: 0, order: orders[0] };
  let best: RenyiEpsilon = { epsilon: Infinity, order: orders[0] };
  composed(spent, orders).forEach((divergence, i) => {
    const order = orders[i];
    const epsilon = divergence + Math.log1p(-1 / order) - (Math.log(delta) + Math.log(order)) / (order - 1);
    if (epsilon < best.epsilon) best = { epsilon, order };
  });
  return { ...best, epsilon: Math.max(0, best.epsilon) };
}

/**
 * The smallest delta for which all steps together are (epsilon, delta)-DP by Renyi accounting: the same conversion,
 * solved for delta. In [0, 1].
 *
 * @param epsilon at least 0
 * @throws UserError if an argument is out of range
 */
export function renyiDelta(spent: Spent, epsilon: number, orders: readonly number[] = defaultOrders): number {
  checkEpsilon(epsilon);
  if (stretches(spent).length === 0) return 0;
  const logDeltas = composed(spent, orders).map((divergence, i) => {
    const order = orders[i];
    return (order - 1) * (divergence + Math.log1p(-1 / order) - epsilon) - Math.log(order);
  });
  return Math.exp(Math.min(0, ...logDeltas));
}

function checkOrder(order: number): void {
  if (!(order > 1 && order < Infinity)) {
    throw badInput('order', order, 'must be above 1 and finite', 'Leave orders out for those of Opacus');
  }
}
