import type { Interval } from '../metrics/interval';
import type { SignalArrays } from '../signals/memory-signal-set';
import type { ModelSignals, SignalSet } from '../signals/signal-set';

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

/** What signals must hold beyond the target's outputs, so that an attack can run. */
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

/** The scores of an attack; all records are scored unless `usable` says otherwise. */
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

/** An attack on the target of a set of models; where it needs nothing, the target's outputs are enough. */
export interface Attack extends AttackInfo {
  /** Its name in the registry; its own name also tells its options. */
  readonly family?: string;
  /** The options that it was made with, those that are plain data. */
  readonly options?: Readonly<Record<string, unknown>>;
  readonly needs: readonly Need[];
  readonly fittedOn: FittedOn;
  /** True for oracles only: judged on the very records whose membership they were fitted on. */
  readonly inSample?: boolean;
  readonly cost: AttackCost;
  /** How the definition differs among the public codes, and which one this is. */
  readonly differences?: string;
  /** Set where the score depends on the probability of the true class alone, so that this number is enough to know. */
  readonly onTrueClass?: true;
  /** Set where the score needs no true class, so that it runs on records without labels. */
  readonly withoutLabels?: true;
  /**
   * Scores the target's records. Uses the target's membership only if `fittedOn` is `target`.
   *
   * @param signals a set, or plain arrays of which one is made (`memorySignalSet`)
   * @param context default seed 1
   * @throws UserError if the signals lack what `needs` names, or arrays do not fit each other
   */
  scores(signals: SignalSet | SignalArrays, context?: AttackContext): AttackScores;
}

/** An attack that looks at nothing but the outputs of one model. */
export interface OutputAttack extends Attack {
  /** Scores by the outputs of any one model, [n], float64, higher = member. */
  score(signals: ModelSignals): Float64Array;
}

/** What one attack achieved against one target model. All intervals are over records. */
export interface AttackResult {
  readonly name: string;
  readonly title: string;
  readonly threatModel: string;
  /** Balanced accuracy of the decisions at the attack's cuts; of the best cut on these records where it only ranks. */
  readonly accuracy: Interval;
  /** TPR - FPR of the same decisions. */
  readonly advantage: Interval;
  /** Area under the ROC curve of the raw score (no cut involved). */
  readonly auc: Interval;
  /** TPR at a nominal FPR (key, e.g. '0.01'); the rule is FPR <= x. */
  readonly tprAtFpr: Readonly<Record<string, Interval>>;
  /** What a reader has to know, e.g. a class without shadow records that got the global threshold. */
  readonly notes: readonly AttackNote[];
  /** The smallest FPR at which a TPR has an interval here. */
  readonly smallestFpr: number;
}

/** A part of the records that has no cut of its own: a class, a group, or all. */
export interface LackingPart {
  /** Number of the class or group. */
  readonly part: number | string;
  readonly lacks: 'member' | 'non-member' | 'record';
}

/** What a reader of an attack's numbers has to know, as data: `attackNoteWords` (src/wording.ts) says it to people. */
export type AttackNote =
  /** The cut of all records stands in for some parts. */
  | { readonly code: 'shared-cut'; readonly by: 'class' | 'group'; readonly parts: readonly LackingPart[] }
  /** The cuts were chosen on the target's own membership: an upper bound. */
  | { readonly code: 'cuts-on-target' }
  /** No shadow model sets a cut: the score only ranks. */
  | { readonly code: 'no-cut' }
  /** The attack only ranks: accuracy and advantage are those of the best cut on these records. */
  | { readonly code: 'best-cut' }
  /** Records that have no score, of so many, for want of such models. */
  | {
      readonly code: 'unscored';
      readonly records: number;
      readonly of: number;
      readonly lacks?: 'in- and out-models' | 'out-models' | 'reference models';
    }
  | { readonly code: 'unscored-pairs'; readonly pairs: number; readonly of: number }
  /** Learned from shadow models. */
  | {
      readonly code: 'learned-from-shadows';
      readonly records: number;
      readonly models: number;
      /** Each record was scored by a fit without it. */
      readonly halves?: true;
      /** Where other fits learned from so many records. */
      readonly otherSizes?: readonly number[];
    }
  /** Fitted on the target itself, each record scored once by a fit without it: an upper bound. */
  | { readonly code: 'fitted-on-target'; readonly what: 'fit' | 'histograms'; readonly folds: number }
  /** Each fit learned from so many records only. */
  | { readonly code: 'records-a-fit'; readonly records: number }
  /** The other audited records stand in for the population. */
  | { readonly code: 'no-population' }
  /** What was learned from all classes stands in for these, which lack a side. */
  | {
      readonly code: 'shared-by-classes';
      readonly what: 'histogram' | 'quantile';
      readonly classes: readonly number[];
    }
  /** Reference models do not tell the difficulty of enough records. */
  | { readonly code: 'no-difficulty' }
  /** Records of which no random input is misclassified. */
  | { readonly code: 'never-misclassified'; readonly records: number }
  | { readonly code: 'queries'; readonly queries: number }
  | { readonly code: 'mean-over-epochs'; readonly epochs: number }
  | { readonly code: 'mean-over-norms'; readonly norms: number }
  /** Of an attack of one's own, in words. */
  | { readonly code: 'own'; readonly words: string };

/** Each note once, in the order of their first mention. */
export function distinctNotes(notes: readonly AttackNote[]): AttackNote[] {
  const seen = new Map(notes.map((note) => [JSON.stringify(note), note]));
  return [...seen.values()];
}
