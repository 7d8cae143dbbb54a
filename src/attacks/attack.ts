import type { Interval } from '../metrics/interval';
import type { ModelSignals } from '../signals/model-signals';

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
  readonly notes: readonly string[];
}
