import { z } from 'zod';
import { badInput, Interrupted } from '../errors';
import type { SignalSet } from '../signals/signal-set';
import type { AttackScores } from './attack';
import { bestCut } from './class-thresholds';
import { option } from './define-attack';

/** Asks a model for the predicted classes of inputs: x row-major [n, d] in, n classes out. */
export type LabelQuery = (x: Float32Array) => ArrayLike<number>;

/** A model that can be asked, with the inputs of its records. */
export interface QueriedModel {
  readonly query: LabelQuery;
  /** Inputs of the records of the set, row-major [n, d]. */
  readonly x: Float32Array;
}

/** Options of attacks that ask for labels. Without `query` they can be listed, but not run. */
export const labelQueryShape = {
  query: option(
    z.custom<LabelQuery>((value) => typeof value === 'function', 'Must be a function').optional(),
    'asks the target for predicted classes: x row-major [n, d] in, n classes out',
    'Choquette-Choo et al. 2021',
  ),
  x: option(
    z.custom<Float32Array>((value) => value instanceof Float32Array, 'Must be a Float32Array').optional(),
    'inputs of the records of the set, row-major [n, d]',
    'Choquette-Choo et al. 2021',
  ),
  shadow: option(
    z
      .custom<QueriedModel & { readonly model: number }>(
        (value) => typeof value === 'object' && value !== null,
      )
      .optional(),
    'a shadow model with the same records, whose row in the set is model; it sets the cut',
    'Choquette-Choo et al. 2021',
  ),
  records: option(
    z.array(z.number().int().min(0)).optional(),
    'which records are attacked, since each costs many queries; default all',
    'ours',
  ),
  lowest: option(z.number().finite().default(0), 'smallest value of an input', 'the data set'),
  highest: option(z.number().finite().default(1), 'largest value of an input', 'the data set'),
};

/** Inputs with the labels that are right. */
export interface Queried {
  readonly query: LabelQuery;
  readonly x: Float32Array;
  /** Number of features d. */
  readonly width: number;
  readonly labels: Int32Array;
}

/** Classes of inputs, checked. Throws UserError if the function gives another number of answers, or no whole numbers. */
export function ask(query: LabelQuery, x: Float32Array, width: number): ArrayLike<number> {
  const answers = query(x);
  const n = x.length / width;
  if (answers.length !== n) {
    throw badInput(
      'the number of labels that query gave',
      answers.length,
      `was asked for ${n}`,
      'Return one an input',
    );
  }
  for (let i = 0; i < n; i++) {
    if (Number.isInteger(answers[i])) continue;
    throw badInput(
      `label ${i} that query gave`,
      answers[i],
      'must be a class from 0',
      'Return predicted classes',
    );
  }
  return answers;
}

/**
 * Scores the chosen records of the target by a statistic of its labels; the cut is set on the shadow model if there is one.
 *
 * @param statistic one number for record i of `asked`, higher = member, and what a reader has to know of it
 * @throws UserError if query or x is missing, or sizes do not fit
 */
export function labelOnlyScores(
  set: SignalSet,
  name: string,
  options: {
    readonly query?: LabelQuery;
    readonly x?: Float32Array;
    readonly shadow?: QueriedModel & { readonly model: number };
    readonly records?: readonly number[];
  },
  statistic: (asked: Queried, record: number) => number,
  signal?: AbortSignal,
): AttackScores {
  const { query, x, shadow } = options;
  if (query === undefined || x === undefined) {
    throw badInput(
      'query',
      undefined,
      `${name} asks the model for labels`,
      'Pass query (inputs to classes) and x (the inputs of the records, [n, d])',
    );
  }
  const records = options.records ?? Array.from({ length: set.n }, (_, i) => i);
  const scoresOf = (model: QueriedModel, chosen: readonly number[]): Float64Array => {
    const asked = queried(set, model);
    return Float64Array.from(chosen, (record) => {
      if (signal?.aborted) throw new Interrupted(`The attack ${name} was interrupted.`);
      return statistic(asked, record);
    });
  };
  for (const record of records) {
    if (record < set.n) continue;
    throw badInput('records', record, `must be in 0 .. ${set.n - 1}`, 'Count records from 0');
  }
  const own = scoresOf({ query, x }, records);
  const scores = new Float64Array(set.n);
  const usable = new Uint8Array(set.n);
  records.forEach((record, at) => {
    scores[record] = own[at];
    usable[record] = 1;
  });
  const some = usable.includes(0) ? { usable } : {};
  if (shadow === undefined) return { scores, ...some, notes: [{ code: 'no-cut' }] };
  const cut = bestCut(
    scoresOf(shadow, records),
    Uint8Array.from(records, (i) => set.members[shadow.model][i]),
  );
  return { scores, ...some, cuts: new Float64Array(set.n).fill(cut), notes: [] };
}

function queried(set: SignalSet, { query, x }: QueriedModel): Queried {
  const width = x.length / set.n;
  if (!(Number.isInteger(width) && width >= 1)) {
    throw badInput('the number of values in x', x.length, `there are ${set.n} records`, 'Pass x as [n, d]');
  }
  return { query, x, width, labels: set.labels };
}
