/**
 * Attacks beside `attack(name)`: their names, combinations, and what an own attack needs.
 *
 * @module attacks
 */
export {
  attackFromData,
  attackNames,
  attacks,
  standardAttacks,
  type AttackName,
  type AttackOptions,
} from '../attacks/registry';
export { makeAttack, type OutputStatement, type SetStatement } from '../attacks/define-attack';
export type {
  Attack,
  AttackContext,
  AttackCost,
  AttackInfo,
  AttackNote,
  AttackResult,
  AttackScores,
  FittedOn,
  LackingPart,
  Need,
  OutputAttack,
} from '../attacks/attack';
export { combination, type CombinationRule } from '../attacks/combination';
export { lossAtEachEpoch, type ShadowTrajectory } from '../attacks/trajectory';
export { leaveOneOut, pooledTable, type LeaveOneOutScores } from '../attacks/leave-one-out';
export type { LiraOptions } from '../attacks/lira';
export type { RmiaOptions } from '../attacks/rmia';
export { recordEpoch, type EpochQuantity, type EpochRecord, type EpochStatistics } from '../attacks/epochs';
export { denseGradientNorms, type DenseLayer } from '../attacks/gradient-norm';
export { describeAttacks, leftOutAttacks, type AttackDescription } from '../attacks/describe';
export {
  epochAudit,
  type AuditedEpoch,
  type EpochAttack,
  type EpochAudit,
  type EpochAuditOptions,
} from '../attacks/epochs';
export type { LabelQuery, QueriedModel } from '../attacks/label-query';
export { learnedAttack, type LearnedAttackParts } from '../attacks/learned-attack';
export type { FittedAttacker, Learner, Lesson } from '../attacks/learners/lesson';
export type { FeatureRows } from '../attacks/learners/lesson';
export { privacyRiskAsTfPrivacy } from '../attacks/privacy-risk';
export { comparedModels, type Compared } from '../attacks/compared-models';
export { lessonParts, shadowData, type LessonPart, type ShadowData } from '../attacks/shadow-models';
