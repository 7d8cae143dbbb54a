import type { StudyResult } from '../experiments/study-result';
import type { FigureSource } from './figure-source';

/** Data and command of a study, for the captions of its figures. */
export function studySource({ data, command }: StudyResult): FigureSource {
  return { data: data.title, command, synthetic: data.synthetic };
}
