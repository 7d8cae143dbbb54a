import { z } from 'zod';
import { badInput } from '../errors';
import { referenceModels, type SignalSet } from '../signals/signal-set';
import type { AttackScores, SetAttack } from './attack';
import { comparedModels } from './compared-models';
import { whereUsable } from './reference-sides';

export const adaptiveHampParameters = z
  .object({
    /** `augmented` takes the mean over the altered copies of each record, whose ranks differ more than 0 or not 0. */
    queries: z.enum(['record', 'augmented']).default('record'),
    /** Whether the mean over reference models trained with HAMP without the record is taken off. */
    calibrated: z.boolean().default(false),
  })
  .strict();

export type AdaptiveHampOptions = z.input<typeof adaptiveHampParameters>;
type Options = z.output<typeof adaptiveHampParameters>;

/**
 * Against HAMP (Chen and Pattabiraman 2024, NDSS, arXiv:2307.01610): its test-time half replaces the probabilities of each answer by
 * those of a random input in the same order, so the values say nothing and the order everything. This adversary reads the order
 * alone: the rank of the true class.
 */
export function adaptiveHamp(options: Options): SetAttack {
  const { queries, calibrated } = options;
  const several = queries === 'augmented';
  const parts = [...(several ? ['augmented'] : []), ...(calibrated ? ['calibrated'] : [])];
  return {
    name: `adaptive-hamp${parts.length === 0 ? '' : `/${parts.join('-')}`}`,
    title: `Against HAMP: rank of the true class${several ? ', several queries' : ''}${calibrated ? ', calibrated' : ''}`,
    formula:
      '-ln(1 + number of classes above y, equal ones half)' +
      `${several ? ', mean over copies' : ''}${calibrated ? ', minus its mean over out-models' : ''}`,
    reference:
      'HAMP: Chen and Pattabiraman 2024, arXiv:2307.01610; that its outputs must be attacked by labels: Aerni et al. 2024, arXiv:2404.17399',
    threatModel:
      'Knows that HAMP runs, and that it keeps the order of the classes; the order of all classes for each record' +
      `${several ? ' and its altered copies' : ''}; the true label` +
      `${calibrated ? '; reference models trained with HAMP without the records.' : '; no model of its own.'}`,
    needs: [...(several ? (['augmented'] as const) : []), ...(calibrated ? (['out-models'] as const) : [])],
    fittedOn: 'nothing',
    cost: {
      queries: several ? '1 a copy of a record' : '1 a record',
      models: calibrated ? 'reference models without the records' : 'none',
    },
    differences:
      "HAMP's own evaluation has label-only attacks with correctness; the rank also separates records that are wrong.",
    scores: (set) => score(set, options),
  };
}

function score(set: SignalSet, { queries, calibrated }: Options): AttackScores {
  const own = rankScores(set, set.target, queries);
  if (!calibrated) return { scores: own, notes: [] };
  const used = comparedModels(set, 'out-models');
  const sums = new Float64Array(set.n);
  const counts = new Int32Array(set.n);
  for (const m of referenceModels(set)) {
    const other = rankScores(set, m, queries);
    for (let i = 0; i < set.n; i++) {
      if (used[m][i] === 0) continue;
      sums[i] += other[i];
      counts[i]++;
    }
  }
  const usable = Uint8Array.from(counts, (count) => (count > 0 ? 1 : 0));
  const scores = own.map((value, i) => (counts[i] > 0 ? value - sums[i] / counts[i] : 0));
  return whereUsable('adaptive-hamp/calibrated', { scores, usable }, 'out-models');
}

/** -ln(1 + rank of the true class), [n]. */
function rankScores(set: SignalSet, model: number, queries: Options['queries']): Float64Array {
  const { n, classes, labels, augmented } = set;
  if (queries === 'record') {
    const { logits } = set.model(model);
    return Float64Array.from(
      { length: n },
      (_, i) => -Math.log1p(rankOf(logits, i * classes, classes, labels[i])),
    );
  }
  if (augmented === undefined) {
    throw badInput(
      'augmented',
      undefined,
      'several queries need it',
      'Pass the array augmented [M, N, A, K]',
    );
  }
  const logits = augmented.model(model);
  const { copies } = augmented;
  return Float64Array.from({ length: n }, (_, i) => {
    let sum = 0;
    for (let a = 0; a < copies; a++) {
      sum -= Math.log1p(rankOf(logits, (i * copies + a) * classes, classes, labels[i]));
    }
    return sum / copies;
  });
}

function rankOf(logits: ArrayLike<number>, start: number, classes: number, label: number): number {
  const own = logits[start + label];
  let rank = 0;
  for (let k = 0; k < classes; k++) {
    if (k === label) continue;
    if (logits[start + k] > own) rank++;
    else if (logits[start + k] === own) rank += 0.5;
  }
  return rank;
}
