/**
 * Attacks beside `attack(name)`: their names, combinations, and what an own attack needs.
 *
 * @module attacks
 */
export { attackNames, attacks, type AttackName } from '../attacks/registry';
export type {
  AttackContext,
  AttackCost,
  AttackInfo,
  AttackResult,
  AttackScores,
  FittedOn,
  Need,
  ScoreAttack,
  SetAttack,
} from '../attacks/attack';
export {
  combination,
  combinationNull,
  type CombinationNull,
  type CombinationRule,
} from '../attacks/combination';
export { lossAtEachEpoch } from '../attacks/epoch-loss';
export {
  leaveOneOut,
  pooledTable,
  type LeaveOneOutOptions,
  type LeaveOneOutScores,
} from '../attacks/leave-one-out';
export type { LiraOptions } from '../attacks/lira';
export type { RmiaOptions } from '../attacks/rmia';
export { setAttackNames, type SetAttackName, type SetAttackOptions } from '../attacks/set-registry';
export type { ShadowTrajectory } from '../attacks/trajectory-losses';
export {
  recordEpoch,
  type EpochQuantity,
  type EpochRecord,
  type EpochStatistics,
} from '../attacks/epoch-record';
export { denseGradientNorms, type DenseLayer } from '../attacks/dense-gradients';
export { describeAttacks, leftOutAttacks, type AttackDescription } from '../attacks/describe-attacks';
export {
  epochAudit,
  type AuditedEpoch,
  type EpochAttack,
  type EpochAudit,
  type EpochAuditOptions,
} from '../attacks/epoch-audit';
export type { LabelQuery, QueriedModel } from '../attacks/label-query';
export { learnedAttack, type LearnedAttackParts } from '../attacks/learned-attack';
export type { FittedAttacker, Learner, Lesson } from '../attacks/learner';
export type { FeatureRows } from '../attacks/feature-rows';
export { privacyRiskAsTfPrivacy } from '../attacks/privacy-risk';
export { comparedModels, type Compared } from '../attacks/compared-models';
export { lessonParts, type LessonPart } from '../attacks/lesson-parts';
export { shadowData, type ShadowData } from '../attacks/shadow-data';
export type { AttackNote, LackingPart } from '../attacks/notes';
