import { z } from 'zod';
import type { Tensor1D, Tensor2D } from '../platform/backend/tensor';
import { loss } from '../losses/registry';
import { numberIn } from '../losses/parameters';
import { lossGradient } from '../training/batch-loss';
import type { DefenseDefinition, LossOnBatch } from '../training/defense';
import { baseLossSchema, teacher, withBase } from './base-loss';
import {
  divergence,
  divergenceGradient,
  labelRows,
  probabilitiesOf,
  type DivergenceKind,
  type SoftLabels,
} from './soft-labels';

const parameters = z
  .object({
    temperature: numberIn('(0, Infinity)', 10, 'T, by which logits of teacher and student are divided'),
    alpha: numberIn('[0, 1]', 0.5, 'share of the divergence from the teacher; the rest is cross-entropy'),
    divergence,
    base: baseLossSchema,
  })
  .strict();

/**
 * Knowledge distillation on the members: alpha T^2 KL(teacher_T || student_T) + (1 - alpha) CE, with a teacher of the same
 * architecture; `base` is the teacher's loss. RelaxLoss's code divides the divergence by the number of classes as well:
 * `divergence: 'class-mean'`. The teacher answers for the records as they are, also where the student sees augmented ones.
 */
export const distillation: DefenseDefinition<typeof parameters> = {
  title: 'Knowledge distillation',
  short: 'Distillation',
  source:
    'Hinton, Vinyals and Dean 2015, arXiv:1503.02531, section 2; source/cifar/defense/distillation.py of RelaxLoss',
  parameters,
  changes: ['stages', 'labels'],
  needs: [],
  claim: 'softer outputs, so somewhat more privacy against attacks by confidence',
  revision: 1,
  create: ({ temperature, alpha, divergence: kind, base }) => ({
    label: `Distillation (T ${temperature}, alpha ${alpha})${withBase(base)}`,
    teachers: (setup) => [teacher(setup, base)],
    training({ classes }, [{ members }]) {
      const labels = Float32Array.from(probabilitiesOf(members, classes, temperature));
      return { loss: distillationLoss(labels, { temperature, alpha, kind }) };
    },
  }),
};

/** @param labels the teacher's probabilities at that temperature */
export function distillationLoss(
  labels: SoftLabels,
  { temperature, alpha, kind }: { temperature: number; alpha: number; kind: DivergenceKind },
): LossOnBatch {
  const ce = loss('ce');
  return (tf, { z, oneHot, records }) => {
    const targets = labelRows(tf, labels, records, z.shape[1]);
    const soft = divergenceGradient(tf, z, targets, kind, temperature);
    const hard = lossGradient(tf, ce, z, oneHot);
    return {
      values: soft.values.mul<Tensor1D>(alpha).add<Tensor1D>(hard.values.mul(1 - alpha)),
      logitGradient: soft.logitGradient.mul<Tensor2D>(alpha).add<Tensor2D>(hard.logitGradient.mul(1 - alpha)),
    };
  };
}
