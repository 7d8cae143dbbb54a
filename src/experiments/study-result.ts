import type { AttackResult } from '../attacks/attack';
import type { CanaryKind } from '../data/canaries';
import type { Dataset } from '../data/dataset';
import type { DefenseOptionValues } from '../defenses/defense';
import type { Interval } from '../metrics/interval';
import type { LossSummary } from '../metrics/loss-summary';
import type { ModelSpec } from '../models/network';
import type { RecipeChanges } from '../training/recipe';
import type { Study } from './study';

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

/** What a study found of a defense. Defenses of one name differ in their options and changes of the recipe only. */
export interface DefenseResult {
  /** Unique within the study, e.g. `ccel alpha=0.5`: to find it by. What it says stands beside it, as data. */
  readonly key: string;
  /** Name of the loss or defense. */
  readonly name: string;
  /** All options, those that were not given as well. */
  readonly options: DefenseOptionValues;
  /** Its changes of the study's recipe. */
  readonly recipe: RecipeChanges;
  /** For people, without options: `CCEL`. */
  readonly title: string;
  /** For people: `CCEL (alpha 0.5)`. */
  readonly label: string;
  readonly runs: readonly RunResult[];
  /** Mean over seeds with a t interval (null bounds with fewer than 2 seeds). */
  readonly summary: Readonly<Record<SummaryMetric, Interval>>;
}

/** Paired difference to the baseline, seeds as the unit. */
export interface Comparison {
  /** Key of the defense. */
  readonly defense: string;
  readonly metric: SummaryMetric;
  /** Defense minus baseline. */
  readonly difference: Interval;
  /** Two-sided p of the paired t test, after Holm's correction over defenses within this metric. */
  readonly p: number | null;
  readonly verdict: 'better' | 'worse' | 'not decided';
}

/** A defense as its shadow models show it, means over seeds. */
export interface Candidate extends ShadowNumbers {
  /** Key of the defense. */
  readonly defense: string;
}

/** The parameters of a loss or defense that were chosen without a look at any target. */
export interface Selection {
  /** Name of the loss or defense. */
  readonly name: string;
  readonly rule: SelectionRule;
  /** Key of the chosen defense; null if none is accurate enough. */
  readonly chosen: string | null;
  /** All defenses of that name, in the order of the study. */
  readonly candidates: readonly Candidate[];
}

/** How parameters are chosen: the largest P1, or the smallest advantage among those that are accurate enough. */
export type SelectionRule =
  { readonly by: 'p1' } | { readonly by: 'advantage'; readonly accuracyAtLeast: number };

/** How a study trains and attacks. */
export interface StudySettings extends Pick<
  Study,
  'recipe' | 'seeds' | 'shadows' | 'ensemble' | 'canaries' | 'adversary'
> {
  /** How records were dealt, and what that is called. */
  readonly split: Study['split'] & { readonly title: string };
}

/** Everything that the table, the figures and the report need; plain JSON. */
export interface StudyResult {
  readonly schema: 'ccl-lab/study-result/2';
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
  /** The network, and what it is called. */
  readonly model: ModelSpec & { readonly label: string };
  readonly settings: StudySettings;
  readonly backend: { readonly name: string; readonly version: string; readonly threads: number };
  /** Of each loss or defense with several settings, those that its shadow models point to. */
  readonly selections: readonly Selection[];
  /** The first one is the baseline. */
  readonly defenses: readonly DefenseResult[];
  readonly comparisons: readonly Comparison[];
  readonly blocks: { readonly trained: number; readonly reused: number };
}
