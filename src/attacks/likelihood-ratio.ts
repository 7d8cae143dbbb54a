import { z } from 'zod';
import { orderFreeSum } from '../platform/math/order-free-sum';
import { logSoftmax, scaledLogit } from '../signals/log-softmax';
import type { ModelSignals, SignalSet } from '../signals/signal-set';
import { distinctNotes, type AttackNote, type AttackScores } from './attack';
import { classThresholds, ofRecords } from './class-thresholds';
import { defineAttack, option, type Filled } from './define-attack';
import { lessonParts, requiredShadowModels } from './shadow-models';
import { meanOf, squaresAbout } from './reference-sides';

const shape = {
  form: option(
    z.enum(['exact', 'as-coded']).default('exact'),
    'as-coded adds 1e-10 to every probability, which ties confident records',
    'official code of CCL',
  ),
};

type Options = Filled<typeof shape>;

/**
 * The likelihood ratio with one shadow model, as the official code of CCL has it (arXiv:2402.05453): one Gaussian of the
 * scaled logits of all the shadow model's members and one of its non-members, for every record the same two; not LiRA, which
 * has two a record. Cuts are set a class on the shadow model.
 */
export const likelihoodRatio = defineAttack(shape, ({ form }) => {
  const name = form === 'exact' ? 'likelihood-ratio' : 'likelihood-ratio/as-coded';
  return {
    name,
    title: `Likelihood ratio, one shadow model${form === 'exact' ? '' : ', as coded'}`,
    formula:
      'ln N(phi; members of the shadow) - ln N(phi; its non-members), ' +
      (form === 'exact'
        ? 'phi = ln(p_y / (1 - p_y))'
        : 'phi = ln(p_y + 1e-10) - ln sum_{k != y} (p_k + 1e-10)'),
    reference:
      'Official code of Liu et al. 2024, arXiv:2402.05453; after Carlini et al. 2022, arXiv:2112.03570',
    onTrueClass: true,
    threatModel:
      'The probabilities of all classes of each record; one shadow model trained as the target was, with known members.',
    needs: ['shadow models'],
    fittedOn: 'shadow models',
    cost: { queries: '1 a record', models: 'one shadow model' },
    differences:
      'The official code divides the two densities, which gives 0 / 0 far from both; here it is the logarithm of that ratio. ' +
      'The first reference model with members and non-members is the shadow model.',
    scores: (set) => score(set, form, name),
  };
});

function score(set: SignalSet, form: Options['form'], name: string): AttackScores {
  const [shadowIndex] = requiredShadowModels(
    set,
    `${name} needs one`,
    'Pass a model with members and non-members',
  );
  const statistic = form === 'exact' ? scaledLogit : clippedScaledLogit;
  const shadow = set.model(shadowIndex);
  const shadowPhi = statistic(shadow);
  const { labels, members } = shadow;
  const scores = statistic(set.model(set.target));
  const cuts = new Float64Array(set.n);
  const notes: AttackNote[] = [];
  for (const { known, asked } of lessonParts(set, [shadowIndex])) {
    const lesson = ofRecords({ scores: shadowPhi, labels, members }, set.n, known);
    const inside = gaussian(lesson.scores.filter((_, i) => lesson.members[i] === 1));
    const outside = gaussian(lesson.scores.filter((_, i) => lesson.members[i] === 0));
    const ratio = (phi: number): number => logDensity(phi, inside) - logDensity(phi, outside);
    const found = classThresholds({ ...lesson, scores: lesson.scores.map(ratio) }, set.classes);
    for (const i of asked) {
      scores[i] = ratio(scores[i]);
      cuts[i] = found.cuts[labels[i]];
    }
    notes.push(...found.notes);
  }
  return { scores, cuts, notes: distinctNotes(notes) };
}

interface Gaussian {
  readonly mean: number;
  /** ddof 0; 1 where all values are equal. */
  readonly deviation: number;
}

/** Sums in ascending order, so that the order of the records plays no part. */
function gaussian(values: Float64Array): Gaussian {
  values.sort();
  const mean = meanOf(values);
  const equal = values[0] === values[values.length - 1];
  return { mean, deviation: equal ? 1 : Math.sqrt(squaresAbout(values, mean) / values.length) };
}

/** Up to a constant. */
function logDensity(x: number, { mean, deviation }: Gaussian): number {
  const z = (x - mean) / deviation;
  return -0.5 * z * z - Math.log(deviation);
}

function clippedScaledLogit(signals: ModelSignals): Float64Array {
  const { n, classes, labels } = signals;
  const all = logSoftmax(signals);
  return Float64Array.from({ length: n }, (_, i) => {
    const row = all.subarray(i * classes, (i + 1) * classes).map((value) => Math.exp(value) + 1e-10);
    const others = orderFreeSum(row.filter((_, k) => k !== labels[i]));
    return Math.log(Math.exp(all[i * classes + labels[i]]) + 1e-10) - Math.log(others);
  });
}
