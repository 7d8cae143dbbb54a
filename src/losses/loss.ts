import type { Tensor1D, Tensor2D } from '../platform/backend/tensor';

/** Options of a loss as JSON holds them, every default filled in. */
export type LossOptionValues = Readonly<Record<string, string | number>>;

/** The true class as a loss of kind p sees it, for one record. */
export interface TrueClass {
  /** p_y, the true-class probability, in [0, 1]. */
  readonly p: number;
  /** 1 - p_y, as the sum of the other classes' probabilities: exact where 1 - p would have been rounded away. */
  readonly q: number;
  /** The cross-entropy loss u = -ln p_y, in [0, Infinity]. */
  readonly u: number;
}

/** The same for a batch, each a tensor of shape [batch]. */
export interface TrueClassTensors {
  readonly p: Tensor1D;
  readonly q: Tensor1D;
  readonly u: Tensor1D;
}

/** A function of p_y in [0, 1], for a number or for an array of them. */
export interface PointFunction {
  (p: ArrayLike<number>): Float64Array;
  // Last, so that `probabilities.map(loss.value)` is typed as numbers.
  (p: number): number;
}

/** The names of a loss for people, in tables and legends. */
export interface Named {
  /** Without options: «CCEL». */
  readonly title: string;
  /** With options: «CCEL (alpha 0.5)». */
  readonly label: string;
}

interface NamedLoss extends Named {
  readonly name: string;
  readonly options: LossOptionValues;
  /**
   * Raised when it computes other numbers where its fingerprint does not look, e.g. at p below 1e-5; default 0. Any other
   * change of the formula is new by itself (docs/design.md, «Identity follows behavior»).
   */
  readonly revision?: number;
}

/**
 * A loss that depends on the true-class probability alone: f(p_y).
 *
 * Its logit gradient is df/dz_k = w(p) (softmax(z)_k - [k = y]) with the weight w(p) = -p f'(p): such a loss is
 * cross-entropy with a weight for each record (for cross-entropy itself w = 1).
 *
 * Each function takes p as a number or an array; its twin ending in At takes p, q = 1 - p and u = -ln p, each exact
 * where the other two have been rounded. At p = 0 the limit is given, which may be infinite; at a kink (flooding,
 * PHuber) one of the two sides.
 */
export interface ProbabilityLoss extends NamedLoss {
  readonly kind: 'p';
  /** f(p). */
  readonly value: PointFunction;
  /** f'(p). */
  readonly slope: PointFunction;
  /** f''(p). */
  readonly curvature: PointFunction;
  /** w(p) = -p f'(p). */
  readonly weight: PointFunction;
  /** w'(p) = -f'(p) - p f''(p), which decides convexity in the logit and in u; without the difference's cancellation. */
  readonly weightSlope: PointFunction;
  valueAt(trueClass: TrueClass): number;
  slopeAt(trueClass: TrueClass): number;
  curvatureAt(trueClass: TrueClass): number;
  weightAt(trueClass: TrueClass): number;
  weightSlopeAt(trueClass: TrueClass): number;
  /** f for a batch, [batch]. */
  values(trueClass: TrueClassTensors): Tensor1D;
  /** w for a batch, [batch]. */
  weights(trueClass: TrueClassTensors): Tensor1D;
  /** w if it is the same for every p (cross-entropy), which saves a multiplication in each step; else null. */
  readonly constantWeight: number | null;
}

/** Logits of one record with what follows from them; `softmaxRow` makes it. */
export interface SoftmaxRow extends TrueClass {
  /** Logits, [classes]. */
  readonly z: ArrayLike<number>;
  /** The true class, 0 .. classes - 1. */
  readonly label: number;
  /** ln softmax(z), [classes]. */
  readonly logProbabilities: Float64Array;
  readonly probabilities: Float64Array;
  /** softmax(z)_k - [k = label], [classes]; the true class's entry is -q. */
  readonly direction: Float64Array;
  /** The same for other logits of this record. */
  at(z: ArrayLike<number>): SoftmaxRow;
}

/** The same for a batch, in tensors; src/training makes it. */
export interface SoftmaxTensors extends TrueClassTensors {
  /** Logits, [batch, classes]. */
  readonly z: Tensor2D;
  /** The true classes as rows of 0 and 1, [batch, classes]. */
  readonly oneHot: Tensor2D;
  logProbabilities(): Tensor2D;
  probabilities(): Tensor2D;
  readonly direction: Tensor2D;
  at(z: Tensor2D): SoftmaxTensors;
}

/** A loss of one record that needs all of its logits: it has a value and a logit gradient, but no f(p). */
export interface LogitsLoss extends NamedLoss {
  readonly kind: 'logits';
  /** The loss of a record and its gradient with respect to the logits, [classes]. */
  onRow(row: SoftmaxRow): { value: number; gradient: Float64Array };
  /** The losses of a batch, [batch], and each one's gradient with respect to its own logits, [batch, classes]. */
  onTensors(batch: SoftmaxTensors): { values: Tensor1D; gradients: Tensor2D };
}

/**
 * A loss that exists for a batch only: a function L(u_1, ..., u_n) of the cross-entropy losses of its records. Its logit
 * gradient is dL/dz_ik = dL/du_i (softmax(z_i)_k - [k = y_i]).
 */
export interface BatchLoss extends NamedLoss {
  readonly kind: 'batch';
  /** L and dL/du, [n]. */
  onLosses(u: Float64Array): { value: number; weights: Float64Array };
  /** L, [1], and dL/du, [n]. */
  onTensors(u: Tensor1D): { values: Tensor1D; weights: Tensor1D };
}

export type Loss = ProbabilityLoss | LogitsLoss | BatchLoss;
