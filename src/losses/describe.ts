import type { LossOptionValues, ProbabilityLoss, TrueClass } from './loss';
import { trueClassOf } from './probability-loss';
import { lossFromData } from './registry';
import { minimumOf, scanSigns, tolerance, type Scanned, type SignChange } from './scan';

/** Least and greatest value on [0, 1] and where they are taken; infinite at p = 0 for a loss such as CE. */
export interface Range {
  readonly low: number;
  readonly lowAt: number;
  readonly high: number;
  readonly highAt: number;
}

/** How a curve bends: everywhere the same way, or one way up to a place and the other way beyond it. */
export interface Bending {
  readonly shape: 'linear' | 'convex' | 'concave' | 'mixed';
  /** For `mixed`: the p at which the bending changes, in order, and what it is above that p. */
  readonly changes: readonly { readonly p: number; readonly above: 'convex' | 'concave' }[];
}

/** The alphas for which a loss of a family is convex: at least (or, with alpha swapped, at most) this one. */
export interface AlphaThreshold {
  readonly alpha: number;
  readonly side: 'at least' | 'at most';
}

/** What is true of a loss of kind p; all of it computed from its functions, nothing typed in. */
export interface LossFacts {
  readonly name: string;
  readonly label: string;
  readonly options: LossOptionValues;
  /** Range of f. */
  readonly value: Range;
  /** Range of the logit weight w(p) = -p f'(p). */
  readonly weight: Range;
  /** Whether f falls, or stays, as p rises, everywhere. */
  readonly decreasing: boolean;
  /** In p: the sign of f''. */
  readonly inP: Bending;
  /** In the binary logit phi = ln(p / (1 - p)): the sign of w - w' (1 - p). */
  readonly inLogit: Bending;
  /** In the cross-entropy loss u = -ln p: the sign of -w'. */
  readonly inU: Bending;
  /** Where f has a kink at which w changes its sign (flooding); what is said of its bending holds on either side. */
  readonly kinks: readonly number[];
  /** Confidences that training holds a record at: where w turns from positive to negative as p rises. */
  readonly equilibria: readonly number[];
  /** For a loss with an alpha: the alphas for which it is convex; null if all, none or no interval of them are. */
  readonly alphaForConvexInP: AlphaThreshold | null;
  readonly alphaForConvexInLogit: AlphaThreshold | null;
}

/**
 * Computed facts of a loss: ranges, shape in p, in the binary logit and in u, equilibrium confidences, and the alphas
 * for which its family is convex.
 *
 * Places are found by bisection to 1e-12 relative to p between neighbors of the scan (see `scanPoints`), alphas to 1e-10;
 * a second derivative within 1e-12 of 0 counts as 0.
 */
export function describe(loss: ProbabilityLoss): LossFacts {
  const weightSigns = scanSigns(loss.weightAt);
  return {
    name: loss.name,
    label: loss.label,
    options: loss.options,
    value: rangeOf(loss.valueAt, weightSigns.changes),
    weight: rangeOf(loss.weightAt, [...scanSigns(loss.weightSlopeAt).changes, ...weightSigns.changes]),
    decreasing: !weightSigns.signs.has(-1),
    inP: bending(loss.curvatureAt),
    inLogit: bending(logitCurvatureSign(loss)),
    inU: bending((at) => -loss.weightSlopeAt(at)),
    kinks: weightSigns.changes
      .filter(({ before, after }) => Math.abs(loss.weightAt(before) - loss.weightAt(after)) > 1e-6)
      .map(({ p }) => p),
    equilibria: stableZeros(weightSigns.changes),
    alphaForConvexInP: alphaThreshold(loss, ({ curvatureAt }) => curvatureAt),
    alphaForConvexInLogit: alphaThreshold(loss, logitCurvatureSign),
  };
}

/**
 * Confidences at which the logit gradient vanishes and to which it drives from both sides (w turns from positive to
 * negative as p rises); empty for a loss that keeps pulling towards p = 1. Focal + e^p as coded with alpha 0.5 and
 * gamma 2: 0.448.
 */
export function equilibriumConfidences(loss: ProbabilityLoss): number[] {
  return stableZeros(scanSigns(loss.weightAt).changes);
}

function stableZeros(changes: readonly SignChange[]): number[] {
  return changes.filter(({ from }) => from === 1).map(({ p }) => p);
}

/** w - w' (1 - p), which has the sign of d2f / dphi2: df/dphi = -w (1 - p) and dp/dphi = p (1 - p). */
function logitCurvatureSign(loss: ProbabilityLoss): Scanned {
  return (at) => {
    const { q } = at;
    // At p = 1 the slope may be infinite (focal with gamma below 1), but w' (1 - p) is then 0.
    return loss.weightAt(at) - (q === 0 ? 0 : loss.weightSlopeAt(at) * q);
  };
}

function bending(secondDerivative: Scanned): Bending {
  const { signs, changes } = scanSigns(secondDerivative);
  const name = (sign: 1 | -1): 'convex' | 'concave' => (sign === 1 ? 'convex' : 'concave');
  if (signs.size === 0) return { shape: 'linear', changes: [] };
  if (changes.length === 0) return { shape: name([...signs][0]), changes: [] };
  return { shape: 'mixed', changes: changes.map(({ p, to }) => ({ p, above: name(to) })) };
}

/** Range over the ends of [0, 1] and the places where the derivative changes sign, both sides of each. */
function rangeOf(f: Scanned, stationary: readonly SignChange[]): Range {
  const candidates: TrueClass[] = [
    trueClassOf(0),
    trueClassOf(1),
    ...stationary.flatMap(({ before, after }) => [before, after]),
  ];
  const found = candidates.map((at) => ({ p: at.p, value: f(at) }));
  const low = found.reduce((best, each) => (each.value < best.value ? each : best));
  const high = found.reduce((best, each) => (each.value > best.value ? each : best));
  return { low: low.value, lowAt: low.p, high: high.value, highAt: high.p };
}

/** Where in [0, 1] the loss with this alpha turns convex (by bisection), if it does so once. */
function alphaThreshold(
  loss: ProbabilityLoss,
  secondDerivative: (loss: ProbabilityLoss) => Scanned,
): AlphaThreshold | null {
  if (!('alpha' in loss.options)) return null;
  const isConvex = (alpha: number): boolean => {
    const made = lossFromData(loss.name, { ...loss.options, alpha }) as ProbabilityLoss;
    return minimumOf(secondDerivative(made)).value >= -tolerance;
  };
  const [atZero, atOne] = [isConvex(0), isConvex(1)];
  if (atZero === atOne) return null;
  let [low, high] = [0, 1];
  while (high - low > 1e-10) {
    const middle = (low + high) / 2;
    if (isConvex(middle) === atOne) high = middle;
    else low = middle;
  }
  // Only alpha = 1 or 0 itself: a family that is convex without its concave part alone.
  if (low === 0 || high === 1) return null;
  return { alpha: (low + high) / 2, side: atOne ? 'at least' : 'at most' };
}
