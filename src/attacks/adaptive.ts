import { z } from 'zod';
import { badInput } from '../errors';
import { logSoftmax, scaledLogit } from '../signals/log-softmax';
import { type ModelSignals, referenceModels, type SignalSet } from '../signals/signal-set';
import { augmentedScaledLogits, modelRow, scaledLogits } from '../signals/statistics';
import { orderFreeSum } from '../platform/math/order-free-sum';
import type { AttackScores } from './attack';
import { comparedModels } from './compared-models';
import { defineAttack, option, type Filled } from './define-attack';
import { learnedShape, learnedStatement } from './learned-attack';
import type { FeatureRows } from './learners/lesson';
import { logisticLearner } from './learners/logistic';
import { whereUsable } from './reference-sides';

// Attacks that know the defense, one a defense.

const hampShape = {
  queries: option(
    z.enum(['record', 'augmented']).default('record'),
    'the record alone, or the mean over its altered copies, whose ranks differ more than 0 or not 0',
    'ours',
  ),
  calibrated: option(
    z.boolean().default(false),
    'whether the mean over reference models trained with HAMP without the record is taken off',
    'ours, after Watson et al. 2022, arXiv:2111.08440',
  ),
};

type HampOptions = Filled<typeof hampShape>;

/**
 * Against HAMP (Chen and Pattabiraman 2024, NDSS, arXiv:2307.01610): its test-time half replaces the probabilities of each answer by
 * those of a random input in the same order, so the values say nothing and the order everything. This adversary reads the order
 * alone: the rank of the true class.
 */
export const adaptiveHamp = defineAttack(hampShape, (options) => {
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
    scores: (set) => hampScores(set, options),
  };
});

