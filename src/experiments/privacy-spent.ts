import { type DpSgdOptions, type DpSgdPrivacy, dpSgdPrivacy } from '../defenses/dp-sgd';
import { changedRecipe } from '../training/recipe';
import type { StudyResult } from './study-result';

/** What a method of a study spends in one training. */
export interface PrivacySpent extends DpSgdPrivacy {
  /** Of the method, for people. */
  readonly label: string;
  readonly sampling: DpSgdOptions['sampling'];
}

/** What each method with DP-SGD spends, accounted from its options, the recipe and the records of a model. */
export function privacySpent({ data, defenses, settings }: StudyResult): PrivacySpent[] {
  return defenses
    .filter(({ name }) => name === 'dp-sgd')
    .map(({ label, options, recipe }) => {
      const own = options as unknown as DpSgdOptions;
      const spent = dpSgdPrivacy(own, data.partSize, changedRecipe(settings.recipe, recipe));
      return { ...spent, label, sampling: own.sampling };
    });
}
