import type { ProbabilityLoss } from '../losses/loss';

/** What the theory needs of a loss of kind p: its formulas on numbers, without tensors. Every loss of kind p is one. */
export type LossFormula = Pick<
  ProbabilityLoss,
  'label' | 'constantWeight' | 'valueAt' | 'slopeAt' | 'curvatureAt' | 'weightAt' | 'weightSlopeAt'
>;

/** A family of losses indexed by alpha in [0, 1], e.g. `(alpha) => loss('ccel', { alpha })`. */
export type LossFamily = (alpha: number) => LossFormula;
