import { z } from 'zod';
import { logSoftmax } from '../signals/log-softmax';
import { referenceModels, type SignalSet } from '../signals/signal-set';
import type { AttackScores, SetAttack } from './attack';
import { comparedModels } from './compared-models';
import { orderFreeSum, whereUsable } from './reference-sides';

export const adaptiveDistillationParameters = z.object({}).strict();

/** Log-probabilities below this count as this, so that no class decides alone. */
const floor = -30;

/**
 * Against distillation (KD, DMP, knowledge from a teacher that is thrown away): a student sees the members' labels in part (KD) or not at all (DMP),
 * but it copies how the teacher answers, and a teacher that was trained on x spreads even the wrong classes another way (Jagielski et al. 2023,
 * "Students parrot their teachers", arXiv:2303.03446). The adversary trains teachers with and without x, distills each as the
 * target was, and asks by a Gaussian likelihood ratio on the log-probabilities of all classes, not of the true one alone, which
 * kind of student the target resembles.
 */
export function adaptiveDistillation(): SetAttack {
  return {
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
    scores: score,
  };
}

function score(set: SignalSet): AttackScores {
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
