import type { StudyResult } from '../experiments/study-result';
import type { Figure } from './figure';
import { heatMapFigure, type HeatMapData } from './heat-map';
import { advantageOf, attacksOf, overSeedsWords } from './over-seeds';
import { studySource } from './study-source';

/**
 * The advantage of every attack on every method of a study, means over seeds, as a heat map.
 *
 * @throws UserError for a study without attacks
 */
export function studyHeatMapFigure(result: StudyResult): Figure {
  return heatMapFigure(studyHeatMap(result), studySource(result));
}

/** The data of that figure. */
export function studyHeatMap(result: StudyResult): HeatMapData {
  const attacks = attacksOf(result.methods);
  return {
    defenses: result.methods.map(({ label }) => label),
    attacks: attacks.map(({ title }) => title),
    values: result.methods.map((method) => attacks.map(({ name }) => advantageOf(method, name))),
    chance: 0,
    intervals: overSeedsWords(result),
  };
}
