import { UserError } from '../errors';
import { queryRows, type QueryRows } from '../experiments/store/query';
import { committedStore } from '../studies/committed-study';
import { notYet, type Verdict } from './exercise';

/** An exercise that is answered in SQL, which is run on the committed store. */
interface QueryExercise {
  readonly hints: readonly [string, ...string[]];
  readonly right?: string;
  /** What each column holds; names, order of rows and digits beyond the third are free. */
  readonly columns: readonly string[];
  readonly rows: string;
  readonly sql: string;
  /** Queries of those who have nearly understood, and what helps them. */
  readonly mistakes: readonly (readonly [sql: string, says: string])[];
}

const plainTargets = "data = 'location30' and canaries = 'null' and runs.role = 'target'";
const withRuns = (view: string): string => `from ${view} join runs using (block, model)`;
const tooMany = 'pictures and models with canaries are among yours: look at `data` and `canaries` of `runs`.';
const gapsOf = `select defense, record, avg(scaled_logit) filter (where member) as held,
  avg(scaled_logit) filter (where not member) as without ${withRuns('records')} where canaries <> 'null' group by all`;

/** Exercises that are answered in SQL, by the variable that takes the text. */
export const queries = {
  // 04 Training
  bestEpochs: {
    columns: ['defense', 'the mean over its targets of the epoch with the best test accuracy'],
    rows: 'defense',
    sql: `select defense, avg(best) from (select block, model, defense, max_by(epochs.epoch, epochs.test_accuracy) as best
      ${withRuns('epochs')} where ${plainTargets} group by all) group by defense`,
    mistakes: [
      [
        `select defense, avg(last_epoch) from runs where ${plainTargets} group by defense`,
        'that is the last epoch; `max_by(epoch, test_accuracy)` takes the epoch of the best accuracy.',
      ],
      [
        `select defense, max_by(epochs.epoch, epochs.test_accuracy) ${withRuns('epochs')} where ${plainTargets} group by defense`,
        'that is the best epoch of the one luckiest network: group by network first, then average.',
      ],
      [
        `select defense, avg(best) from (select block, model, defense, max_by(epochs.epoch, epochs.test_accuracy) as best
          ${withRuns('epochs')} group by all) group by defense`,
        tooMany,
      ],
    ],
    hints: [
      '`epochs` and `runs` are joined by `using (block, model)`; a column that both have needs its view before it.',
      'an inner query gives one row a network (`group by all`), an outer one the mean of each defense.',
    ],
    right:
      'A method whose best epoch comes early is a candidate for early stopping, which then costs nothing.',
  },
  // 07 Privacy and utility
  largestGrown: {
    columns: [
      'defense',
      'the mean over its targets of member_max at the last epoch minus its smallest value over the epochs',
    ],
    rows: 'defense',
    sql: `select defense, avg(grown) from (select block, model, defense,
      max_by(epochs.member_max, epochs.epoch) - min(epochs.member_max) as grown
      ${withRuns('epochs')} where ${plainTargets} group by all) group by defense`,
    mistakes: [
      [
        `select defense, avg(grown) from (select block, model, defense, max(epochs.member_max) - min(epochs.member_max) as grown
          ${withRuns('epochs')} where ${plainTargets} group by all) group by defense`,
        'that is the largest value minus the smallest; the end of training is asked for, `max_by(member_max, epoch)`.',
      ],
      [
        `select defense, max_by(epochs.member_max, epochs.epoch) - min(epochs.member_max) ${withRuns('epochs')}
          where ${plainTargets} group by defense`,
        'that mixes the networks of a defense: group by network first, then average.',
      ],
      [
        `select defense, avg(grown) from (select block, model, defense,
          max_by(epochs.member_max, epochs.epoch) - min(epochs.member_max) as grown
          ${withRuns('epochs')} group by all) group by defense`,
        tooMany,
      ],
    ],
    hints: [
      'join `epochs` and `runs`; the value at the end is `max_by(epochs.member_max, epochs.epoch)`.',
      'an inner query gives one row a network, an outer one the mean of each defense.',
    ],
    right: 'The methods with the largest growth leave single members behind.',
  },
  // 08 What average-case attacks miss
  mostExposed: {
    columns: ['defense', 'the number of its most exposed record'],
    rows: 'defense',
    sql: `select defense, max_by(record, held - without) from (${gapsOf}) group by defense`,
    mistakes: [
      [
        `select defense, max_by(record, held) from (${gapsOf}) group by defense`,
        'that record is easy, trained on or not: compare the models that hold it with those that do not.',
      ],
      [
        `select defense, min_by(record, held - without) from (${gapsOf}) group by defense`,
        'the sign: a model that was trained on a record has the higher scaled logit.',
      ],
    ],
    hints: [
      'an inner query gives two means for each defense and record: avg(scaled_logit) filter (where member), and the other.',
      'the outer one takes max_by(record, difference).',
    ],
    right: 'An average over all records shows neither of them.',
  },
} as const satisfies Record<string, QueryExercise>;

export type QueryName = keyof typeof queries;

/** Runs an answer and the question's own query, and compares the rows as sets. */
export async function checkSql(exercise: QueryExercise, answer: string): Promise<Verdict> {
  if (typeof answer !== 'string') return notYet('the answer is SQL, as a text.');
  const store = committedStore();
  const { columns, rows } = exercise;
  const ask = async (sql: string): Promise<QueryRows> => queryRows(sql, { store });
  const rowsOf = async (sql: string): Promise<unknown[][]> => ordered((await ask(sql)).rows);
  let answered: QueryRows;
  try {
    answered = await ask(answer);
  } catch (error) {
    if (error instanceof UserError) return notYet(error.message);
    throw error;
  }
  const width = answered.columns.length;
  if (width !== columns.length) {
    return notYet(`${columns.length} columns are asked for: ${columns.join('; ')}. Yours has ${width}.`);
  }
  const got = ordered(answered.rows);
  const exact = await rowsOf(exercise.sql);
  if (alike(got, exact)) return { right: true, says: exercise.right ?? '' };
  for (const [sql, says] of exercise.mistakes) if (alike(got, await rowsOf(sql))) return notYet(says);
  if (got.length !== exact.length) {
    return notYet(`one row a ${rows} is asked for, ${exact.length} rows. Yours has ${got.length}.`);
  }
  const at = got.findIndex((row, i) => !alike([row], [exact[i]]));
  return notYet(`${String(got[at][0])} gave ${String(got[at][1])}, which is not right.`);
}

const ordered = (rows: readonly (readonly unknown[])[]): unknown[][] =>
  rows.map((row) => [...row]).sort((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1));

/** Numbers that people round to three digits still count as equal. */
const alike = (a: readonly unknown[][], b: readonly unknown[][]): boolean =>
  a.length === b.length && a.every((row, i) => row.every((value, k) => equal(value, b[i][k])));

function equal(a: unknown, b: unknown): boolean {
  if (typeof a !== 'number' || typeof b !== 'number') return a === b;
  return Math.abs(a - b) <= (Number.isInteger(b) ? 0 : 6e-4 * Math.max(1, Math.abs(b)));
}
