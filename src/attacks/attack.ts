import type { Interval } from '../metrics/interval';
import type { ModelSignals } from '../signals/model-signals';
import type { SignalSet } from '../signals/signal-set';
import type { AttackNote } from './notes';

/** What an attack is, for tables, help texts and reports. */
export interface AttackInfo {
  readonly name: string;
  readonly title: string;
  /** The score as a plain-text formula. */
  readonly formula: string;
  readonly reference: string;
  /** What the adversary knows and may query. */
  readonly threatModel: string;
}

/** An attack that gives each record one score from the model's outputs alone. */
export interface ScoreAttack extends AttackInfo {
  /** Set where the definition fixes the cut («member if score >= cut»); otherwise cuts are set on shadow models. */
  readonly cut?: number;
  /** Scores, [n], float64, higher = member. */
  score(signals: ModelSignals): Float64Array;
}

/** What a set of signals must hold beyond the target's outputs, so that an attack can run. */
export type Need =
  /** At least one model beside the target, with members and non-members. */
  | 'shadow models'
  /** For members and non-members reference models on both sides: some that were trained on the record, some not. */
  | 'in-models'
  /** For members and non-members reference models that were not trained on the record. */
  | 'out-models'
  | 'augmented'
  | 'population'
  | 'gradient_norms'
  | 'trajectory'
  /** A group for each record. */
  | 'groups'
  /** A function that asks the target for the labels of any input; no file holds one. */
  | 'query';

/** Whose membership an attack was fitted on. `target` makes it the auditor's upper bound, not an attack. */
export type FittedOn = 'nothing' | 'shadow models' | 'target';

/** What an attack costs the adversary, in words, e.g. «1 query a record», «64 models». */
export interface AttackCost {
  readonly queries: string;
  readonly models: string;
}

/** The scores of a set attack; all records are scored unless `usable` says otherwise. */
export interface AttackScores {
  /** [n], float64, higher = member. Never NaN. */
  readonly scores: Float64Array;
  /** 1 = the score means something, [n]; left out when all do. The others are left out of every metric. */
  readonly usable?: Uint8Array;
  /**
   * Cut of each record, [n]: «member if score >= cut», set without the target's membership (shadow models, or the
   * definition). Left out where the attack only ranks.
   */
  readonly cuts?: Float64Array;
  /** What a reader has to know, e.g. how many records had no in-model. */
  readonly notes: readonly AttackNote[];
}

/** What an attack may use beside the signals. */
export interface AttackContext {
  /** For fitted attackers and resampling, an integer in [0, 2^32). */
  readonly seed: number;
  /** `check`: fitted attackers learn from a few hundred records only, for the self-checks. Default `full`. */
  readonly effort?: 'full' | 'check';
  /** Asked now and then by long attacks. */
  readonly signal?: AbortSignal;
}

/** An attack on the target of a set of models. */
export interface SetAttack extends AttackInfo {
  /** The options that it was made with, those that are plain data; set by the registry. */
  readonly options?: Readonly<Record<string, unknown>>;
  readonly needs: readonly Need[];
  readonly fittedOn: FittedOn;
  /** True for oracles only: judged on the very records whose membership they were fitted on. */
  readonly inSample?: boolean;
  readonly cost: AttackCost;
  /** How the definition differs among the public codes, and which one this is. */
  readonly differences?: string;
  /**
   * Scores the target's records. Uses the target's membership only if `fittedOn` is `target`.
   *
   * @throws UserError if the set lacks what `needs` names
   */
  scores(set: SignalSet, context: AttackContext): AttackScores;
}

/** What one attack achieved against one target model. All intervals are over records. */
export interface AttackResult {
  readonly name: string;
  readonly title: string;
  readonly threatModel: string;
  /** Balanced accuracy of the decisions at the cuts that were set on the shadow model. */
  readonly accuracy: Interval;
  /** TPR - FPR of the same decisions. */
  readonly advantage: Interval;
  /** Area under the ROC curve of the raw score (no cut involved). */
  readonly auc: Interval;
  /** TPR at a nominal FPR (key, e.g. '0.01'); the rule is FPR <= x. */
  readonly tprAtFpr: Readonly<Record<string, Interval>>;
  /** What a reader has to know, e.g. a class without shadow records that got the global threshold. */
  readonly notes: readonly AttackNote[];
}
