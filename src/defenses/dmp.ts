import { z } from 'zod';
import { numberIn } from '../losses/parameters';
import type { DefenseDefinition, LossOnBatch } from '../training/defense';
import { takeRecords } from '../training/records';
import { baseLossSchema, teacher, withBase } from './base-loss';
import { divergenceGradient, labelRows, probabilitiesOf, type SoftLabels, takeRows } from './soft-labels';

const parameters = z
  .object({
    temperature: numberIn('(0, Infinity)', 1, 'T, by which logits of teacher and student are divided'),
    keep: numberIn(
      '(0, 1]',
      1,
      'share of the reference records that are used, those on which the teacher has the lowest entropy',
    ),
    base: baseLossSchema,
  })
  .strict();

/**
 * Distillation for membership privacy: the released model never sees a member. It learns, by T^2 KL(teacher_T || student_T)
 * alone, how a teacher trained on the members answers reference records (the inference set). The less sure the teacher is of
 * a reference record, the more of the members its answer gives away, so a share of low entropy may be kept. `base` is the
 * teacher's loss.
 *
 * The official code has no factor T^2 and HAMP's copy of it averages over the classes too; at the default T = 1 the former is
 * the same.
 */
export const dmp: DefenseDefinition<typeof parameters> = {
  title: 'DMP, distillation for membership privacy',
  short: 'DMP',
  source:
    'Shejwalkar and Houmansadr, AAAI 2021, arXiv:1906.06589; purchase/purchase_distillation.py of the official code',
  parameters,
  changes: ['stages', 'labels'],
  needs: ['inference'],
  claim:
    'an advantage near 0 at better accuracy than adversarial regularization, given enough reference data',
  revision: 1,
  create: ({ temperature, keep, base }) => ({
    label: `DMP (T ${temperature}${keep < 1 ? `, keeps ${keep}` : ''})${withBase(base)}`,
    teachers: (setup) => [teacher(setup, base)],
    training({ inference, classes }, [{ inference: logits }]) {
      const kept = lowEntropyRecords(logits, classes, keep);
      const labels = Float32Array.from(
        probabilitiesOf(takeRows(logits, kept, classes), classes, temperature),
      );
      return { loss: dmpLoss(labels, temperature), training: takeRecords(inference!, kept) };
    },
  }),
};

/** @param labels the teacher's probabilities at that temperature */
export function dmpLoss(labels: SoftLabels, temperature: number): LossOnBatch {
  return (tf, { z, records }) =>
    divergenceGradient(tf, z, labelRows(tf, labels, records, z.shape[1]), 'sum', temperature);
}

/**
 * The share of the records (at least one) whose probabilities have the lowest entropies, ascending.
 *
 * @param logits row-major [records, classes]
 */
export function lowEntropyRecords(logits: Float32Array, classes: number, share: number): Int32Array {
  const probabilities = probabilitiesOf(logits, classes);
  const entropies = Float64Array.from({ length: logits.length / classes }, (_, i) => {
    let sum = 0;
    for (let k = i * classes; k < (i + 1) * classes; k++) {
      if (probabilities[k] > 0) sum -= probabilities[k] * Math.log(probabilities[k]);
    }
    return sum;
  });
  const order = Array.from(entropies.keys()).sort((a, b) => entropies[a] - entropies[b] || a - b);
  return Int32Array.from(order.slice(0, Math.ceil(share * order.length))).sort();
}
