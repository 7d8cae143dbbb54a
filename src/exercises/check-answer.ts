import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { unknownName } from '../options';
import { projectRoot } from '../paths';
import { answers } from './answers';
import type { Exercise } from './exercise';
import { functions } from './functions';

const exercises = { ...answers, ...functions };

/** The exercises of the notebooks, named as the variable that takes the answer. */
export type ExerciseName = keyof typeof exercises;

/** What an exercise is answered with. */
export type AnswerOf<Name extends ExerciseName> =
  (typeof exercises)[Name] extends Exercise<infer Answer> ? Answer : never;

/** All names that `checkAnswer` takes. */
export const exerciseNames = Object.keys(exercises) as readonly ExerciseName[];

/** Different wrong answers in this process, so that running a cell again gives no further hint. */
const wrong = new Map<ExerciseName, Set<string>>();

/**
 * What a notebook says to an answer: «Right.», or «Not yet:» with what is wrong. The first wrong answer gets no hint, each
 * further one (a different one) a hint that says more. A function is run on inputs that the notebook does not show, and
 * compared with the library.
 *
 * @param name of the exercise, e.g. 'turnedAuc'
 * @param answer null where there is none yet: gives the first hint
 * @returns one or two lines
 * @throws UserError for a name that no exercise has
 *
 * @example
 * ```ts
 * import { exercises } from 'ccl-lab';
 *
 * console.log(exercises.checkAnswer('turnedAuc', 0.3)); // prints Not yet: 0.3 was the share of pairs in which the member had the higher score.
 * ```
 */
export function checkAnswer<Name extends ExerciseName>(name: Name, answer: AnswerOf<Name> | null): string {
  if (!(name in exercises)) throw unknownName('exercise', name, exerciseNames);
  const { hints, check } = exercises[name] as unknown as Exercise<AnswerOf<Name>>;
  if (answer === null) return `Hint: ${hints[0]}`;
  const { right, says } = check(answer);
  if (right) return says === '' ? 'Right.' : `Right. ${says}`;
  const tries = wrong.get(name) ?? new Set<string>();
  wrong.set(name, tries.add(String(answer)));
  const told = `Not yet: ${says}`;
  if (tries.size === 1) return told;
  if (tries.size > hints.length) return `${told}\nThe solution: exercises.solution('${name}')`;
  return `${told}\nHint: ${hints[tries.size - 1]}`;
}

/**
 * The solution of an exercise with its reason, from notebooks/solutions; a copy for students has none and says so.
 *
 * @throws UserError for a name that no exercise has
 */
export function solution(name: ExerciseName): string {
  if (!(name in exercises)) throw unknownName('exercise', name, exerciseNames);
  const folder = join(projectRoot, 'notebooks', 'solutions');
  const files = existsSync(folder) ? readdirSync(folder) : [];
  const texts = files.map((file) => readFileSync(join(folder, file), 'utf8'));
  const sections = texts.flatMap((text) => text.split(/^## /m));
  const found = sections.find((section) => section.startsWith(`\`${name}\``));
  return (
    found?.slice(name.length + 2).trim() ?? 'This copy has no solutions; whoever teaches the course has them.'
  );
}
