import type { MethodResult, StudyResult } from '../experiments/study-result';
import type { Interval } from '../metrics/interval';
import { meanOverSeeds } from '../metrics/mean-over-seeds';
import { p1FromAdvantage } from '../metrics/p1';
import type { Figure } from './figure';
import { attackRuns, mostSeeds, sharedAttacks } from './over-seeds';
import { p1BarsFigure, type P1Group } from './p1-bars';
import { chosenMethods } from './shown-methods';
import type { StudyAttackChoice } from './study-plane';
import { studySource } from './study-source';

/** The most bars that are read side by side. */
const mostBars = 12;

/**
 * P1 of a study's methods, one panel an attack: each family with the parameters that its shadow models chose; where
 * nothing was chosen, all methods up to twelve.
 *
 * @throws UserError for an attack that not every method has
 */
export function studyP1Figure(result: StudyResult, { attacks, note }: StudyAttackChoice = {}): Figure {
  const seeds = mostSeeds(result.methods);
  return p1BarsFigure(studyP1Groups(result, attacks), studySource(result), {
    note,
    ...(seeds === 1 ? { intervals: 'none, with one seed' } : {}),
  });
}

/** The data of that figure. */
export function studyP1Groups(result: StudyResult, attacks?: readonly string[]): P1Group[] {
  const methods = result.selections.length > 0 ? chosenMethods(result) : result.methods.slice(0, mostBars);
  return sharedAttacks(result, attacks).map(({ name, title }) => ({
    attack: title,
    bars: methods.map((method) => ({ label: method.label, p1: p1Against(method, name) })),
  }));
}

function p1Against(method: MethodResult, attack: string): Interval {
  const advantages = attackRuns(method, attack)!.map(({ advantage }) => advantage.estimate);
  return meanOverSeeds(
    method.runs.map(({ testAccuracy }, i) => p1FromAdvantage(testAccuracy, advantages[i])),
  );
}
