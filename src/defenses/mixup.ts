import { z } from 'zod';
import { numberIn } from '../losses/parameters';
import { type DefenseDefinition, lossOnBatch, type Step, type StepGradient } from '../training/defense';
import { baseLoss, baseLossSchema, withBase } from './base-loss';
import { drawMixing, mixedGradient } from './mixup-step';

const parameters = z
  .object({
    concentration: numberIn('(0, Infinity)', 1, 'a of the distribution Beta(a, a) of the share lambda'),
    base: baseLossSchema,
  })
  .strict();

/** Mixup: training on sums of two records, lambda of one and 1 - lambda of the other, with the losses of both labels. */
export const mixup: DefenseDefinition<typeof parameters> = {
  title: 'Mixup',
  short: 'Mixup',
  source: 'Zhang et al., ICLR 2018, arXiv:1710.09412, section 2; one lambda a batch, as in its code',
  parameters,
  changes: ['batch'],
  needs: [],
  claim: 'better accuracy; members are never seen as they are, so somewhat more privacy',
  revision: 1,
  create({ concentration, base }) {
    const label = `Mixup (a ${concentration})${withBase(base)}`;
    const loss = lossOnBatch(baseLoss(base));
    const gradient = (step: Step): StepGradient =>
      mixedGradient(step, loss, drawMixing(step.key, step.records.length, concentration));
    return {
      label,
      training: () => ({ loop: () => ({ gradient }) }),
    };
  },
};
