/**
 * Statements about losses and attacks that need no training: one function each, with its assumptions.
 *
 * @module theory
 */
export {
  gaussianAdvantage,
  necessaryVariance,
  totalVariationBound,
  varianceCounterexample,
  type VarianceCounterexample,
} from '../theory/advantage-bounds';
export type { Confidence, LossFamily, LossFormula } from '../theory/confidence';
export { convexOrder, stopLossTransform, type ConvexOrder } from '../theory/convex-order';
export {
  type DecisionMap,
  type ConfidenceInterval,
  growthIntervals,
  growthThreshold,
  spreadGrowth,
} from '../theory/variance-growth';
export {
  predictSettling,
  weightAtOne,
  type Settled,
  type SettlingPrediction,
} from '../theory/end-of-training';
export { flow, type Flow, type FlowOptions, type FlowSpace } from '../theory/flow';
export { focalEquilibrium, type Equilibrium } from '../theory/focal-equilibrium';
export { convexConcaveBounds, gradientBounds, type GradientBounds } from '../theory/gradient-bounds';
export {
  concaveAbove,
  cumulantForm,
  jensenGap,
  varianceCoefficient,
  type CumulantForm,
  type JensenGap,
} from '../theory/jensen-gap';
export {
  dominancePrecondition,
  matchedMean,
  type MatchedMean,
  type MatchedPoint,
  type Precondition,
} from '../theory/matched-mean';
export { minimizerShift, type MinimizerShift } from '../theory/minimizer-shift';
export { probabilityStep, varianceRates, type ProbabilityStep, type VarianceRates } from '../theory/one-step';
export {
  betaStart,
  expectation,
  sampleStart,
  truncatedNormalStart,
  type Estimate,
  type StartDistribution,
} from '../theory/start-distribution';
export {
  varianceAtMean,
  varianceTrajectory,
  type AtMean,
  type VarianceTrajectory,
} from '../theory/variance-flow';