function hampScores(set: SignalSet, { queries, calibrated }: HampOptions): AttackScores {
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
function rankScores(set: SignalSet, model: number, queries: HampOptions['queries']): Float64Array {
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

/**
 * Against SELENA (Tang et al. 2022, USENIX Security, arXiv:2110.08324): each member is answered as by the sub-models that were not
 * trained on it, but only the member itself is; inputs next to it are answered by all sub-models, of which most were trained on it.
 * The distilled model inherits this gap. The adversary asks for the record and for inputs near it and learns from shadow models,
 * trained with SELENA, how the two answers go together for members.
 */
export const adaptiveSelena = defineAttack(learnedShape, ({ fittedOn, records }) =>
  learnedStatement({
    name: 'adaptive-selena',
    title: 'Against SELENA: the record and inputs near it',
    formula:
      'logistic regression on phi(x), mean, smallest and largest phi of the altered copies, and mean phi of the copies - phi(x); ' +
      'phi = ln(p_y / (1 - p_y))',
    reference:
      'SELENA: Tang et al. 2022, arXiv:2110.08324 (section on adaptive attacks); Aerni et al. 2024, arXiv:2404.17399',
    differences:
      "SELENA's authors give their adversary some members and ask near the others' inputs; here the shadow models stand in for known " +
      'members. Aerni et al. plant near-duplicates instead.',
    sees:
      'Knows that SELENA runs and its number of sub-models, not which sub-models hold a record; the probability of the true class of each ' +
      'record and of inputs near it (the altered copies)',
    queries: '1 a record and 1 a copy of it',
    shadows: "shadow models trained with SELENA and the target's settings",
    needs: ['augmented'],
    fittedOn,
    mostRecords: records ?? 20000,
    features: nearFeatures,
    learner: logisticLearner(),
  }),
);

function nearFeatures(set: SignalSet, model: number): FeatureRows {
  const near = augmentedScaledLogits(set);
  if (near === undefined || set.augmented === undefined) {
    throw badInput(
      'augmented',
      undefined,
      'inputs near the records are needed',
      'Pass the array augmented [M, N, A, K]',
    );
  }
  const { n } = set;
  const { copies } = set.augmented;
  const own = modelRow(scaledLogits(set), n, model);
  const width = 5;
  const values = new Float64Array(n * width);
  for (let i = 0; i < n; i++) {
    const start = (model * n + i) * copies;
    let [sum, low, high] = [0, Infinity, -Infinity];
    for (let a = start; a < start + copies; a++) {
      sum += near[a];
      low = Math.min(low, near[a]);
      high = Math.max(high, near[a]);
    }
    values.set([own[i], sum / copies, low, high, sum / copies - own[i]], i * width);
  }
  return { n, width, values };
}

/**
 * Against RelaxLoss (Chen, Yu and Fritz 2022, ICLR, arXiv:2207.05801): training holds members' mean loss at a level, by gradient
 * ascent and by flattening the probabilities of the wrong classes. Members then do not have the lowest losses but losses about
 * that level, and their wrong classes look alike. The adversary learns from shadow models, trained with RelaxLoss, where members'
 * losses lie (a quadratic in phi, so that both sides may count against membership) and how flat their wrong classes are.
 */
export const adaptiveRelaxLoss = defineAttack(learnedShape, ({ fittedOn, records }) =>
  learnedStatement({
    name: 'adaptive-relaxloss',
    title: 'Against RelaxLoss: level of the loss and flatness of the wrong classes',
    formula:
      'logistic regression on phi, phi^2 (phi clipped to +-30), sd and range of ln p_k over the wrong classes; phi = ln(p_y / (1 - p_y))',
    reference:
      'RelaxLoss: Chen et al. 2022, arXiv:2207.05801; adaptive LiRA against it: Aerni et al. 2024, arXiv:2404.17399',
    differences:
      "RelaxLoss's own evaluation sets thresholds on a shadow model without RelaxLoss. Aerni et al. run LiRA on shadow models with it, " +
      'which `lira` does for any set.',
    sees: 'Knows that RelaxLoss runs and its level; the probabilities of all classes of each record and its label',
    shadows: "shadow models trained with RelaxLoss and the target's level and settings",
    fittedOn,
    mostRecords: records ?? 20000,
    features: (set, model) => levelFeatures(set.model(model)),
    learner: logisticLearner(),
  }),
);

function levelFeatures(signals: ModelSignals): FeatureRows {
  const { n, classes, labels } = signals;
  const phi = scaledLogit(signals);
  const all = logSoftmax(signals);
  const width = 4;
  const values = new Float64Array(n * width);
  for (let i = 0; i < n; i++) {
    const row = all.subarray(i * classes, (i + 1) * classes);
    const wrong = row.filter((_, k) => k !== labels[i]);
    const mean = orderFreeSum(wrong) / wrong.length;
    const squares = orderFreeSum(wrong.map((own) => (own - mean) ** 2));
    const range = wrong.reduce((a, b) => Math.max(a, b)) - wrong.reduce((a, b) => Math.min(a, b));
    const bounded = Math.min(30, Math.max(-30, phi[i]));
    values.set([bounded, bounded ** 2, Math.sqrt(squares / wrong.length), range], i * width);
  }
  return { n, width, values };
}

/** Log-probabilities below this count as this, so that no class decides alone. */
const floor = -30;

/**
 * Against distillation (KD, DMP, knowledge from a teacher that is thrown away): a student sees the members' labels in part (KD) or not at all (DMP),
 * but it copies how the teacher answers, and a teacher that was trained on x spreads even the wrong classes another way (Jagielski et al. 2023,
 * "Students parrot their teachers", arXiv:2303.03446). The adversary trains teachers with and without x, distills each as the
 * target was, and asks by a Gaussian likelihood ratio on the log-probabilities of all classes, not of the true one alone, which
 * kind of student the target resembles.
 */
export const adaptiveDistillation = defineAttack({}, () => ({
  name: 'adaptive-distillation',
  title: 'Against distillation: likelihood ratio on all classes',
  formula:
    'sum_k [(z_k - out_k)^2 - (z_k - in_k)^2] / (2 s_k^2), z = ln p floored at -30, in_k, out_k means of the record, s_k of all',
  reference:
    'Jagielski et al. 2023, arXiv:2303.03446 (LiRA on students); Shejwalkar and Houmansadr 2021 (DMP)',
  threatModel:
    'Knows that the target was distilled, with which data and settings, and cannot ask the teacher; the probabilities of all classes of ' +
    'each record; reference students, distilled from teachers trained with and without each record.',
  needs: ['in-models', 'out-models'],
  fittedOn: 'nothing',
  cost: { queries: '1 a record', models: 'teachers and students on both sides of each record' },
  differences:
    'Jagielski et al. use the scaled logit of the true class (which `lira` does on such a set); here all classes count, each with one ' +
    'standard deviation over all records.',
  scores: distillationScores,
}));

function distillationScores(set: SignalSet): AttackScores {
  const { n, classes } = set;
  const means = sideMeans(set);
  const deviations = squaredDeviations(set, means);
  const own = floored(set, set.target);
  const scores = new Float64Array(n);
  const usable = new Uint8Array(n);
  for (let i = 0; i < n; i++) {
    if (means.counts[0][i] === 0 || means.counts[1][i] === 0) continue;
    usable[i] = 1;
    for (let k = 0; k < classes; k++) {
      const at = i * classes + k;
      const outside = own[at] - means.values[0][at];
      const inside = own[at] - means.values[1][at];
      scores[i] += (outside * outside - inside * inside) / (2 * deviations[k]);
    }
  }
  return whereUsable('adaptive-distillation', { scores, usable }, 'in- and out-models');
}

/** Means of the out-models [0] and in-models [1], [n, k], and how many there are, [n]. */
interface Sides {
  readonly values: readonly [Float64Array, Float64Array];
  readonly counts: readonly [Int32Array, Int32Array];
}

function sideMeans(set: SignalSet): Sides {
  const { n, classes } = set;
  const values = [new Float64Array(n * classes), new Float64Array(n * classes)] as const;
  const counts = [new Int32Array(n), new Int32Array(n)] as const;
  const used = comparedModels(set, 'in- and out-models');
  for (const m of referenceModels(set)) {
    const all = floored(set, m);
    for (let i = 0; i < n; i++) {
      if (used[m][i] === 0) continue;
      const side = set.members[m][i];
      counts[side][i]++;
      for (let k = i * classes; k < (i + 1) * classes; k++) values[side][k] += all[k];
    }
  }
  values.forEach((side, s) => {
    for (let at = 0; at < side.length; at++) side[at] /= counts[s][Math.floor(at / classes)];
  });
  return { values: [...values], counts: [...counts] };
}

/** Variance of each class about the means of record and side, [k]; 1 where there is none. */
function squaredDeviations(set: SignalSet, { values }: Sides): Float64Array {
  const { n, classes } = set;
  const squares = Array.from({ length: classes }, () => new Float64Array(n));
  const used = comparedModels(set, 'in- and out-models');
  let pairs = 0;
  for (const m of referenceModels(set)) {
    const all = floored(set, m);
    for (let i = 0; i < n; i++) {
      if (used[m][i] === 0) continue;
      pairs++;
      const mean = values[set.members[m][i]];
      for (let k = 0; k < classes; k++) squares[k][i] += (all[i * classes + k] - mean[i * classes + k]) ** 2;
    }
  }
  return Float64Array.from(squares, (own) => orderFreeSum(own) / pairs || 1);
}

function floored(set: SignalSet, model: number): Float64Array {
  return logSoftmax(set.model(model)).map((value) => Math.max(floor, value));
}
