/**
 * Checks and solutions of the notebooks' exercises.
 *
 * @module exercises
 */
export {
  checkAnswer,
  checkQuery,
  exerciseNames,
  solution,
  type AnswerOf,
  type ExerciseName,
} from '../exercises/check-answer';
export type { QueryName } from '../exercises/queries';
export type { Normal, Setting } from '../exercises/functions';
