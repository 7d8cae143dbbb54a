import { badInput } from '../errors';
import type { DefenseResult, StudyResult } from '../experiments/study-result';
import type { Figure } from './figure';
import type { PlaneMethod, PlanePanel } from './plane-data';
import { privacyUtilityPlaneFigure } from './privacy-utility-plane';
import {
  advantageOf,
  overSeedsWords,
  sharedAttacks,
  studyFamilies,
  type StudyFamily,
  studySource,
} from './study-data';

export interface StudyAttackChoice {
  /** Names of attacks as they stand in the result, e.g. `loss`; default all that every method has. */
  readonly attacks?: readonly string[];
  /** A sentence for the caption, e.g. why these. */
  readonly note?: string;
}

/**
 * The privacy-utility plane of a study, one panel an attack: each family of methods is a line along its parameter, the
 * study's first method is the undefended model. A family of that method alone has no line.
 *
 * @throws UserError for a single method, or an attack that not every method has
 */
export function studyPlaneFigure(result: StudyResult, { attacks, note }: StudyAttackChoice = {}): Figure {
  return privacyUtilityPlaneFigure(studyPlanePanels(result, attacks), studySource(result), {
    intervals: overSeedsWords(result),
    note,
  });
}

/** The data of that figure: advantages and test accuracies, means over seeds. */
export function studyPlanePanels(result: StudyResult, attacks?: readonly string[]): PlanePanel[] {
  const [undefended] = result.defenses;
  const families = studyFamilies(result).filter(
    ({ members }) => members.length > 1 || members[0].defense !== undefended,
  );
  if (families.length === 0) {
    throw badInput(
      'the number of methods of the study',
      result.defenses.length,
      'the plane compares at least two',
      'Add a method',
    );
  }
  return sharedAttacks(result, attacks).map(({ name, title }): PlanePanel => ({
    attack: title,
    methods: families.map((family) => planeMethod(family, name)),
    undefended: placeOf(undefended, name),
    chance: 0,
  }));
}

function planeMethod({ label, members }: StudyFamily, attack: string): PlaneMethod {
  return {
    label,
    points: members.map(({ defense, parameter }) => ({ parameter, ...placeOf(defense, attack) })),
  };
}

function placeOf(defense: DefenseResult, attack: string): PlanePanel['undefended'] {
  // `sharedAttacks` gives those that every method has.
  return { privacy: advantageOf(defense, attack)!, testAccuracy: defense.summary.testAccuracy };
}
