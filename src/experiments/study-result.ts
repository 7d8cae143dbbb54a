import type { AttackResult } from '../attacks/attack';
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

/** One trained and attacked target (one method, one seed). */
export interface RunResult {
  readonly seed: number;
  readonly trainAccuracy: number;
  readonly testAccuracy: number;
  readonly memberLoss: LossSummary;
  readonly nonMemberLoss: LossSummary;
  readonly attacks: readonly AttackResult[];
  /** 2 A (1 - adv) / (A + 1 - adv), A = test accuracy, adv = advantage of the loss attack. */
  readonly p1: number;
  readonly path: readonly PathPoint[];
  /** CE losses at the end, one a member record; the loss attack's score is their negative. */
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
  /** The first one is the baseline. */
  readonly methods: readonly MethodResult[];
  readonly comparisons: readonly Comparison[];
  /** The sentence that sums up, computed from the comparisons. */
  readonly verdict: string;
  readonly blocks: { readonly trained: number; readonly reused: number };
}
