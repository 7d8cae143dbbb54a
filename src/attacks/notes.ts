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
