import { z } from 'zod';
import { numberIn } from '../losses/parameters';
import { type DefenseDefinition } from '../training/defense';
import { lossTraining } from '../training/batch-loss';
import { baseLoss, baseLossSchema, withBase } from './base-loss';

const parameters = z
  .object({
    strength: numberIn('[0, Infinity)', 5e-3, 'weight decay beyond that of the recipe'),
    base: baseLossSchema,
  })
  .strict();

/**
 * L2 penalty (strength / 2) |w|^2 on all parameters, biases included, as PyTorch's weight_decay: strength w is added to
 * each gradient. The recipe's own weightDecay stays, so that the two add up, and strength 0 is plain training.
 */
export const l2: DefenseDefinition<typeof parameters> = {
  title: 'L2 penalty',
  short: 'L2',
  source: 'Shokri et al., IEEE S&P 2017, section VIII-A; as weight_decay of torch.optim',
  parameters,
  changes: ['gradient'],
  needs: [],
  claim: 'less overfitting, so more privacy; too strong a penalty costs accuracy',
  revision: 1,
  create: ({ strength, base }) => ({
    label: `L2 (strength ${strength})${withBase(base)}`,
    recipe: (recipe) => ({ ...recipe, weightDecay: recipe.weightDecay + strength }),
    training: () => lossTraining(baseLoss(base)),
  }),
};
