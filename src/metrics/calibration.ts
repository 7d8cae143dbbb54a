import { badInput } from '../errors';
import { normalQuantile } from '../platform/math/distributions';
import { mean, sampleVariance } from '../platform/math/quantile';
import type { Interval } from './interval';
import { ascendingOrder } from './sorted-sides';

/** One bin of a reliability diagram. */
export interface ReliabilityBin {
  readonly count: number;
  /** Mean of the largest probability; NaN in an empty bin. */
  readonly confidence: number;
  /** Share of right answers; NaN in an empty bin. */
  readonly accuracy: number;
}

/** How well predicted probabilities match what happens. */
export interface Calibration {
  /** Expected calibration error over bins of equal width, ((b - 1) / B, b / B], in [0, 1]. */
  readonly eceEqualWidth: number;
  /** Expected calibration error over bins of equal mass (as many records in each, but for one). */
  readonly eceEqualMass: number;
  /** Number of bins of both. */
  readonly binCount: number;
  /** Mean over records of sum over classes (p_k - 1[k = y])^2, in [0, 2], with a 95 % interval over records. */
  readonly brier: Interval;
  /** Mean of -ln p_y, >= 0, with a 95 % interval over records; infinite when some p_y is 0. */
  readonly nll: Interval;
  /** The bins of equal width. */
  readonly bins: readonly ReliabilityBin[];
}

/**
 * Calibration of a classifier. ECE = sum over bins of (share of records) |accuracy - mean confidence|, where confidence
 * is the largest probability (Guo, Pleiss, Sun and Weinberger 2017, ICML, section 2). The ECE depends on the binning and
 * is biased upward (a perfectly calibrated model has an ECE above 0 in any finite sample), so it has no interval here;
 * Brier's score (1950, Monthly Weather Review 78) and the negative log-likelihood are means and have one.
 *
 * @param logProbabilities natural logarithms of the probabilities, row-major [n, classes]; logarithms, because a loss
 *   beyond 745 has no double as its probability
 * @param labels true classes, [n]
 * @param bins number of bins, an integer >= 1; default 15 (Guo et al.)
 * @throws UserError on arrays that do not fit together, no record, a label outside the classes, or a NaN or positive entry
 */
export function calibration(
  logProbabilities: Float64Array,
  labels: Int32Array,
  classes: number,
  bins = 15,
): Calibration {
  const n = labels.length;
  check(logProbabilities, labels, classes, bins);
  const confidence = new Float64Array(n);
  const correct = new Uint8Array(n);
  const brier = new Float64Array(n);
  const nll = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    let best = 0;
    for (let k = 0; k < classes; k++) {
      const value = logProbabilities[i * classes + k];
      if (value > logProbabilities[i * classes + best]) best = k;
      brier[i] += (Math.exp(value) - (k === labels[i] ? 1 : 0)) ** 2;
    }
    confidence[i] = Math.exp(logProbabilities[i * classes + best]);
    correct[i] = best === labels[i] ? 1 : 0;
    nll[i] = Math.max(0, -logProbabilities[i * classes + labels[i]]);
  }
  const width = Uint32Array.from(confidence, (p) => Math.max(0, Math.ceil(p * bins) - 1));
  const equalWidth = reliability(confidence, correct, width, bins);
  const equalMass = reliability(confidence, correct, equalMassBins(confidence, correct, bins), bins);
  return {
    eceEqualWidth: expectedError(equalWidth, n),
    eceEqualMass: expectedError(equalMass, n),
    binCount: bins,
    brier: meanOverRecords(brier),
    nll: meanOverRecords(nll),
    bins: equalWidth,
  };
}

function check(logProbabilities: Float64Array, labels: Int32Array, classes: number, bins: number): void {
  const n = labels.length;
  if (n === 0) throw badInput('the number of records', 0, 'must be at least 1', 'Pass some');
  if (logProbabilities.length !== n * classes) {
    const rule = `${n} records of ${classes} classes have ${n * classes}`;
    throw badInput('the number of log-probabilities', logProbabilities.length, rule, 'Pass a row a record');
  }
  if (!Number.isInteger(bins) || bins < 1) {
    throw badInput('the number of bins', bins, 'must be a whole number of at least 1', 'Pass 15');
  }
  const wrong = labels.findIndex((label) => label < 0 || label >= classes);
  if (wrong >= 0) {
    throw badInput(`labels[${wrong}]`, labels[wrong], `must be in 0 .. ${classes - 1}`, 'Check the labels');
  }
  // A sum of exponentials may round to just above 1.
  const bad = logProbabilities.findIndex((value) => !(value <= 1e-9));
  if (bad >= 0) {
    throw badInput(
      `logProbabilities[${bad}]`,
      logProbabilities[bad],
      'must be at most 0',
      'Pass ln p, not p',
    );
  }
}

/**
 * Bins of records in order of confidence, the first n mod B of them one larger. Equal confidences fall apart at a bin's
 * edge by their correctness, so that the order of the records plays no part.
 */
function equalMassBins(confidence: Float64Array, correct: Uint8Array, bins: number): Uint32Array {
  const n = confidence.length;
  const order = ascendingOrder(confidence).sort(
    (a, b) => confidence[a] - confidence[b] || correct[a] - correct[b],
  );
  const slots = new Uint32Array(n);
  const larger = n % bins;
  const size = Math.floor(n / bins);
  order.forEach((record, rank) => {
    const inLarger = larger * (size + 1);
    slots[record] =
      rank < inLarger ? Math.floor(rank / (size + 1)) : larger + Math.floor((rank - inLarger) / size);
  });
  return slots;
}

function reliability(
  confidence: Float64Array,
  correct: Uint8Array,
  slots: Uint32Array,
  bins: number,
): ReliabilityBin[] {
  const counts = new Float64Array(bins);
  const confidences = new Float64Array(bins);
  const hits = new Float64Array(bins);
  slots.forEach((slot, i) => {
    const at = Math.min(slot, bins - 1);
    counts[at]++;
    confidences[at] += confidence[i];
    hits[at] += correct[i];
  });
  return Array.from(counts, (count, b) => ({
    count,
    confidence: confidences[b] / count,
    accuracy: hits[b] / count,
  }));
}

function expectedError(bins: readonly ReliabilityBin[], n: number): number {
  return bins.reduce(
    (sum, { count, confidence, accuracy }) =>
      count === 0 ? sum : sum + (count / n) * Math.abs(accuracy - confidence),
    0,
  );
}

function meanOverRecords(values: Float64Array): Interval {
  const estimate = mean(values);
  if (values.length < 2 || !Number.isFinite(estimate)) {
    return { estimate, low: null, high: null, method: { name: 'no-mean' } };
  }
  const half = normalQuantile(0.975) * Math.sqrt(sampleVariance(values) / values.length);
  return {
    estimate,
    low: Math.max(0, estimate - half),
    high: estimate + half,
    method: { name: 'normal-mean', records: values.length },
  };
}
