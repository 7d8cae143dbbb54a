/**
 * Checks and solutions of the notebooks' exercises.
 *
 * @module exercises
 */
export {
  checkAnswer,
  exerciseNames,
  solution,
  type AnswerOf,
  type ExerciseName,
} from '../exercises/check-answer';
export type { Normal, Setting } from '../exercises/functions';
