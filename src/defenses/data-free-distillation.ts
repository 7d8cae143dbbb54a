import { z } from 'zod';
import { numberIn } from '../losses/parameters';
import { baseLossSchema, teacher, withBase } from './base-loss';
import type { DefenseDefinition } from '../training/defense';
import { dmpLoss } from './dmp';
import { inputRange } from './random-inputs';
import { probabilitiesOf } from './soft-labels';
import { synthesize } from './synthetic-records';

const parameters = z
  .object({
    temperature: numberIn('(0, Infinity)', 1, 'T, by which logits of teacher and student are divided'),
    perMember: numberIn('(0, 100]', 1, 'number of synthetic records, as a multiple of the members'),
    steps: numberIn('[0, 10000]', 100, 'how often each synthetic record is changed and tried', true),
    base: baseLossSchema,
  })
  .strict();

/**
 * Data-free distillation in a small form that serves tables and pictures: the released model sees neither members nor other
 * people's records, but learns, by T^2 KL(teacher_T || student_T), how a teacher trained on the members answers synthetic
 * records, which a search finds by asking the teacher alone. What it takes from the data is the range of each feature (or
 * channel), and whether all values are 0 or 1. `base` is the teacher's loss.
 *
 * The search comes before the first epoch, in one piece: `steps` forward passes of all synthetic records.
 *
 * The form that Aerni et al. tested trains a generator network against the statistics of the teacher's batch norms (Fang et
 * al. 2022), which tables' networks do not have.
 */
export const dataFreeDistillation: DefenseDefinition<typeof parameters> = {
  title: 'Data-free distillation, by search',
  short: 'Data-free distillation',
  source:
    'Aerni, Zhang and Tramer, CCS 2024, arXiv:2404.17399 (as a defense); synthesis: Shokri et al., S&P 2017, section V-C',
  parameters,
  changes: ['stages', 'labels'],
  needs: [],
  claim:
    'little leakage on average at some cost in accuracy; records with wrong labels leak all the same (Aerni et al.)',
  revision: 1,
  create: ({ temperature, perMember, steps, base }) => ({
    label: `Data-free distillation (T ${temperature}, ${perMember} a member, ${steps} steps)${withBase(base)}`,
    teachers: (setup) => [teacher(setup, base)],
    training({ members, classes, inputShape, key }, [{ logits }]) {
      const training = synthesize(logits, {
        n: Math.ceil(perMember * members.y.length),
        steps,
        classes,
        size: members.x.length / members.y.length,
        range: inputRange(members.x, inputShape),
        key,
      });
      const labels = Float32Array.from(probabilitiesOf(logits(training.x), classes, temperature));
      return { loss: dmpLoss(labels, temperature), training };
    },
  }),
};
