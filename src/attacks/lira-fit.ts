import type { SignalSet } from '../signals/signal-set';
import { forEachRecord, meanOf, medianOf, squaresAbout } from './reference-sides';

/**
 * Where the standard deviation of a record's Gaussian comes from. The public codes mean four things by «fixed
 * variance»; each has its name here.
 * - per-example: of the record's own values
 * - global: of all residuals from the records' centers, each side its own (TF Privacy, advanced_mia.py)
 * - shrunken: the record's variance and the global one, weighted with (k, 8) for k values
 * - carlini-fixed: of all in values together, spread between records included, for both sides (the LiRA authors' plot.py,
 *   which uses the in values for the out side too)
 * - leakpro-fixed: of all values of both sides together
 * - aerni-fixed: of all values of each side together (misleading-privacy-evals)
 */
export type LiraVariance =
  'per-example' | 'global' | 'shrunken' | 'carlini-fixed' | 'leakpro-fixed' | 'aerni-fixed';

export type LiraCenter = 'median' | 'mean';

/** Gaussians of every record: centers and standard deviations, [n]; NaN centers where a side has no model. */
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
  readonly means: Float64Array;
  /** Sum of squares about the record's own mean. */
  readonly squares: Float64Array;
  /** Sum of squares about the record's center. */
  readonly residuals: Float64Array;
  readonly counts: Int32Array;

  constructor(n: number) {
    this.center = new Float64Array(n);
    this.means = new Float64Array(n);
    this.squares = new Float64Array(n);
    this.residuals = new Float64Array(n);
    this.counts = new Int32Array(n);
  }

  add(record: number, values: Float64Array, center: LiraCenter): void {
    const mean = meanOf(values);
    const middle = center === 'mean' ? mean : medianOf(values);
    this.center[record] = middle;
    this.counts[record] = values.length;
    if (values.length === 0) return;
    this.means[record] = mean;
    this.squares[record] = squaresAbout(values, mean);
    this.residuals[record] = squaresAbout(values, middle);
  }

  get total(): number {
    return this.counts.reduce((sum, count) => sum + count, 0);
  }

  get globalDeviation(): number {
    return this.total === 0 ? 0 : Math.sqrt(orderFreeSum(this.residuals) / this.total);
  }

  /** Sum of all values. */
  get sum(): number {
    return orderFreeSum(this.means.map((mean, i) => mean * this.counts[i]));
  }

  /** Sum of squares of all values about a point. */
  squaresAbout(point: number): number {
    return orderFreeSum(this.squares.map((own, i) => own + this.counts[i] * (this.means[i] - point) ** 2));
  }

  get overallDeviation(): number {
    const { total } = this;
    return total === 0 ? 0 : Math.sqrt(this.squaresAbout(this.sum / total) / total);
  }
}

/** The sum in ascending order, so that records in another order give the same bits. */
function orderFreeSum(values: Float64Array): number {
  let sum = 0;
  for (const value of Float64Array.from(values).sort()) sum += value;
  return sum;
}

/**
 * Fits a Gaussian a side to every record's values under the reference models (deviations with ddof 0).
 *
 * A deviation of 0 (one model, or equal values) is replaced by the global one of that side, and if that is 0 too by 1,
 * so that scores stay finite: the record is then ranked by its distances alone.
 *
 * @param values statistic of all models, row-major [M, n]
 */
export function liraFit(
  set: SignalSet,
  values: Float64Array,
  variance: LiraVariance,
  center: LiraCenter,
): LiraFit {
  const inSide = new Side(set.n);
  const outSide = new Side(set.n);
  forEachRecord(set, values, (record, { inside, outside }) => {
    inSide.add(record, inside, center);
    outSide.add(record, outside, center);
  });
  const [inFixed, outFixed] = fixedDeviations(inSide, outSide, variance);
  return {
    inCenter: inSide.center,
    inDeviation: deviations(inSide, variance, inFixed),
    outCenter: outSide.center,
    outDeviation: deviations(outSide, variance, outFixed),
  };
}

function fixedDeviations(inSide: Side, outSide: Side, variance: LiraVariance): readonly [number, number] {
  switch (variance) {
    case 'carlini-fixed':
      return [inSide.overallDeviation, inSide.overallDeviation];
    case 'aerni-fixed':
      return [inSide.overallDeviation, outSide.overallDeviation];
    case 'leakpro-fixed': {
      const total = inSide.total + outSide.total;
      const mean = (inSide.sum + outSide.sum) / total;
      const both = Math.sqrt((inSide.squaresAbout(mean) + outSide.squaresAbout(mean)) / total);
      return [both, both];
    }
    default:
      return [inSide.globalDeviation, outSide.globalDeviation];
  }
}

function deviations(side: Side, variance: LiraVariance, fixed: number): Float64Array {
  const last = fixed > 0 ? fixed : 1;
  if (variance !== 'per-example' && variance !== 'shrunken') return side.center.map(() => last);
  return side.squares.map((squares, i) => {
    const count = side.counts[i];
    if (variance === 'shrunken') {
      const shrunken = Math.sqrt((squares + priorWeight * fixed ** 2) / (count + priorWeight));
      return shrunken > 0 ? shrunken : 1;
    }
    const own = count === 0 ? 0 : Math.sqrt(squares / count);
    return own > 0 ? own : last;
  });
}
