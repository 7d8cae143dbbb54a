import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { unknownName } from '../options';
import { projectRoot } from '../paths';
import { answers } from './answers';
import type { Exercise, Verdict } from './exercise';
import { functions } from './functions';
import { checkSql, queries, type QueryName } from './queries';

const exercises = { ...answers, ...functions };

/** The exercises of the notebooks, named as the variable that takes the answer. */
export type ExerciseName = keyof typeof exercises;

/** What an exercise is answered with. */
export type AnswerOf<Name extends ExerciseName> =
  (typeof exercises)[Name] extends Exercise<infer Answer> ? Answer : never;

/** All names that `checkAnswer` and, where SQL is the answer, `checkQuery` take. */
export const exerciseNames = Object.keys({ ...exercises, ...queries }) as readonly (
  ExerciseName | QueryName
)[];

/** Different wrong answers in this process, so that running a cell again gives no further hint. */
const wrong = new Map<ExerciseName | QueryName, Set<string>>();

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
  const { hints, check } = named(exercises, name) as unknown as Exercise<AnswerOf<Name>>;
  return answer === null ? `Hint: ${hints[0]}` : words(name, hints, answer, check(answer));
}

/**
 * The same for an answer in SQL: it is run on the committed store (`experiments.committedStore`), and its rows are
 * compared with those that were asked for.
 *
 * @param sql null where there is none yet: gives the first hint
 * @throws UserError for a name that no exercise in SQL has
 *
 * @example
 * ```ts
 * import { exercises } from 'ccl-lab';
 *
 * console.log(await exercises.checkQuery('bestEpochs', 'select defense from runs')); // prints Not yet: 2 columns are asked for
 * ```
 */
export async function checkQuery(name: QueryName, sql: string | null): Promise<string> {
  const exercise = named(queries, name);
  const { hints } = exercise;
  return sql === null ? `Hint: ${hints[0]}` : words(name, hints, sql, await checkSql(exercise, sql));
}

function named<List extends object, Name extends keyof List & string>(list: List, name: Name): List[Name] {
  if (!Object.hasOwn(list, name)) throw unknownName('exercise', name, Object.keys(list));
  return list[name];
}

function words(
  name: ExerciseName | QueryName,
  hints: readonly string[],
  answer: unknown,
  { right, says }: Verdict,
): string {
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
export function solution(name: ExerciseName | QueryName): string {
  named({ ...exercises, ...queries }, name);
  const folder = join(projectRoot, 'notebooks', 'solutions');
  const files = existsSync(folder) ? readdirSync(folder) : [];
  const texts = files.map((file) => readFileSync(join(folder, file), 'utf8'));
  const sections = texts.flatMap((text) => text.split(/^## /m));
  const found = sections.find((section) => section.startsWith(`\`${name}\``));
  return (
    found?.slice(name.length + 2).trim() ?? 'This copy has no solutions; whoever teaches the course has them.'
  );
}
