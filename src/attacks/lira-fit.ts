import type { SignalSet } from '../signals/signal-set';
import { forEachRecord, medianInPlace, orderFreeSum, squaresAbout } from './reference-sides';

/** All values of `LiraVariance`, in the order in which help texts and audits list them. */
export const liraVariances = [
  'per-example',
  'global',
  'shrunken',
  'carlini-fixed',
  'leakpro-fixed',
  'aerni-per-example',
  'aerni-fixed',
] as const;

/**
 * Where the standard deviation of a record's Gaussian comes from. The public codes mean four things by «fixed
 * variance»; each has its name here. Divisor k (ddof 0) unless said.
 * - per-example: the record's own k values (paper; the LiRA authors' plot.py and TF Privacy without fix_variance)
 * - global: residuals of all records from their own centers, each side its own (TF Privacy, advanced_mia.py, fix_variance)
 * - shrunken: (k own variance + 8 global variance) / (k + 8)
 * - carlini-fixed: all in values together, the spread between records included, for both sides; offline all out values
 *   (the LiRA authors' plot.py, fix_variance)
 * - leakpro-fixed: all values of each side together (LeakPro, lira.py, fixed)
 * - aerni-per-example: the record's own values, divisor k - 1 (misleading-privacy-evals, attack_util.py)
 * - aerni-fixed: all values of each side together, divisor k - 1 (the same, global_variance)
 * With one common deviation for both sides its size only rescales the score, so carlini-fixed ranks by centers alone.
 */
export type LiraVariance = (typeof liraVariances)[number];

export type LiraCenter = 'median' | 'mean';

/** Gaussians of every record (and copy): centers and standard deviations, [n] or [n, A]; NaN centers of empty sides. */
export interface LiraFit {
  readonly inCenter: Float64Array;
  readonly inDeviation: Float64Array;
  readonly outCenter: Float64Array;
  readonly outDeviation: Float64Array;
}

/** How many values of its own weigh as much as the global variance. */
const priorWeight = 8;

/** What one side of all records adds up to; sums over records do not depend on the records' order. */
class Side {
  readonly center: Float64Array;
  readonly counts: Int32Array;
  private readonly means: Float64Array;
  /** Sum of squares about the record's own mean. */
  readonly squares: Float64Array;

  constructor(places: number) {
    this.center = new Float64Array(places);
    this.counts = new Int32Array(places);
    this.means = new Float64Array(places);
    this.squares = new Float64Array(places);
  }

  add(place: number, values: Float64Array, center: LiraCenter): void {
    const count = values.length;
    this.counts[place] = count;
    if (count === 0) {
      this.center[place] = NaN;
      return;
    }
    let sum = 0;
    let equal = true;
    for (let i = 0; i < count; i++) {
      sum += values[i];
      if (values[i] !== values[0]) equal = false;
    }
    // Equal values have no spread, whatever rounding makes of their mean.
    const mean = equal ? values[0] : sum / count;
    this.means[place] = mean;
    this.squares[place] = equal ? 0 : squaresAbout(values, mean);
    this.center[place] = center === 'mean' ? mean : medianInPlace(values);
  }

  /** Standard deviation of all values after `shifts` are taken from each record's, divisor total - ddof. */
  private pooled(shifts: Float64Array | null, ddof: number): number {
    const total = this.counts.reduce((sum, count) => sum + count, 0);
    if (total <= ddof) return 0;
    const offsets = this.means.map((mean, i) => (this.counts[i] === 0 ? 0 : mean - (shifts?.[i] ?? 0)));
    const middle = orderFreeSum(offsets.map((offset, i) => offset * this.counts[i])) / total;
    const squares = this.squares.map((own, i) => own + this.counts[i] * (offsets[i] - middle) ** 2);
    return Math.sqrt(orderFreeSum(squares) / (total - ddof));
  }

  /** Of residuals from the records' centers, about their own mean. */
  get ofResiduals(): number {
    return this.pooled(this.center, 0);
  }

  /** Of all values together. */
  ofAll(ddof = 0): number {
    return this.pooled(null, ddof);
  }
}

/**
 * Fits a Gaussian a side to every record's values under the reference models.
 *
 * A deviation of 0 (one model, or equal values) is replaced by that of the residuals of all records on that side, and if
 * that is 0 too by 1, so that scores stay finite: the record is then ranked by its distances alone.
 *
 * @param values statistic of all models, row-major [M, n] or, with altered copies, [M, n, A]; what is pooled is pooled over
 *   copies too, as the codes do
 */
export function liraFit(
  set: SignalSet,
  values: Float64Array,
  {
    variance,
    center,
    online,
  }: { readonly variance: LiraVariance; readonly center: LiraCenter; readonly online: boolean },
): LiraFit {
  const places = values.length / set.models;
  const inSide = new Side(places);
  const outSide = new Side(places);
  forEachRecord(set, values, online ? 'in- and out-models' : 'out-models', (place, { inside, outside }) => {
    if (online) inSide.add(place, inside, center);
    outSide.add(place, outside, center);
  });
  return {
    inCenter: inSide.center,
    inDeviation: online ? deviations(inSide, variance, inSide) : inSide.center,
    outCenter: outSide.center,
    outDeviation: deviations(outSide, variance, online ? inSide : outSide),
  };
}

function deviations(side: Side, variance: LiraVariance, carlini: Side): Float64Array {
  const fixed = (deviation: number): Float64Array =>
    new Float64Array(side.center.length).fill(deviation > 0 ? deviation : 1);
  switch (variance) {
    case 'global':
      return fixed(side.ofResiduals);
    case 'carlini-fixed':
      return fixed(carlini.ofAll());
    case 'leakpro-fixed':
      return fixed(side.ofAll());
    case 'aerni-fixed':
      return fixed(side.ofAll(1));
  }
  const global = side.ofResiduals;
  const last = global > 0 ? global : 1;
  return side.squares.map((squares, i) => {
    const k = side.counts[i];
    const found =
      variance === 'shrunken'
        ? Math.sqrt((squares + priorWeight * global ** 2) / (k + priorWeight))
        : Math.sqrt(squares / Math.max(1, variance === 'aerni-per-example' ? k - 1 : k));
    return found > 0 ? found : last;
  });
}
