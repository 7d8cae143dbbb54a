import { z } from 'zod';
import { lossOfScaledLogit } from '../platform/math/log-space';
import { scaledLogit } from '../signals/log-softmax';
import type { SignalSet } from '../signals/signal-set';
import { crossEntropies, modelRow } from '../signals/statistics';
import type { AttackScores } from './attack';
import { aboveZero, defineAttack, option, unit, type Filled } from './define-attack';
import { forEachRecord, logMeanExpNegative, whereUsable } from './reference-sides';

const shape = {
  online: option(
    z.boolean().default(true),
    'whether reference models that hold the record are used too',
    'Lassila et al. 2025',
  ),
  scale: option(
    unit.default(0.33),
    'offline only: the weight of the threshold, which stands in for the missing in-models',
    'Lassila et al. 2025',
  ),
  temperature: option(
    aboveZero.default(1),
    'logits are divided by it',
    'LeakPro, whose default is 2; 1 is the loss itself',
  ),
};

type Options = Filled<typeof shape>;

/**
 * BASE (Lassila, Östman, Ngo and Graell i Amat 2025, arXiv:2505.24089), the Bayes-optimal rule with its threshold
 * approximated by reference models: -loss(x) - ln mean_m exp(-loss_m(x)). Online over as many in- as out-models of the
 * record, which ranks as RMIA with gamma 1 does; offline over the out-models with the threshold scaled.
 */
export const base = defineAttack(shape, (options) => {
  const { online, scale, temperature } = options;
  const name = [
    `base/${online ? 'online' : 'offline'}`,
    ...(online || scale === 0.33 ? [] : [`scale-${scale}`]),
    ...(temperature === 1 ? [] : [`temperature-${temperature}`]),
  ].join('-');
  return {
    name,
    title: `BASE (${online ? 'online' : `offline, scale ${scale}`}${temperature === 1 ? '' : `, temperature ${temperature}`})`,
    formula: online
      ? 'ln p_y - ln mean over in- and out-models of p_y'
      : 'ln p_y - scale ln mean over out-models of p_y',
    reference: 'Lassila et al. 2025, arXiv:2505.24089',
    onTrueClass: true,
    threatModel:
      'The probability of the true class of each record; reference models trained as the target was' +
      (online ? '.' : ', without the records.'),
    needs: online ? ['out-models', 'in-models'] : ['out-models'],
    fittedOn: 'nothing',
    cost: { queries: '1 a record', models: 'at least one reference model' },
    differences:
      'LeakPro divides logits by a temperature of 2 unless told; here 1, which is the loss itself. The paper takes all ' +
      'reference models of a record, here as many in as out: their numbers alone would tell membership in plans of exact ' +
      'halves. Small form: the variant for graphs is left out.',
    scores: (set) => score(set, options, name),
  };
});

function score(set: SignalSet, { online, scale, temperature }: Options, name: string): AttackScores {
  const losses = temperature === 1 ? crossEntropies(set) : softenedLosses(set, temperature);
  const own = modelRow(losses, set.n, set.target);
  const usable = new Uint8Array(set.n);
  const scores = new Float64Array(set.n);
  const both = new Float64Array(set.models);
  const compared = online ? 'in- and out-models' : 'out-models';
  forEachRecord(set, losses, compared, (i, { inside, outside }) => {
    const count = inside.length + outside.length;
    if (count === 0) return;
    usable[i] = 1;
    both.set(outside);
    both.set(inside, outside.length);
    scores[i] = -own[i] - (online ? 1 : scale) * logMeanExpNegative(both.subarray(0, count));
  });
  return whereUsable(name, { scores, usable }, compared);
}

/** Cross-entropy losses at a temperature, [M, n]. */
function softenedLosses(set: SignalSet, temperature: number): Float64Array {
  const out = new Float64Array(set.models * set.n);
  for (let m = 0; m < set.models; m++) {
    const { n, classes, labels, logits } = set.model(m);
    const softened = Float64Array.from(logits, (logit) => logit / temperature);
    const phi = scaledLogit({ n, classes, labels, logits: softened });
    out.set(phi.map(lossOfScaledLogit), m * set.n);
  }
  return out;
}
