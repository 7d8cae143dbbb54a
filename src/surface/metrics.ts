/**
 * Numbers for scores: ROC, intervals, tests, bounds of epsilon.
 *
 * @module metrics
 */
export { auc } from '../metrics/auc';
export { exactly, type Interval, type IntervalMethod } from '../metrics/interval';
export type { LossSummary } from '../metrics/matched-histories';
export {
  lossHistories,
  matchedHistories,
  type LossHistory,
  type MatchedHistoriesOptions,
  type MatchedLevel,
  type PathOfMeans,
} from '../metrics/matched-histories';
export { meanOverSeeds } from '../metrics/over-seeds';
export { p1FromAdvantage, p1FromAttackAccuracy } from '../metrics/advantage';
export { pairedComparison } from '../metrics/over-seeds';
export { rocCurve, tprAtFpr } from '../metrics/roc';
export { smallestResolvableFpr, tnrAtFnrInterval, tprAtFprInterval } from '../metrics/tpr-at-fpr';
export { advantage, balancedAccuracy, countDecisions, type DecisionCounts } from '../metrics/advantage';
export { advantageChance, largestAdvantageInterval, type AdvantageChance } from '../metrics/advantage';
export { aucBootstrap, type BootstrapOptions } from '../metrics/auc-bootstrap';
export { calibration, type Calibration, type ReliabilityBin } from '../metrics/calibration';
export { clopperPearson } from '../metrics/proportions';
export {
  smallestDetectableAuc,
  smallestDetectableExposure,
  tprChance,
  type PowerOptions,
} from '../metrics/detectable-effect';
export type { EpsilonBound } from '../metrics/epsilon';
export { epsilonOfGaussianDp, fDpGaussianMu, type OneRunGuesses } from '../metrics/epsilon';
export { epsilonBySplitSample, epsilonOfManyModels } from '../metrics/epsilon-many-models';
export { epsilonOfOneRun, type OneRunAudit, type OneRunBounds } from '../metrics/epsilon-one-run';
export { holm } from '../metrics/over-seeds';
export { membershipByCategory, type IndependenceTest } from '../metrics/independence';
export { pooledOverModels, type PooledMetrics, type PooledScores } from '../metrics/pooled-over-models';
export { positivePredictiveValue, precision } from '../metrics/precision';
export { recordVulnerability, type RecordVulnerability } from '../metrics/record-vulnerability';
export { membershipByScore, shiftTest, type ReferenceScores, type ShiftTest } from '../metrics/shift';
export type { Units } from '../metrics/units';
export { slices, type Slice, type SliceKeys } from '../metrics/slices';
export { aucNull, type AucNull } from '../metrics/auc-null';
export { aucOfUnits } from '../metrics/auc';
export { leakTest, type Evidence, type LeakTest, type LeakTestOptions } from '../metrics/leak-test';
export type { PermutationOptions } from '../metrics/units';
export type { AttackScoring } from '../metrics/auc-null';
export { compareAucs, mcNemar, type McNemar, type TwoModels } from '../metrics/two-models';
