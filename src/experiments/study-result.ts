import type { AttackResult } from '../attacks/attack';
import type { CanaryKind } from '../data/canaries';
import type { Dataset } from '../data/dataset';
import type { Interval } from '../metrics/interval';
import type { LossSummary } from '../metrics/loss-summary';

export type { LossSummary } from '../metrics/loss-summary';

/** One evaluated epoch of one target, attacked with its own shadow stopped at the same epoch. */
export interface PathPoint {
  readonly epoch: number;
  readonly trainAccuracy: number;
  readonly testAccuracy: number;
  readonly memberLoss: LossSummary;
  readonly nonMemberLoss: LossSummary;
  /** Advantage of the loss attack with class thresholds from the shadow. */
  readonly advantage: number;
  /** AUC of the loss attack. */
  readonly auc: number;
}

/** An attack of a study against one target, or against all models of an ensemble, each in turn. */
export interface StudyAttackResult extends AttackResult {
  /** The smallest FPR at which a TPR has an interval here. */
  readonly smallestFpr: number;
  /** In an ensemble, the same for the canaries of each kind; all other numbers are then of the other records. */
  readonly canaries: Readonly<
    Partial<Record<CanaryKind, Pick<AttackResult, 'accuracy' | 'advantage' | 'auc' | 'tprAtFpr'>>>
  >;
}

/** The shadow models of a run as if they were targets: what an owner may look at before choosing parameters. */
export interface ShadowNumbers {
  readonly testAccuracy: number;
  /** Of the loss attack, with cuts from another shadow model, or from the other half of the records of the only one. */
  readonly advantage: number;
  readonly p1: number;
}

/**
 * One trained and attacked target (one method, one seed); of an ensemble all models, each a target in turn: accuracies,
 * path and advantage are means over models, attacks are judged over all pairs of model and record.
 */
export interface RunResult {
  readonly seed: number;
  /** The target in the store: id of its block, and its place there. Of an ensemble the first model. */
  readonly block: string;
  readonly trainAccuracy: number;
  readonly testAccuracy: number;
  readonly memberLoss: LossSummary;
  readonly nonMemberLoss: LossSummary;
  readonly attacks: readonly StudyAttackResult[];
  /** The loss attack on the released outputs, cuts per class from shadow models. */
  readonly lossAttack: { readonly advantage: number; readonly auc: number };
  /** Means over the shadow models; null in an ensemble, and where they were trained otherwise than the target. */
  readonly shadows: ShadowNumbers | null;
  /** 2 A (1 - adv) / (A + 1 - adv), A = test accuracy, adv = advantage of the loss attack. */
  readonly p1: number;
  readonly path: readonly PathPoint[];
  /** CE losses at the end, one a member record (of an ensemble's first model); the loss attack's score is their negative. */
  readonly memberLosses: readonly number[];
  /** CE losses at the end, one a non-member record. */
  readonly nonMemberLosses: readonly number[];
}

/** The metrics that are summed up over seeds and compared with the baseline. */
export type SummaryMetric =
  | 'trainAccuracy'
  | 'testAccuracy'
  | 'memberLossMean'
  | 'memberLossVariance'
  | 'memberLossMedian'
  | 'nonMemberLossMean'
  | 'nonMemberLossVariance'
  | 'advantage'
  | 'auc'
  | 'p1';

export interface MethodResult {
  /** Unique within the study, e.g. `ccel alpha=0.5`. */
  readonly key: string;
  /** Name of the loss or defense. */
  readonly family: string;
  /** For tables and legends, e.g. `CCEL (alpha 0.5)`. */
  readonly label: string;
  readonly runs: readonly RunResult[];
  /** Mean over seeds with a t interval (null bounds with fewer than 2 seeds). */
  readonly summary: Readonly<Record<SummaryMetric, Interval>>;
}

/** Paired difference to the baseline, seeds as the unit. */
export interface Comparison {
  readonly method: string;
  readonly metric: SummaryMetric;
  /** Method minus baseline. */
  readonly difference: Interval;
  /** Two-sided p of the paired t test, after Holm's correction over methods within this metric. */
  readonly p: number | null;
  readonly verdict: 'better' | 'worse' | 'not decided';
}

/** A method as its shadow models show it, means over seeds. */
export interface Candidate extends ShadowNumbers {
  readonly method: string;
}

/** The parameters of one family of methods that were chosen without a look at any target. */
export interface Selection {
  /** Name of the loss or defense. */
  readonly family: string;
  readonly rule: string;
  /** Key of the chosen method; null if none is accurate enough. */
  readonly chosen: string | null;
  /** All methods of the family, in the order of the study. */
  readonly candidates: readonly Candidate[];
}

/** Everything that the table, the figures and the report need; plain JSON. */
export interface StudyResult {
  readonly schema: 'ccl-lab/study-result/1';
  readonly name: string;
  /** The command that reproduces it. */
  readonly command: string;
  readonly data: Pick<
    Dataset,
    'name' | 'title' | 'synthetic' | 'records' | 'features' | 'classes' | 'sha256'
  > & {
    /** Records in each part of the split. */
    readonly partSize: number;
  };
  readonly model: string;
  /** Settings of the training, name to printed value. */
  readonly settings: Readonly<Record<string, string | number>>;
  readonly backend: { readonly name: string; readonly version: string; readonly threads: number };
  readonly threatModel: string;
  /** How records were dealt, in words. */
  readonly split: string;
  /** Of each family of methods, the parameters that its shadow models point to. */
  readonly selections: readonly Selection[];
  /** The first one is the baseline. */
  readonly methods: readonly MethodResult[];
  readonly comparisons: readonly Comparison[];
  /** The sentence that sums up, computed from the comparisons. */
  readonly verdict: string;
  readonly blocks: { readonly trained: number; readonly reused: number };
}
