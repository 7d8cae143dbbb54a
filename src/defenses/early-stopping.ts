import { z } from 'zod';
import { badInput } from '../errors';
import { numberIn } from '../losses/parameters';
import { type DefenseDefinition } from '../training/defense';
import { lossTraining } from '../training/batch-loss';
import { baseLoss, baseLossSchema, withBase } from './base-loss';

const parameters = z
  .object({
    epoch: numberIn('[1, Infinity)', 10, 'the last epoch that is trained', true),
    base: baseLossSchema,
  })
  .strict();

/**
 * Early stopping at a fixed epoch: the schedule of the recipe stays as it is, and training ends after the epoch. So one
 * training that is evaluated after each epoch holds the results of every stop, and a sweep over epochs is one training.
 * (Stopping where the loss on an inference set is lowest is the recipe's `patience`.)
 */
export const earlyStopping: DefenseDefinition<typeof parameters> = {
  title: 'Early stopping',
  short: 'Early stopping',
  source:
    'Song and Mittal, USENIX Security 2021, section 5.3; epochs 25, 50, ..., 275 of 300 in the development code of CCL, ' +
    '5 to 250 in RelaxLoss (source/nonimage/defense/early_stopping.py)',
  parameters,
  changes: ['epochs'],
  needs: [],
  claim: 'less memorized, so more privacy; accuracy falls as the epoch is moved forward',
  revision: 1,
  create: ({ epoch, base }) => ({
    label: `Early stopping (epoch ${epoch})${withBase(base)}`,
    recipe(recipe) {
      if (epoch > recipe.epochs) {
        const rule = `must be at most ${recipe.epochs}, the epochs of the recipe`;
        throw badInput('defense early-stopping: epoch', epoch, rule, 'Choose an earlier one');
      }
      return { ...recipe, stopAfter: Math.min(epoch, recipe.stopAfter ?? epoch) };
    },
    training: () => lossTraining(baseLoss(base)),
  }),
};
