import type { Tensor1D } from '../backend/tensor';

/** The true class as a loss of kind p sees it, for one record. */
export interface TrueClass {
  /** p_y, the true-class probability, in [0, 1]. */
  readonly p: number;
  /** 1 - p_y, as the sum of the other classes' probabilities: exact where 1 - p would have been rounded away. */
  readonly q: number;
  /** The cross-entropy loss u = -ln p_y, in [0, Infinity). */
  readonly u: number;
}

/** The same for a batch, each a tensor of shape [batch]. */
export interface TrueClassTensors {
  readonly p: Tensor1D;
  readonly q: Tensor1D;
  readonly u: Tensor1D;
}

/**
 * A loss that depends on the true-class probability alone: f(p_y).
 *
 * Its logit gradient is df/dz_k = w(p) (softmax(z)_k - [k = y]) with the weight w(p) = -p f'(p): such a loss is
 * cross-entropy with a weight for each record (for cross-entropy itself w = 1).
 */
export interface ProbabilityLoss {
  readonly kind: 'p';
  readonly name: string;
  /** For tables and legends, e.g. «CCEL (alpha 0.5)». */
  readonly label: string;
  readonly options: Readonly<Record<string, number>>;
  /** f(p), p in (0, 1] (at p = 0 the limit, which may be Infinity). */
  value(p: number): number;
  /** f'(p), p in (0, 1]. */
  slope(p: number): number;
  /** f''(p), p in (0, 1]. */
  curvature(p: number): number;
  /** w(p) = -p f'(p), p in [0, 1]. */
  weight(p: number): number;
  /** f from p and u, each exact where the other has been rounded; the form that logits lead to. */
  valueAt(trueClass: TrueClass): number;
  /** f for a batch, [batch]. */
  values(trueClass: TrueClassTensors): Tensor1D;
  /** w for a batch, [batch]. */
  weights(trueClass: TrueClassTensors): Tensor1D;
  /** w if it is the same for every p (cross-entropy), which saves a multiplication in each step; else null. */
  readonly constantWeight: number | null;
}
