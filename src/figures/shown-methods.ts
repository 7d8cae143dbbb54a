import type { MethodResult, StudyResult } from '../experiments/study-result';

/**
 * The baseline, each method that is alone in its family, and of every other family the one whose parameters the shadow
 * models chose, in the order of the study.
 */
export function chosenMethods({ methods, selections }: StudyResult): MethodResult[] {
  const grids = new Set(selections.map(({ family }) => family));
  const chosen = new Set(selections.map((selection) => selection.chosen));
  return methods.filter(({ key, family }, i) => i === 0 || chosen.has(key) || !grids.has(family));
}

/** Some of a study's methods, for figures that get unreadable with many. */
export interface ShownMethods {
  readonly methods: readonly MethodResult[];
  /** Which they are, as a sentence; empty if they are all. */
  readonly words: string;
}

/** All methods if there are few; else `chosenMethods`, the first ones if these are too many as well. */
export function shownMethods(result: StudyResult, most = 8): ShownMethods {
  const all = result.methods.length;
  if (all <= most) return { methods: result.methods, words: '' };
  const chosen = chosenMethods(result);
  const methods = chosen.slice(0, most);
  const which =
    result.selections.length === 0
      ? 'the first in the order of the study'
      : `${result.methods[0].label} and of each family the parameters that its shadow models chose`;
  const cut =
    result.selections.length > 0 && chosen.length > most
      ? `, the first ${methods.length} of ${chosen.length}`
      : '';
  return { methods, words: `Shown are ${methods.length} of ${all} methods: ${which}${cut}.` };
}
